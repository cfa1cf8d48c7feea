"""A label: what a person says a slab really is. Labels are only ever added; to undo is to add one more."""

from collections.abc import Iterable, Mapping
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


class MarkedRegion(WireStruct, frozen=True):
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
    ``settles``    a third person decides between two who disagree; see ``truths``
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
    region: MarkedRegion | None = None
    withdraws: str | None = None
    note: Annotated[str, PROSE] = ""
    product: Name = DEFAULT_PRODUCT
    asked: Annotated[str, UNSEARCHED] = ""
    settles: Annotated[bool, UNSEARCHED] = False

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
        if self.settles and self.truth is None:
            raise WireError(f"label {self.label_id}: settles a dispute, and names no truth")
        if not self.by:
            raise WireError(f"label {self.label_id}: nobody stands behind it")
        if len(self.note) > LONGEST_NOTE:
            raise WireError(f"label {self.label_id}: a note has {LONGEST_NOTE} characters at most")


@dataclass(frozen=True, slots=True)
class Truth:
    """What people say of one frame, and all labels that stand, newest first.

    ``truth``     what a third person has decided, else the newest word
    ``disputed``  different people said different things, none has taken theirs back, and no third has decided
    ``settled``   the label that decided; None: nobody has
    """

    frame_id: str
    truth: str
    labels: tuple[Label, ...]
    disputed: bool
    settled: Label | None = None


def new_label(
    verdict: Verdict,
    truth: str,
    by: str,
    now: int,
    *,
    region: MarkedRegion | None = None,
    note: str = "",
    asked: str = "",
    settles: bool = False,
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
        settles=settles,
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
        settles=False,
    )


def truths(labels: Iterable[Label]) -> dict[str, Truth]:
    """Frame id -> what people say of it, in whatever order the labels come. Without a standing label: absent.

    A person's later label replaces their own earlier one; another person's stands beside it. The newest label
    that settles wins over all others until it is withdrawn, unless whoever gave it had labelled the frame
    before: nobody decides about their own label. It does not replace a person's other label, nor is replaced.
    """
    ordered = sorted(labels, key=lambda label: label.label_id, reverse=True)
    withdrawn = {label.withdraws for label in ordered}
    standing: dict[str, dict[tuple[str, bool], Label]] = {}
    for label in ordered:
        if label.truth is not None and label.label_id not in withdrawn:
            standing.setdefault(label.frame_id, {}).setdefault((label.by, label.settles), label)
    return {frame_id: _truth(frame_id, tuple(by.values())) for frame_id, by in standing.items()}


def why_not_settled_by(truth: Truth | None, name: str) -> str:
    """Why this person can't settle what people say of a frame; empty: they can."""
    settled_by = truth.settled.by if truth and truth.settled else None
    if truth is None or not (truth.disputed or settled_by == name):
        return "nobody disputes its label, so there is nothing to settle"
    if any(label.by == name and not label.settles for label in truth.labels):
        return f"{name} is one of those who label it differently: a third person has to settle it"
    return ""


def _truth(frame_id: str, words: tuple[Label, ...]) -> Truth:
    """``words``: the labels that stand, newest first."""
    own = {word.by: word.label_id for word in words if not word.settles}
    settled = next((word for word in words if word.settles and not _is_own(word, own)), None)
    if settled is not None:
        return Truth(frame_id, settled.truth or "", words, disputed=False, settled=settled)
    # One that does not count as a decision still is a word.
    return Truth(frame_id, words[0].truth or "", words, len({word.truth for word in words}) > 1)


def _is_own(word: Label, own: Mapping[str, str]) -> bool:
    """Whether whoever gave it had labelled the frame before."""
    return own.get(word.by, word.label_id) < word.label_id
