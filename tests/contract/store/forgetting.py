"""Pictures that are let go of; their verdicts stay."""

from marbleline.domain.decision import Decision
from marbleline.ports.pictures import KeptPicture
from marbleline.ports.store import Judged, Store
from tests.builders import SECOND, START, make_record, make_verdict
from tests.contract.store.base import StoreContract, put


class Forgetting(StoreContract):
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
        assert store.judged("camera-1", 2) == Judged(2, 2)
        assert [one.frame_id for one in store.pictures(START + 9 * SECOND, 10)] == [second]
        assert store.picture_bytes() == len(records[1].image)
