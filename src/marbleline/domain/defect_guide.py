"""The plant's own guide to defects: words and pictures of each class. Entries are only ever added.

The newest entry of a product's topic counts, so every change is a version, has an author, and can be taken
back.
"""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Final

from msgspec import Meta

from marbleline.domain.clock import Time
from marbleline.domain.decision import Decision
from marbleline.domain.frame import FrameIds, Name, check_name
from marbleline.domain.model import CLASSES
from marbleline.domain.wire import PROSE, UNSEARCHED, WireStruct
from marbleline.errors import SettingError, WireError

TOPICS: Final = (*CLASSES, Decision.REVIEW.value)
"""What the guide speaks of: the classes, and when nobody can tell."""

LONGEST_TEXT: Final = 2_000
"""Characters of one topic."""

MOST_PICTURES: Final = 3
"""Pictures of one topic."""

LARGEST_PICTURE: Final = 60_000
"""Bytes of one picture: every version of a topic has its pictures in it."""

_MOST_BY: Final = 200
_JPEG: Final = b"\xff\xd8"


class GuidePicture(WireStruct, frozen=True, kw_only=True):
    """A small JPEG, and the frame and slab that it shows."""

    content: bytes
    frame_id: Annotated[str, UNSEARCHED]
    slab_id: Annotated[str | None, UNSEARCHED] = None

    def __post_init__(self) -> None:
        """Raises WireError unless it is a JPEG of ``LARGEST_PICTURE`` bytes at most."""
        if not self.content.startswith(_JPEG) or len(self.content) > LARGEST_PICTURE:
            raise WireError(f"a picture of the guide has to be a JPEG of at most {LARGEST_PICTURE} bytes")


class GuideEntry(WireStruct, frozen=True, kw_only=True):
    """From now on the guide of a product says this on a topic.

    ``entry_id``    sorts by time: of two entries of a topic the one with the higher id counts
    ``topic``       one of ``TOPICS``
    ``by``          who wrote it, ``at`` when (microseconds UTC)
    ``reverts_to``  the earlier entry that this one brought back; None: it is none of that kind
    """

    entry_id: str
    product: Name
    topic: str
    text: Annotated[str, PROSE, Meta(max_length=LONGEST_TEXT)] = ""
    pictures: Annotated[tuple[GuidePicture, ...], Meta(max_length=MOST_PICTURES)] = ()
    by: Annotated[str, UNSEARCHED, Meta(min_length=1, max_length=_MOST_BY)]
    at: Time
    reverts_to: Annotated[str | None, UNSEARCHED] = None

    time_field: ClassVar = "at"
    search_columns: ClassVar = {name: name for name in ("entry_id", "product", "topic", "at")}

    @property
    def empty(self) -> bool:
        """Whether it says nothing."""
        return not (self.text or self.pictures)


def new_entry(
    product: str,
    topic: str,
    text: str,
    pictures: Sequence[GuidePicture],
    by: str,
    at: int,
    reverts_to: str | None = None,
) -> GuideEntry:
    """An entry that is written now. Raises SettingError saying what is not allowed."""
    check_name("product", product)
    text = text.replace("\r\n", "\n").strip()
    if topic not in TOPICS:
        raise SettingError(f"the guide has no topic {topic!r}: allowed are {', '.join(TOPICS)}")
    if not by.strip() or len(by) > _MOST_BY:
        raise SettingError(f"by is {by!r}: say who writes it, in 1 to {_MOST_BY} characters")
    if len(text) > LONGEST_TEXT:
        raise SettingError(f"the guide's text on {topic}: at most {LONGEST_TEXT} characters, not {len(text)}")
    if len(pictures) > MOST_PICTURES:
        raise SettingError(f"the guide's pictures of {topic}: at most {MOST_PICTURES}; remove one first")
    return GuideEntry(
        entry_id=FrameIds(lambda: at)(),
        product=product,
        topic=topic,
        text=text,
        pictures=tuple(pictures),
        by=by,
        at=Time(at),
        reverts_to=reverts_to,
    )
