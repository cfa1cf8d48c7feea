"""Times by stage and throughput, from the verdicts' own stage times; and how a candidate agrees."""

from dataclasses import replace
from pathlib import Path

import pytest

from marbleline.adapters.store_sqlite import SqliteStore
from marbleline.console.legs import LEGS, legs, per_minute
from marbleline.console.shadow import Agreement, agreements
from marbleline.domain.decision import Decision
from marbleline.domain.opinion import Opinion, OpinionKind
from tests.builders import MODEL, SECOND, START, make_verdict


def test_the_legs_add_up_to_the_whole_way() -> None:
    (one,) = {leg.p50 for leg in legs([make_verdict(1, decided_after_ms=20)]) if leg.name == "all"}
    parts = sum(leg.p50 for leg in legs([make_verdict(1, decided_after_ms=20)]) if leg.name != "all")
    assert one == pytest.approx(20)
    assert parts == pytest.approx(one)
    assert [leg.name for leg in legs([make_verdict(1)])] == list(LEGS)
    assert legs([]) == ()


def test_p95_is_that_of_the_slow_ones() -> None:
    some = [make_verdict(number, decided_after_ms=1000 if number < 3 else 20) for number in range(20)]
    whole = next(leg for leg in legs(some) if leg.name == "all")
    assert whole.p50 == pytest.approx(20)
    assert whole.p95 > 900


def test_throughput_counts_what_is_of_now() -> None:
    verdicts = [make_verdict(number) for number in range(60, 0, -1)]  # one a second
    now = verdicts[0].stages.decided_at
    assert per_minute(verdicts, now) == pytest.approx(60, rel=0.05)
    assert per_minute(verdicts, now + 400 * SECOND) == 0
    assert per_minute([], START) == 0


def test_a_candidate_agrees_where_it_comes_to_the_same_decision(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "store.db")
    judged = [make_verdict(number, decision=Decision.FAULTY) for number in range(1, 5)]
    store.put_verdicts(judged)
    said = [replace(one, model=replace(MODEL, version=2)) for one in judged]
    said[0] = replace(said[0], decision=Decision.GOOD)
    store.put_opinions([Opinion(OpinionKind.SHADOW, one) for one in said])
    store.put_opinions([Opinion(OpinionKind.REJUDGED, replace(said[1], decision=Decision.GOOD))])
    assert agreements(store, "line-1") == (Agreement("marble", 2, 4, 3),)
    assert agreements(store, "line-2") == ()
    store.close()
