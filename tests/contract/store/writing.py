"""What is written is there, whole, once, and stays; what can never be written is told apart."""

import inspect

import pytest

from marbleline.domain.decision import Decision
from marbleline.domain.records import CameraState, FrameRecord
from marbleline.domain.verdict import Verdict
from marbleline.ports.store import Store
from tests.builders import (
    SECOND,
    START,
    make_frame,
    make_picture,
    make_record,
    make_report,
    make_verdict,
    wait_until,
)
from tests.contract.store.base import EVERYTHING, Connect, StoreContract, put

# No store keeps a number beyond 64 bits.
BEYOND = 2**70


class Writing(StoreContract):
    def test_keeps_the_port(self, store: Store) -> None:
        for name, promised in inspect.getmembers(Store, inspect.isfunction):
            if not name.startswith("_"):
                kept = getattr(type(store), name)
                assert list(inspect.signature(kept).parameters) == list(
                    inspect.signature(promised).parameters
                ), name

    def test_says_that_it_can_be_used(self, store: Store) -> None:
        store.check()

    @pytest.mark.parametrize("image", [b"", make_picture(), b"\x00\xff" * 524_288], ids=["empty", "", "1 MB"])
    def test_a_picture_comes_back_as_it_was_captured(self, store: Store, image: bytes) -> None:
        record = make_record(image=image)
        assert store.put_frames([record, make_record(2)]) == []
        assert store.image(record.frame.frame_id) == image

    def test_a_picture_that_is_not_there(self, store: Store) -> None:
        assert store.image("no such frame") is None
        assert store.put_frames([make_record(1)]) == []
        assert store.image(make_frame(2).frame_id) is None

    def test_a_frame_can_be_written_again(self, store: Store) -> None:
        assert store.put_frames([make_record(1), make_record(2)]) == []
        assert store.put_frames([make_record(2), make_record(3), make_record(3)]) == []
        for number in (1, 2, 3):
            assert store.image(make_record(number).frame.frame_id) == make_picture(number)

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

    def test_what_was_written_stays(self, store: Store, connect: Connect) -> None:
        record, verdict = make_record(1), make_verdict(1)
        assert store.put_frames([record]) == []
        assert store.put_verdicts([verdict]) == []
        store.put_cameras([make_report()])
        store.close()
        again = connect()
        assert again.image(record.frame.frame_id) == record.image
        wait_until(lambda: again.verdict(verdict.frame.frame_id) == verdict)
        wait_until(lambda: again.cameras() == [make_report()])
        again.close()

    def test_nothing_is_no_error(self, store: Store) -> None:
        assert store.put_frames([]) == []
        assert store.put_verdicts([]) == []
        store.put_cameras([])

    def test_a_verdict_that_can_never_be_written_keeps_no_other_out(self, store: Store) -> None:
        bad = make_verdict(frame=make_frame(BEYOND, frame_id="0197ffff-bad0-7000-8000-000000000000"))
        (rejection,) = store.put_verdicts([make_verdict(1), bad, make_verdict(2)])
        assert rejection.document_id == bad.frame.frame_id
        assert rejection.reason
        wait_until(lambda: store.counts(EVERYTHING).total == 2)
        assert store.verdict(bad.frame.frame_id) is None

    def test_a_frame_that_can_never_be_written_keeps_no_other_out(self, store: Store) -> None:
        bad = FrameRecord(make_frame(BEYOND, frame_id="0197ffff-bad0-7000-8000-000000000000"), b"picture")
        (rejection,) = store.put_frames([make_record(1), bad, make_record(2)])
        assert rejection.document_id == bad.frame.frame_id
        assert store.image(make_record(2).frame.frame_id) == make_picture(2)
        assert store.image(bad.frame.frame_id) is None

    def test_the_newest_report_of_each_camera(self, store: Store) -> None:
        early = make_report("camera-2", reported_at=START)
        late = make_report("camera-2", reported_at=START + 5 * SECOND, state=CameraState.STALLED)
        other = make_report("camera-1", captured=0, detail="дождь")
        store.put_cameras([late, other])
        store.put_cameras([early])
        wait_until(lambda: store.cameras() == [other, late])
        newer = make_report("camera-1", reported_at=START + SECOND)
        store.put_cameras([make_report("camera-1", reported_at=START + 1), newer])
        wait_until(lambda: store.cameras() == [newer, late])
