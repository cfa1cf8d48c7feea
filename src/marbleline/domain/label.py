"""A label: what a person says a slab really is. Labels are only ever added; to undo is to add one more."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from marbleline.domain.clock import from_iso, to_iso
from marbleline.domain.decision import Decision
from marbleline.domain.frame import FrameIds
from marbleline.domain.model import CLASSES
from marbleline.domain.verdict import Verdict
from marbleline.domain.wire import (
    SCHEMA_VERSION,
    check_version,
    integer,
    mapping,
    number,
    optional_text,
    text,
)
from marbleline.errors import WireError

LONGEST_NOTE: Final = 2_000


@dataclass(frozen=True, slots=True)
class Region:
    """Where on the picture: left, top, width and height as shares of the picture's, 0 to 1."""

    left: float
    top: float
    width: float
    height: float

    def __post_init__(self) -> None:
        """Raises WireError unless it has an area and lies within the picture."""
        inside = 0 <= self.left <= 1 and 0 <= self.top <= 1
        fits = 0 < self.width <= 1 - self.left + 1e-6 and 0 < self.height <= 1 - self.top + 1e-6
        if not (inside and fits):
            raise WireError(f"region {self}: must lie within the picture, whose sides count as 1")


@dataclass(frozen=True, slots=True)
class Shown:
    """What the person saw when they said so."""

    decision: Decision
    defect: str | None
    model_version: int
    model_digest: str


@dataclass(frozen=True, slots=True)
class Label:
    """One person's word on one frame.

    ``label_id``   sorts by time
    ``sha256``     of the picture, as in the frame: a label is worth nothing for another picture
    ``truth``      a class of the model; None on a label that takes another back
    ``by``         who, ``at`` when (microseconds UTC)
    ``withdraws``  the ``label_id`` of the label taken back
    """

    label_id: str
    frame_id: str
    line: str
    camera: str
    slab_id: str | None
    sha256: str
    truth: str | None
    by: str
    at: int
    shown: Shown
    region: Region | None = None
    withdraws: str | None = None
    note: str = ""

    def __post_init__(self) -> None:
        """Raises WireError if it says nothing or what can't be."""
        if (self.truth is None) is (self.withdraws is None):
            raise WireError(f"label {self.label_id}: needs either a truth or a label that it withdraws")
        if self.truth is not None and self.truth not in CLASSES:
            raise WireError(f"label {self.label_id}: truth {self.truth!r} is none of {', '.join(CLASSES)}")
        if not self.by:
            raise WireError(f"label {self.label_id}: nobody stands behind it")
        if len(self.note) > LONGEST_NOTE:
            raise WireError(f"label {self.label_id}: a note has {LONGEST_NOTE} characters at most")

    def to_document(self) -> dict[str, object]:
        """The JSON form as a dict; the time as ISO 8601 UTC."""
        region, shown = self.region, self.shown
        return {
            "schema_version": SCHEMA_VERSION,
            "label_id": self.label_id,
            "frame_id": self.frame_id,
            "line": self.line,
            "camera": self.camera,
            "slab_id": self.slab_id,
            "picture": {"sha256": self.sha256},
            "truth": self.truth,
            "by": self.by,
            "at": to_iso(self.at),
            "shown": {
                "decision": shown.decision.value,
                "defect": shown.defect,
                "model_version": shown.model_version,
                "model_digest": shown.model_digest,
            },
            "region": region and {name: getattr(region, name) for name in Region.__slots__},
            "withdraws": self.withdraws,
            "note": self.note,
        }

    @classmethod
    def from_document(cls, fields: Mapping[str, object]) -> "Label":
        """The inverse of ``to_document``. Raises WireError naming the field that is wrong."""
        check_version(fields)
        shown, region = mapping(fields, "shown"), fields.get("region")
        decision = text(shown, "decision")
        if decision not in set(Decision):
            raise WireError(f"decision {decision!r}: expected one of {', '.join(Decision)}")
        return cls(
            label_id=text(fields, "label_id"),
            frame_id=text(fields, "frame_id"),
            line=text(fields, "line"),
            camera=text(fields, "camera"),
            slab_id=optional_text(fields, "slab_id"),
            sha256=text(mapping(fields, "picture"), "sha256"),
            truth=optional_text(fields, "truth"),
            by=text(fields, "by"),
            at=from_iso(text(fields, "at")),
            shown=Shown(
                Decision(decision),
                optional_text(shown, "defect"),
                integer(shown, "model_version"),
                text(shown, "model_digest"),
            ),
            region=Region(**{name: number(mapping(fields, "region"), name) for name in Region.__slots__})
            if region is not None
            else None,
            withdraws=optional_text(fields, "withdraws"),
            note=text(fields, "note"),
        )


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
    verdict: Verdict, truth: str, by: str, now: int, *, region: Region | None = None, note: str = ""
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
