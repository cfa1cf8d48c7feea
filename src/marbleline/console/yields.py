"""A shift in figures: yield, defects, hours, cameras, and how often people found the line wrong."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from marbleline.console.plant import Shift
from marbleline.console.questions import newest_labels
from marbleline.domain.decision import Decision
from marbleline.domain.label import Label, truths
from marbleline.domain.model import CLASSES
from marbleline.ports.store import Bucket, Store, VerdictQuery

HOUR: Final = 3_600_000_000
"""Microseconds."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What people said of slabs of the shift, as far as they looked; disputed slabs count in no figure but
    their own.

    ``overkill``  called faulty, but good; of ``faulty`` faulty ones that were looked at
    ``escapes``   called good, but faulty; of ``good`` good ones that were looked at
    """

    overkill: int = 0
    faulty: int = 0
    escapes: int = 0
    good: int = 0
    disputed: int = 0


@dataclass(frozen=True, slots=True)
class Figures:
    """``hours``: start of the hour (microseconds UTC) -> decision -> slabs; ``cameras`` likewise by name."""

    shift: Shift
    decisions: Mapping[str, int]
    defects: Mapping[str, int]
    hours: Mapping[int, Mapping[str, int]]
    cameras: Mapping[str, Mapping[str, int]]
    checked: Checked
    buckets: tuple[Bucket, ...]

    @property
    def total(self) -> int:
        """All slabs of the shift that have a verdict."""
        return sum(self.decisions.values())

    def share(self, decision: Decision) -> float | None:
        """How many of them got this decision, None without slabs."""
        return self.decisions.get(decision.value, 0) / self.total if self.total else None


def ask_figures(store: Store, line: str, shift: Shift) -> Figures:
    """Ask the store. Raises StoreUnavailable."""
    query = VerdictQuery(line=line, since=shift.since, until=shift.until - 1)
    return figures_of(shift, store.hourly(query, HOUR), newest_labels(store, line, shift.since))


def figures_of(shift: Shift, buckets: Sequence[Bucket], labels: Iterable[Label]) -> Figures:
    """Put the figures together. Labels on slabs of another shift are passed over."""
    decisions: Counter[str] = Counter()
    defects: Counter[str] = Counter()
    hours: dict[int, Counter[str]] = {}
    cameras: dict[str, Counter[str]] = {}
    for bucket in buckets:
        decisions[bucket.decision] += bucket.count
        hours.setdefault(bucket.start, Counter())[bucket.decision] += bucket.count
        cameras.setdefault(bucket.camera, Counter())[bucket.decision] += bucket.count
        if bucket.decision == Decision.FAULTY and bucket.defect:
            defects[bucket.defect] += bucket.count
    return Figures(
        shift,
        dict(decisions),
        dict(defects.most_common()),
        dict(sorted(hours.items())),
        dict(sorted(cameras.items())),
        _checked(shift, labels),
        tuple(buckets),
    )


def captured_ms(frame_id: str) -> int:
    """When the frame was captured, milliseconds UTC: the first 48 bits of a UUID version 7."""
    return int(frame_id.replace("-", "")[:12], 16)


def _checked(shift: Shift, labels: Iterable[Label]) -> Checked:
    mine = [label for label in labels if shift.since <= captured_ms(label.frame_id) * 1000 < shift.until]
    overkill = faulty = escapes = good = disputed = 0
    for truth in truths(mine).values():
        if truth.disputed:
            disputed += 1
            continue
        called, really_good = truth.labels[0].shown.decision, truth.truth == CLASSES[0]
        if called is Decision.FAULTY:
            faulty += 1
            overkill += really_good
        elif called is Decision.GOOD:
            good += 1
            escapes += not really_good
    return Checked(overkill, faulty, escapes, good, disputed)
