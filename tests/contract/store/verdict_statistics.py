"""Counts by period and group: nothing twice, nothing between the periods, and the same for every store."""

from itertools import pairwise

import pytest
from msgspec.structs import replace

from marbleline.domain.decision import Decision
from marbleline.domain.verdict import Verdict
from marbleline.ports.store import Store
from marbleline.ports.verdict_statistics import Dimension, Period, PeriodCount, VerdictStatistics
from marbleline.ports.verdicts import VerdictQuery
from tests.builders import MODEL, SECOND, START, make_frame, make_verdict
from tests.contract.promises import assert_keeps
from tests.contract.store.base import EVERYTHING, StoreContract, put

HOUR = 3_600 * SECOND
HOURS = [Period(since, until) for since, until in pairwise(range(START, START + 4 * HOUR, HOUR))]


def captured(
    sequence: int,
    at: int,
    camera: str = "camera-1",
    decision: Decision = Decision.GOOD,
    *,
    defect: str | None = None,
    product: str = "marble",
    version: int = 1,
    line: str = "line-1",
    late: bool = False,
) -> Verdict:
    """A verdict on a frame that was captured at that moment."""
    frame = make_frame(sequence, camera, captured_at=at, product=product, line=line, deadline_ms=50)
    return make_verdict(
        frame=frame,
        decision=decision,
        defect=defect,
        model=replace(MODEL, version=version),
        decided_after_ms=60 if late else 20,
    )


class VerdictStatisticsSuite(StoreContract):
    """What every store keeps of ``ports.verdict_statistics.VerdictStatistics``."""

    def test_keeps_the_port_of_verdict_statistics(self, store: Store) -> None:
        assert_keeps(store, VerdictStatistics)
        assert store.count_by_period(EVERYTHING, HOURS, Dimension.CAMERA) == []
        assert store.count_by_period(EVERYTHING, [], Dimension.CAMERA) == []

    def test_counts_by_period_group_decision_and_defect(self, store: Store) -> None:
        put(
            store,
            [
                captured(1, START),
                captured(2, START + 1, late=True),
                captured(3, START + 2, "camera-2", Decision.FAULTY, defect="dot"),
                captured(4, START + 2 * HOUR, "camera-2", Decision.FAULTY, defect="dot", late=True),
                captured(5, START + 2 * HOUR, "camera-2", Decision.FAULTY, defect="crack"),
                captured(6, START + 2 * HOUR, "camera-2", Decision.REVIEW, defect="crack"),
            ],
        )
        assert store.count_by_period(EVERYTHING, HOURS, Dimension.CAMERA) == [
            PeriodCount(START, "camera-1", "good", "", 2, 1),
            PeriodCount(START, "camera-2", "faulty", "dot", 1, 0),
            PeriodCount(START + 2 * HOUR, "camera-2", "faulty", "crack", 1, 0),
            PeriodCount(START + 2 * HOUR, "camera-2", "faulty", "dot", 1, 1),
            PeriodCount(START + 2 * HOUR, "camera-2", "review", "crack", 1, 0),
        ]

    def test_a_period_begins_with_its_start_and_ends_before_its_end(self, store: Store) -> None:
        put(store, [captured(1, START - 1), captured(2, START), captured(3, START + HOUR - 1)])
        put(store, [captured(4, START + HOUR)])
        periods = [Period(START, START + HOUR), Period(START + 2 * HOUR, START + 3 * HOUR)]
        found = store.count_by_period(EVERYTHING, periods, Dimension.CAMERA)
        assert found == [PeriodCount(START, "camera-1", "good", "", 2, 0)]

    @pytest.mark.parametrize(
        ("by", "groups"),
        [
            (Dimension.CAMERA, {"camera-1": 2, "camera-2": 1}),
            (Dimension.PRODUCT, {"marble": 1, "travertine": 2}),
            (Dimension.MODEL_VERSION, {"2": 1, "10": 2}),
        ],
    )
    def test_by_each_dimension(self, store: Store, by: Dimension, groups: dict[str, int]) -> None:
        put(
            store,
            [
                captured(1, START, "camera-1", product="marble", version=2),
                captured(2, START, "camera-1", product="travertine", version=10),
                captured(3, START, "camera-2", product="travertine", version=10),
            ],
        )
        found = store.count_by_period(EVERYTHING, HOURS, by)
        assert {one.group: one.count for one in found} == groups
        assert sum(one.count for one in store.count_by_period(EVERYTHING, HOURS, None)) == 3

    def test_counts_only_what_the_query_finds(self, store: Store) -> None:
        put(
            store,
            [
                captured(1, START),
                captured(2, START, "camera-2", product="travertine", late=True),
                captured(3, START, "camera-3", line="line-2"),
            ],
        )
        for query, cameras in (
            (VerdictQuery(line="line-1"), ["camera-1", "camera-2"]),
            (VerdictQuery(camera="camera-2"), ["camera-2"]),
            (VerdictQuery(product="marble", line="line-1"), ["camera-1"]),
            (VerdictQuery(late=True), ["camera-2"]),
            (VerdictQuery(since=START + 1), []),
        ):
            found = store.count_by_period(query, HOURS, Dimension.CAMERA)
            assert [one.group for one in found] == cameras, query

    def test_a_year_of_shifts_in_one_question(self, store: Store) -> None:
        shifts = [Period(START + n * 8 * HOUR, START + (n + 1) * 8 * HOUR) for n in range(1_095)]
        put(store, [captured(n + 1, shift.since) for n, shift in enumerate(shifts[::100])])
        found = store.count_by_period(EVERYTHING, shifts, None)
        assert [(one.since, one.group) for one in found] == [(shift.since, "") for shift in shifts[::100]]
