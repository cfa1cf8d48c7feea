"""Searches and counts of verdicts."""

from collections import Counter
from dataclasses import asdict
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marbleline.domain.decision import Decision
from marbleline.domain.verdict import ModelRef, Verdict
from marbleline.ports.store import Store
from marbleline.ports.verdicts import VerdictQuery
from tests.builders import SECOND, START, make_frame, make_verdict
from tests.contract.store.base import EVERYTHING, StoreContract, put, sequences

VERDICTS = (
    make_verdict(frame=make_frame(1, "camera-1", slab_id="S-1", product="granite")),
    make_verdict(frame=make_frame(2, "camera-2", slab_id="S-1"), decision=Decision.FAULTY, defect="crack"),
    make_verdict(frame=make_frame(3, "camera-1", slab_id="S-2"), decision=Decision.REVIEW, defect="dot"),
    make_verdict(frame=make_frame(4, "camera-1", line="line-2"), decision=Decision.FAULTY, defect="joint"),
    make_verdict(5, "camera-2", decision=Decision.FAULTY, defect="crack", decided_after_ms=2_001),
    make_verdict(6, "camera-2", model=ModelRef("marble", 2, "e" * 64, "tensorflow-serving", fallback=True)),
    make_verdict(7, "camera-1", faulty_probability=0.125),
)


def holds(query: VerdictQuery, verdict: Verdict) -> bool:
    """The port's words, once more."""
    frame, probability = verdict.frame, verdict.faulty_probability
    return all(
        (
            query.line in (None, frame.line),
            query.camera in (None, frame.camera),
            query.slab_id in (None, frame.slab_id),
            query.product in (None, frame.product),
            query.decision in (None, verdict.decision),
            query.defect in (None, verdict.defect),
            query.model_version in (None, verdict.model.version),
            query.since is None or frame.captured_at >= query.since,
            query.until is None or frame.captured_at <= query.until,
            query.min_faulty_probability is None or probability >= query.min_faulty_probability,
            query.max_faulty_probability is None or probability <= query.max_faulty_probability,
            query.late in (None, verdict.late),
        )
    )


def queries() -> st.SearchStrategy[VerdictQuery]:
    """Queries about what VERDICTS have, most of them with few conditions."""

    def maybe(*values: Any) -> st.SearchStrategy[Any]:
        return st.one_of(st.none(), st.none(), st.none(), st.sampled_from(values))

    times = [START + number * SECOND for number in range(9)]
    probabilities = (0.05, 0.0500001, 0.125, 0.5, 0.95)
    return st.builds(
        VerdictQuery,
        line=maybe("line-1", "line-2", "line-3"),
        camera=maybe("camera-1", "camera-2", "camera-3"),
        slab_id=maybe("S-1", "S-2", "S-3"),
        product=maybe("granite", "marble", "onyx"),
        decision=maybe(*Decision),
        defect=maybe("crack", "dot", "joint"),
        model_version=maybe(1, 2, 3),
        since=maybe(*times),
        until=maybe(*times),
        min_faulty_probability=maybe(*probabilities),
        max_faulty_probability=maybe(*probabilities),
        late=maybe(True, False),
    )


class Asking(StoreContract):
    # How many random queries are tried.
    questions: ClassVar[int] = 60

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            (EVERYTHING, [7, 6, 5, 4, 3, 2, 1]),
            (VerdictQuery(line="line-2"), [4]),
            (VerdictQuery(camera="camera-2"), [6, 5, 2]),
            (VerdictQuery(slab_id="S-1"), [2, 1]),
            (VerdictQuery(slab_id="S-1", product="granite"), [1]),
            (VerdictQuery(product="onyx"), []),
            (VerdictQuery(decision=Decision.REVIEW), [3]),
            (VerdictQuery(defect="crack"), [5, 2]),
            (VerdictQuery(model_version=2), [6]),
            (VerdictQuery(since=START + 3 * SECOND, until=START + 5 * SECOND), [5, 4, 3]),
            (VerdictQuery(min_faulty_probability=0.125, max_faulty_probability=0.5), [7, 3]),
            (VerdictQuery(late=True), [5]),
            (VerdictQuery(late=False), [7, 6, 4, 3, 2, 1]),
            (VerdictQuery(camera="camera-1", decision=Decision.FAULTY), [4]),
            (VerdictQuery(camera="camera-1", defect="crack"), []),
        ],
        ids=lambda value: (
            "+".join(name for name, set_ in asdict(value).items() if set_ is not None)
            if isinstance(value, VerdictQuery)
            else ""
        ),
    )
    def test_each_condition(self, store: Store, query: VerdictQuery, found: list[int]) -> None:
        put(store, VERDICTS)
        assert sequences(store.search(query, 100)) == found
        assert store.counts(query).total == len(found)

    def test_any_conditions_together(self, store: Store) -> None:
        put(store, VERDICTS)

        @settings(
            max_examples=self.questions,
            suppress_health_check=[HealthCheck.function_scoped_fixture],
        )
        @given(query=queries())
        def run(query: VerdictQuery) -> None:
            expected = [one for one in reversed(VERDICTS) if holds(query, one)]
            assert store.search(query, 100) == expected
            counts = store.counts(query)
            assert counts.total == len(expected)
            for decision in Decision:
                assert counts.by_decision[decision] == sum(one.decision is decision for one in expected)
            faulty = Counter(one.defect for one in expected if one.decision is Decision.FAULTY)
            assert {name: count for name, count in counts.by_defect.items() if count} == faulty

        untyped: Any = run
        untyped()

    def test_page_by_page_each_is_seen_once(self, store: Store) -> None:
        verdicts = [make_verdict(number, f"camera-{number % 2 + 1}") for number in range(1, 24)]
        put(store, verdicts[::-1])
        query = VerdictQuery(camera="camera-1")
        seen: list[Verdict] = []
        while page := store.search(query, 5, after=seen[-1].frame.frame_id if seen else None):
            seen += page
            assert len(page) <= 5
            assert len(seen) <= len(verdicts)
        assert sequences(seen) == [number for number in range(23, 0, -1) if number % 2 == 0]

    def test_counts_of_an_empty_store(self, store: Store) -> None:
        counts = store.counts(EVERYTHING)
        assert counts.total == 0
        assert set(counts.by_decision) == set(Decision)
        assert not any(counts.by_decision.values())
        assert not any(counts.by_defect.values())
        assert store.search(EVERYTHING, 10) == []
        assert store.highest_sequences() == {}
