"""Frames and their pictures: written, read, let go of."""

from contextlib import closing

import pytest

from marbleline.domain.decision import Decision
from marbleline.domain.records import FrameRecord
from marbleline.ports.frames import Frames, KeptPicture
from marbleline.ports.store import Store
from marbleline.ports.verdicts import JudgedSequences
from tests.builders import (
    SECOND,
    START,
    make_frame,
    make_picture,
    make_record,
    make_verdict,
)
from tests.contract.promises import assert_keeps
from tests.contract.store.base import BEYOND, Connect, StoreContract, put


class FramesSuite(StoreContract):
    """What every store keeps of ``ports.frames.Frames``."""

    def test_keeps_the_port_of_frames(self, store: Store) -> None:
        assert_keeps(store, Frames)

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

    def test_a_frame_that_can_never_be_written_keeps_no_other_out(self, store: Store) -> None:
        bad = FrameRecord(make_frame(BEYOND, frame_id="0197ffff-bad0-7000-8000-000000000000"), b"picture")
        (rejection,) = store.put_frames([make_record(1), bad, make_record(2)])
        assert rejection.document_id == bad.frame.frame_id
        assert store.image(make_record(2).frame.frame_id) == make_picture(2)
        assert store.image(bad.frame.frame_id) is None

    def test_a_frame_that_was_written_stays(self, store: Store, connect: Connect) -> None:
        record = make_record(1)
        assert store.put_frames([record]) == []
        store.close()
        with closing(connect()) as again:
            assert again.image(record.frame.frame_id) == record.image

    def test_no_frames_are_no_error(self, store: Store) -> None:
        assert store.put_frames([]) == []
        store.forget_pictures([])

    def test_pictures_oldest_first_with_what_was_decided(self, store: Store) -> None:
        assert store.pictures(START * 2, 10) == []
        assert store.picture_bytes() == 0
        records = [make_record(number) for number in (1, 2, 3)]
        assert store.put_frames(records) == []
        put(store, [make_verdict(frame=records[1].frame, decision=Decision.REVIEW)])
        kept = [
            KeptPicture(one.frame.frame_id, one.frame.captured_at, len(one.image), decision)
            for one, decision in zip(records, (None, Decision.REVIEW, None), strict=True)
        ]
        assert store.pictures(START + 9 * SECOND, 10) == kept
        assert store.pictures(START + 2 * SECOND, 10) == kept[:2]
        assert store.pictures(START + 9 * SECOND, 1, after=kept[0].frame_id) == [kept[1]]
        assert store.picture_bytes() == sum(len(one.image) for one in records)

    def test_a_picture_goes_and_its_verdict_stays(self, store: Store) -> None:
        records = [make_record(number) for number in (1, 2)]
        assert store.put_frames(records) == []
        put(store, [make_verdict(frame=one.frame) for one in records])
        first, second = (one.frame.frame_id for one in records)
        for _ in range(2):
            store.forget_pictures([first, "never was there"])
        assert store.image(first) is None
        assert store.image(second) == records[1].image
        assert store.verdict(first) == make_verdict(frame=records[0].frame)
        assert store.judged("camera-1", 2) == JudgedSequences(2, 2)
        assert [one.frame_id for one in store.pictures(START + 9 * SECOND, 10)] == [second]
        assert store.picture_bytes() == len(records[1].image)
