"""The quality page's figures: what the store counted by period and group, folded; labels beside them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from enum import StrEnum
from typing import Final, Protocol

from marbleline.console.state.calendar_periods import CalendarUnit, last_periods, shifts_in
from marbleline.console.state.label_comparison import LabelComparison, compare_labels
from marbleline.console.state.recent_verdicts import number_wise
from marbleline.console.state.search import SearchHit, to_hit
from marbleline.console.state.shift_calendar import ShiftCalendar
from marbleline.console.state.store_queries import newest_labels
from marbleline.domain.decision import Decision
from marbleline.domain.frame import captured_at_of
from marbleline.domain.label import Label
from marbleline.domain.label_agreement import LabelAgreement, label_agreement
from marbleline.domain.quality_rates import DECISION_OF, Rate, Tally, add_up
from marbleline.ports.annotations import Labels
from marbleline.ports.verdict_statistics import Dimension, Period, PeriodCount, VerdictStatistics
from marbleline.ports.verdicts import VerdictQuery, Verdicts

COUNTS: Final[Mapping[CalendarUnit, int]] = {
    CalendarUnit.DAY: 31,
    CalendarUnit.WEEK: 26,
    CalendarUnit.MONTH: 13,
}
"""How many periods are looked at, the running one included."""

MOST_LABELS: Final = 20_000
"""Labels of one answer; with more, only the newest are compared."""


class GroupBy(StrEnum):
    """What the figures are distinguished by."""

    CAMERA = "camera"
    PRODUCT = "product"
    MODEL_VERSION = "model_version"
    SHIFT = "shift"


@dataclass(frozen=True, slots=True)
class Span:
    """Part of a period that is counted as one: the period, or a shift that begins in it.

    ``group``: the shift's begin as ``HH:MM``, None for a whole period.
    """

    period: Period
    counted: Period
    group: str | None = None


@dataclass(frozen=True, slots=True)
class QualityFigures:
    """``tallies``: group -> one tally for each of ``periods``; ``labelled``: the same groups' labels.

    ``agreement``: of people who labelled the same slabs
    ``all_labels_read``: False if there were more than ``MOST_LABELS``.
    """

    by: GroupBy
    periods: tuple[Period, ...]
    tallies: Mapping[str, tuple[Tally, ...]]
    labelled: Mapping[str, LabelComparison]
    all_labels_read: bool
    agreement: LabelAgreement

    def of(self, group: str | None) -> tuple[Tally, ...]:
        """A tally for each period: of a group, of all for None."""
        if group is not None:
            return self.tallies.get(group, tuple(Tally() for _ in self.periods))
        return tuple(add_up(row) for row in zip(*self.tallies.values(), strict=True)) or tuple(
            Tally() for _ in self.periods
        )


class QualityStore(VerdictStatistics, Labels, Verdicts, Protocol):
    """What the page asks of the store."""


def spans(
    unit: CalendarUnit, by: GroupBy, at: int, calendar: ShiftCalendar, zone: tzinfo | None
) -> list[Span]:
    """What is counted, in order of time. ``zone`` is used if the calendar has none."""
    periods = last_periods(unit, COUNTS[unit], at, calendar.zone or zone)
    if by is not GroupBy.SHIFT:
        return [Span(period, period) for period in periods]
    return [
        Span(period, Period(shift.since, shift.until), calendar.begin(shift, zone))
        for period in periods
        for shift in shifts_in(calendar, period, zone)
    ]


def query_quality(store: QualityStore, line: str, by: GroupBy, asked: Sequence[Span]) -> QualityFigures:
    """Ask the store: one count, and the labels. Raises StoreUnavailable."""
    dimension = None if by is GroupBy.SHIFT else Dimension(by.value)
    counts = store.count_by_period(VerdictQuery(line=line), [span.counted for span in asked], dimension)
    labels = newest_labels(store, line, asked[0].counted.since, MOST_LABELS)
    return quality_figures(by, asked, counts, labels)


def quality_figures(
    by: GroupBy, asked: Sequence[Span], counts: Iterable[PeriodCount], labels: Sequence[Label]
) -> QualityFigures:
    """Put the figures together."""
    periods = tuple(dict.fromkeys(span.period for span in asked))
    span_at = {span.counted.since: span for span in asked}
    cells: defaultdict[tuple[str, Period], list[Tally]] = defaultdict(list)
    groups: dict[str, None] = {span.group: None for span in asked if span.group is not None}
    for one in counts:
        span = span_at[one.since]
        group = one.group if span.group is None else span.group
        groups.setdefault(group)
        defects = {one.defect: one.count} if one.decision == Decision.FAULTY and one.defect else {}
        cells[group, span.period].append(Tally({one.decision: one.count}, one.late, defects))
    named = sorted(groups, key=number_wise)
    since, until = asked[0].counted.since, asked[-1].counted.until
    return QualityFigures(
        by,
        periods,
        {group: tuple(add_up(cells[group, period]) for period in periods) for group in named},
        _labelled(by, asked, labels),
        len(labels) < MOST_LABELS,
        label_agreement(one for one in labels if since <= captured_at_of(one.frame_id) < until),
    )


def newest_slabs(
    store: Verdicts, query: VerdictQuery, parts: Sequence[Period], limit: int
) -> list[SearchHit]:
    """The newest slabs of these spans that the query finds. Raises StoreUnavailable."""
    found: list[SearchHit] = []
    for part in reversed(parts):
        asked = replace(query, since=part.since, until=part.until - 1)
        found += map(to_hit, store.search(asked, limit - len(found)))
        if len(found) >= limit:
            break
    return found


def slab_query(
    line: str, by: GroupBy, group: str | None, rate: Rate | None, defect: str | None
) -> VerdictQuery:
    """The slabs that a figure counts: of a group, and of one rate or defect."""
    return VerdictQuery(
        line=line,
        camera=group if by is GroupBy.CAMERA else None,
        product=group if by is GroupBy.PRODUCT else None,
        model_version=int(group) if group and group.isdecimal() and by is GroupBy.MODEL_VERSION else None,
        decision=Decision.FAULTY if defect else DECISION_OF.get(rate) if rate else None,
        defect=defect,
        late=True if rate is Rate.LATE else None,
    )


def _labelled(by: GroupBy, asked: Sequence[Span], labels: Sequence[Label]) -> dict[str, LabelComparison]:
    """By group; the empty name stands for all."""
    since, until = asked[0].counted.since, asked[-1].counted.until
    found = {"": compare_labels(labels, since, until)}
    group_of = _GROUP_OF.get(by) or _shift_of(asked)
    apart: defaultdict[str, list[Label]] = defaultdict(list)
    for label in labels:
        apart[group_of(label)].append(label)
    return {**found, **{group: compare_labels(some, since, until) for group, some in apart.items() if group}}


_GROUP_OF: Final[Mapping[GroupBy, Callable[[Label], str]]] = {
    GroupBy.CAMERA: lambda label: label.camera,
    GroupBy.PRODUCT: lambda label: label.product,
    GroupBy.MODEL_VERSION: lambda label: str(label.shown.model_version),
}


def _shift_of(asked: Sequence[Span]) -> Callable[[Label], str]:
    def of(label: Label) -> str:
        at = captured_at_of(label.frame_id)
        return next((span.group or "" for span in asked if span.counted.since <= at < span.counted.until), "")

    return of
