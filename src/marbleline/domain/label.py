"""A label: what a person says a slab really is. Labels are only ever added; to undo is to add one more."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, ClassVar, Final

from msgspec.structs import replace

from marbleline.domain.clock import Time
from marbleline.domain.decision import Decision
from marbleline.domain.frame import DEFAULT_PRODUCT, FrameIds, Name
from marbleline.domain.model import CLASSES
from marbleline.domain.verdict import Verdict
from marbleline.domain.wire import PROSE, UNSEARCHED, WireStruct
from marbleline.errors import WireError

LONGEST_NOTE: Final = 2_000


class Region(WireStruct, frozen=True):
    """Where on the picture: left, top, width and height as shares of the picture's, 0 to 1."""

    left: Annotated[float, UNSEARCHED]
    top: Annotated[float, UNSEARCHED]
    width: Annotated[float, UNSEARCHED]
    height: Annotated[float, UNSEARCHED]

    def __post_init__(self) -> None:
        """Raises WireError unless it has an area and lies within the picture."""
        inside = 0 <= self.left <= 1 and 0 <= self.top <= 1
        fits = 0 < self.width <= 1 - self.left + 1e-6 and 0 < self.height <= 1 - self.top + 1e-6
        if not (inside and fits):
            raise WireError(f"region {self}: must lie within the picture, whose sides count as 1")


class Shown(WireStruct, frozen=True):
    """What the person saw when they said so."""

    decision: Decision
    defect: str | None
    model_version: int
    model_digest: str


class Label(WireStruct, frozen=True):
    """One person's word on one frame.

    ``label_id``   sorts by time
    ``product``    the frame's
    ``sha256``     of the picture, as in the frame: a label is worth nothing for another picture
    ``truth``      a class of the model; None on a label that takes another back
    ``by``         who, ``at`` when (microseconds UTC)
    ``withdraws``  the ``label_id`` of the label taken back
    ``asked``      why the line asked for it, see ``training.commission.ask.Why``; empty: it did not ask
    """

    label_id: str
    frame_id: str
    line: str
    camera: str
    slab_id: str | None
    sha256: str
    truth: str | None
    by: str
    at: Time
    shown: Shown
    region: Region | None = None
    withdraws: str | None = None
    note: Annotated[str, PROSE] = ""
    product: Name = DEFAULT_PRODUCT
    asked: Annotated[str, UNSEARCHED] = ""

    time_field: ClassVar = "at"
    search_columns: ClassVar = {
        name: name for name in ("label_id", "frame_id", "line", "camera", "product", "by", "truth", "at")
    }

    def __post_init__(self) -> None:
        """Raises WireError if it says nothing or what can't be."""
        WireStruct.__post_init__(self)
        if (self.truth is None) is (self.withdraws is None):
            raise WireError(f"label {self.label_id}: needs either a truth or a label that it withdraws")
        if self.truth is not None and self.truth not in CLASSES:
            raise WireError(f"label {self.label_id}: truth {self.truth!r} is none of {', '.join(CLASSES)}")
        if not self.by:
            raise WireError(f"label {self.label_id}: nobody stands behind it")
        if len(self.note) > LONGEST_NOTE:
            raise WireError(f"label {self.label_id}: a note has {LONGEST_NOTE} characters at most")


@dataclass(frozen=True, slots=True)
class Truth:
    """What people say of one frame: the newest word, and all that stand, newest first.

    ``disputed``: different people said different things, and none has taken theirs back.
    """

    frame_id: str
    truth: str
    labels: tuple[Label, ...]
    disputed: bool


def new_label(
    verdict: Verdict,
    truth: str,
    by: str,
    now: int,
    *,
    region: Region | None = None,
    note: str = "",
    asked: str = "",
) -> Label:
    """A label on the frame of a verdict that was shown. Raises WireError if it can't be one."""
    frame = verdict.frame
    return Label(
        label_id=FrameIds(lambda: now)(),
        frame_id=frame.frame_id,
        line=frame.line,
        camera=frame.camera,
        slab_id=frame.slab_id,
        sha256=frame.sha256,
        truth=truth,
        by=by,
        at=now,
        shown=Shown(verdict.decision, verdict.defect, verdict.model.version, verdict.model.digest),
        region=region,
        note=note,
        product=frame.product,
        asked=asked,
    )


def withdrawal(label: Label, by: str, now: int) -> Label:
    """The label that takes another back."""
    return replace(
        label,
        label_id=FrameIds(lambda: now)(),
        truth=None,
        by=by,
        at=now,
        region=None,
        withdraws=label.label_id,
        note="",
    )


def truths(labels: Iterable[Label]) -> dict[str, Truth]:
    """Frame id -> what people say of it, in whatever order the labels come. Without a standing label: absent.

    A person's later label replaces their own earlier one; another person's stands beside it.
    """
    ordered = sorted(labels, key=lambda label: label.label_id, reverse=True)
    withdrawn = {label.withdraws for label in ordered}
    standing: dict[str, dict[str, Label]] = {}
    for label in ordered:
        if label.truth is not None and label.label_id not in withdrawn:
            standing.setdefault(label.frame_id, {}).setdefault(label.by, label)
    found = {}
    for frame_id, by_person in standing.items():
        words = tuple(by_person.values())
        newest = words[0].truth or ""
        found[frame_id] = Truth(frame_id, newest, words, len({word.truth for word in words}) > 1)
    return found
