"""Verdicts: what is written is there, whole, once, and stays, and every question about it."""

from contextlib import closing

import pytest

from marbleline.domain.decision import Decision
from marbleline.domain.verdict import Verdict
from marbleline.ports.connection import Connection
from marbleline.ports.store import Store
from marbleline.ports.verdicts import Bucket, VerdictQuery, Verdicts
from tests.builders import (
    SECOND,
    START,
    make_frame,
    make_picture,
    make_verdict,
    wait_until,
)
from tests.contract.promises import assert_keeps
from tests.contract.store.base import BEYOND, EVERYTHING, Connect, put
from tests.contract.store.counting import Counting
from tests.contract.store.querying import Asking

HOUR = 3_600 * SECOND


class VerdictsSuite(Asking, Counting):
    """What every store keeps of ``ports.verdicts.Verdicts``, and of ``ports.connection``."""

    def test_keeps_the_port_of_verdicts(self, store: Store) -> None:
        assert_keeps(store, Verdicts, Connection)

    def test_says_that_it_can_be_used(self, store: Store) -> None:
        store.check()

    @pytest.mark.parametrize(
        "verdict",
        [
            make_verdict(1),
            make_verdict(2, decision=Decision.FAULTY, defect="joint", decided_after_ms=2_001),
            make_verdict(3, decision=Decision.REVIEW, defect="dot", thumbnail=make_picture(3)),
            make_verdict(frame=make_frame(4, slab_id="Плита №4 / 大", origin="Bänder/a b.jpg")),
        ],
        ids=["good", "late and faulty", "review with thumbnail", "unicode"],
    )
    def test_a_verdict_comes_back_as_it_was(self, store: Store, verdict: Verdict) -> None:
        put(store, [verdict])
        assert store.verdict(verdict.frame.frame_id) == verdict
        assert store.search(EVERYTHING, 10) == [verdict]

    def test_a_verdict_that_is_not_there(self, store: Store) -> None:
        assert store.verdict("no such frame") is None
        put(store, [make_verdict(1)])
        assert store.verdict(make_frame(2).frame_id) is None

    def test_the_first_verdict_of_a_frame_stays(self, store: Store, connect: Connect) -> None:
        first = make_verdict(1, decision=Decision.FAULTY)
        put(store, [first])
        again = connect()
        assert again.put_verdicts([make_verdict(2), first, make_verdict(1, decided_after_ms=900)]) == []
        wait_until(lambda: store.counts(EVERYTHING).total == 2)
        assert again.verdict(first.frame.frame_id) == first
        assert again.counts(EVERYTHING).by_decision[Decision.FAULTY] == 1
        again.close()

    def test_a_verdict_that_can_never_be_written_keeps_no_other_out(self, store: Store) -> None:
        bad = make_verdict(frame=make_frame(BEYOND, frame_id="0197ffff-bad0-7000-8000-000000000000"))
        (rejection,) = store.put_verdicts([make_verdict(1), bad, make_verdict(2)])
        assert rejection.document_id == bad.frame.frame_id
        assert rejection.reason
        wait_until(lambda: store.counts(EVERYTHING).total == 2)
        assert store.verdict(bad.frame.frame_id) is None

    def test_a_verdict_that_was_written_stays(self, store: Store, connect: Connect) -> None:
        verdict = make_verdict(1)
        assert store.put_verdicts([verdict]) == []
        store.close()
        with closing(connect()) as again:
            wait_until(lambda: again.verdict(verdict.frame.frame_id) == verdict)

    def test_no_verdicts_are_no_error(self, store: Store) -> None:
        assert store.put_verdicts([]) == []

    def test_counts_by_step_camera_decision_and_defect(self, store: Store) -> None:
        since = START - START % HOUR + 1_234_000  # any millisecond, not only full hours
        moments = [("camera-1", 0), ("camera-1", HOUR - 1), ("camera-2", HOUR), ("camera-2", 3 * HOUR + 5)]
        verdicts = [
            make_verdict(
                frame=make_frame(number, camera, captured_at=since + after),
                decision=Decision.FAULTY if number == 3 else Decision.GOOD,
            )
            for number, (camera, after) in enumerate(moments, 1)
        ]
        put(store, [*verdicts, make_verdict(frame=make_frame(9, captured_at=since - 1))])
        assert store.hourly(VerdictQuery(since=since), HOUR) == [
            Bucket(since, "camera-1", "good", None, 2),
            Bucket(since + HOUR, "camera-2", "faulty", "crack", 1),
            Bucket(since + 3 * HOUR, "camera-2", "good", None, 1),
        ]
        assert store.hourly(VerdictQuery(since=since, camera="camera-3"), HOUR) == []
