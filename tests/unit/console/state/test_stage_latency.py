"""Times by stage and throughput, from the verdicts' own stage times; and how a candidate agrees."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.console.state.stage_latency import LATENCY_STAGES, per_minute, stage_latencies
from marbleline.console.state.store_queries import ShadowAgreement, shadow_agreements
from marbleline.domain.decision import Decision
from marbleline.domain.shadow_verdict import ShadowVerdict, ShadowVerdictKind
from tests.builders import MODEL, SECOND, START, make_verdict


def test_the_stages_add_up_to_the_whole() -> None:
    (one,) = {one.p50 for one in stage_latencies([make_verdict(1, decided_after_ms=20)]) if one.name == "all"}
    parts = sum(
        one.p50 for one in stage_latencies([make_verdict(1, decided_after_ms=20)]) if one.name != "all"
    )
    assert one == pytest.approx(20)
    assert parts == pytest.approx(one)
    assert [one.name for one in stage_latencies([make_verdict(1)])] == list(LATENCY_STAGES)
    assert stage_latencies([]) == ()


def test_p95_is_that_of_the_slow_ones() -> None:
    some = [make_verdict(number, decided_after_ms=1000 if number < 3 else 20) for number in range(20)]
    whole = next(one for one in stage_latencies(some) if one.name == "all")
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
    store.put_shadow_verdicts([ShadowVerdict(ShadowVerdictKind.SHADOW, one) for one in said])
    store.put_shadow_verdicts(
        [ShadowVerdict(ShadowVerdictKind.REJUDGED, replace(said[1], decision=Decision.GOOD))]
    )
    assert shadow_agreements(store, "line-1") == (ShadowAgreement("marble", 2, 4, 3),)
    assert shadow_agreements(store, "line-2") == ()
    store.close()
