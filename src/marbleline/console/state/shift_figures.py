"""A shift in figures: yield, defects, hours, cameras, and how often people found the line wrong."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from marbleline.console.state.label_comparison import LabelComparison, compare_labels
from marbleline.console.state.recent_verdicts import number_wise
from marbleline.console.state.shift_calendar import WorkShift
from marbleline.console.state.store_queries import newest_labels
from marbleline.domain.decision import Decision
from marbleline.domain.label import Label
from marbleline.ports.annotations import Labels
from marbleline.ports.verdicts import Bucket, VerdictQuery, Verdicts

HOUR: Final = 3_600_000_000
"""Microseconds."""


@dataclass(frozen=True, slots=True)
class ShiftFigures:
    """``hours``: start of the hour (microseconds UTC) -> decision -> slabs; ``cameras`` likewise by name."""

    shift: WorkShift
    decisions: Mapping[str, int]
    defects: Mapping[str, int]
    hours: Mapping[int, Mapping[str, int]]
    cameras: Mapping[str, Mapping[str, int]]
    labelled: LabelComparison
    buckets: tuple[Bucket, ...]

    @property
    def total(self) -> int:
        """All slabs of the shift that have a verdict."""
        return sum(self.decisions.values())

    def share(self, decision: Decision) -> float | None:
        """How many of them got this decision, None without slabs."""
        return self.decisions.get(decision.value, 0) / self.total if self.total else None


class ShiftStore(Verdicts, Labels, Protocol):
    """What a shift's figures are counted from."""


def query_shift_figures(store: ShiftStore, line: str, shift: WorkShift) -> ShiftFigures:
    """Ask the store. Raises StoreUnavailable."""
    query = VerdictQuery(line=line, since=shift.since, until=shift.until - 1)
    return shift_figures(shift, store.hourly(query, HOUR), newest_labels(store, line, shift.since))


def shift_figures(shift: WorkShift, buckets: Sequence[Bucket], labels: Iterable[Label]) -> ShiftFigures:
    """Put the figures together. Labels on slabs of another shift are skipped."""
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
    return ShiftFigures(
        shift,
        dict(decisions),
        dict(defects.most_common()),
        dict(sorted(hours.items())),
        dict(sorted(cameras.items(), key=lambda item: number_wise(item[0]))),
        compare_labels(labels, shift.since, shift.until),
        tuple(buckets),
    )
