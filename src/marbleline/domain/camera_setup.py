"""What people set of a camera on the running line: its source, region and masks. Changes are only ever added.

The newest change of a camera counts, so every change is a version, has an author, and can be taken back.
"""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Final

from msgspec import Meta

from marbleline.domain.clock import Time
from marbleline.domain.frame import FrameIds, Name, check_name
from marbleline.domain.region import masks_of, masks_text, outline_of, shape_text
from marbleline.domain.wire import UNSEARCHED, WireStruct
from marbleline.errors import SettingError

_MOST_BY: Final = 200
_MOST_SETTINGS: Final = 64
_MOST_TEXT: Final = 2_000


class CameraSetting(WireStruct, frozen=True):
    """One setting of a camera: its ``name`` and its value as a ``text``, as a flag would give it."""

    name: Annotated[str, UNSEARCHED]
    text: Annotated[str, UNSEARCHED]


class CameraSetup(WireStruct, frozen=True, kw_only=True):
    """From now on this camera runs so, and this is judged of its pictures.

    ``setup_id``         sorts by time: of two changes of a camera the one with the higher id counts
    ``settings``         its source and what belongs to it; empty: that is not set here. No secret is in it:
                         ``settings.secret_files`` puts a reference in its place
    ``removed``          whether the line is to run without this camera
    ``region``, ``masks``  as in ``Frame``; None: the whole picture, no masks
    ``by``               who changed it, ``at`` when (microseconds UTC)
    ``reverts_to``       the earlier change that this one brought back; None: it is none of that kind
    """

    setup_id: str
    line: Name
    camera: Name
    region: Annotated[str | None, UNSEARCHED] = None
    masks: Annotated[str | None, UNSEARCHED] = None
    by: Annotated[str, Meta(min_length=1, max_length=_MOST_BY)]
    at: Time
    reverts_to: str | None = None
    settings: tuple[CameraSetting, ...] = ()
    removed: bool = False

    time_field: ClassVar = "at"
    search_columns: ClassVar = {"setup_id": "setup_id", "line": "line", "camera": "camera", "at": "at"}

    def texts(self) -> dict[str, str]:
        """The settings, texts by name."""
        return {one.name: one.text for one in self.settings}


def new_setup(
    line: str,
    camera: str,
    region: str,
    masks: str,
    by: str,
    at: int,
    reverts_to: str | None = None,
    settings: Mapping[str, str] | None = None,
    *,
    removed: bool = False,
) -> CameraSetup:
    """A change that is made now; empty texts: the whole picture, no masks.

    ``settings`` are kept as they are; whoever makes the change has checked them.

    Raises SettingError for a name that is none, an empty ``by``, and naming the text that is wrong.
    """
    check_name("line", line)
    check_name("camera", camera)
    if not by.strip() or len(by) > _MOST_BY:
        raise SettingError(f"by is {by!r}: say who changes it, in 1 to {_MOST_BY} characters")
    try:
        outline = shape_text(outline_of(region))
    except ValueError as error:
        raise SettingError(f"region is {region!r}: allowed is {error}") from error
    try:
        left_out = masks_text(masks_of(masks))
    except ValueError as error:
        raise SettingError(f"masks is {masks!r}: allowed is {error}") from error
    texts = settings or {}
    if len(texts) > _MOST_SETTINGS or any(len(text) > _MOST_TEXT for text in texts.values()):
        raise SettingError(
            f"camera {camera}: allowed are {_MOST_SETTINGS} settings of {_MOST_TEXT} characters each"
        )
    return CameraSetup(
        setup_id=FrameIds(lambda: at)(),
        line=line,
        camera=camera,
        region=outline or None,
        masks=left_out or None,
        by=by,
        at=Time(at),
        reverts_to=reverts_to,
        settings=tuple(CameraSetting(name, text) for name, text in sorted(texts.items())),
        removed=removed,
    )
