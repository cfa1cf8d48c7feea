"""What the ledger asks: it has to see every verdict whose writing has returned."""

from marbleline.ports.store import Store
from marbleline.ports.verdicts import JudgedSequences
from tests.builders import START, make_frame, make_frame_id, make_record, make_verdict, wait_until
from tests.contract.store.base import Connect, StoreContract


class Counting(StoreContract):
    def test_judged_sees_what_was_just_written(self, store: Store, connect: Connect) -> None:
        other = connect()
        for number in range(1, 6):
            assert store.put_verdicts([make_verdict(number), make_verdict(number, "camera-2")]) == []
            assert other.judged("camera-1", 100) == JudgedSequences(number, number)
        assert other.judged("camera-3", 100) == JudgedSequences(0, 0)
        other.close()

    def test_judged_looks_up_to_a_bound(self, store: Store) -> None:
        assert store.put_verdicts([make_verdict(number) for number in (1, 2, 4, 7, 9)]) == []
        assert store.judged("camera-1", 7) == JudgedSequences(4, 4)
        assert store.judged("camera-1", 0) == JudgedSequences(0, 0)

    def test_the_same_verdict_twice_counts_once(self, store: Store) -> None:
        for _ in range(2):
            assert store.put_verdicts([make_verdict(1), make_verdict(1), make_verdict(2)]) == []
        assert store.judged("camera-1", 10) == JudgedSequences(2, 2)

    def test_a_sequence_that_was_judged_as_two_frames_shows(self, store: Store) -> None:
        twin = make_frame(2, frame_id=make_frame_id(2, "twin", START))
        assert store.put_verdicts([make_verdict(1), make_verdict(2), make_verdict(frame=twin)]) == []
        assert store.judged("camera-1", 2) == JudgedSequences(sequences=2, verdicts=3)
        assert store.judged("camera-1", 1) == JudgedSequences(sequences=1, verdicts=1)

    def test_which_of_many_are_judged(self, store: Store) -> None:
        judged = [make_verdict(number) for number in range(1, 300, 2)]
        assert store.put_verdicts(judged) == []
        asked = [make_frame(number).frame_id for number in range(1, 2_000)]
        assert store.which_judged(asked) == {verdict.frame.frame_id for verdict in judged}
        assert store.which_judged([]) == frozenset()

    def test_the_highest_sequence_of_each_camera(self, store: Store) -> None:
        assert store.put_frames([make_record(number) for number in (3, 9, 5)]) == []
        assert store.put_frames([make_record(2, "camera-3")]) == []
        assert store.put_verdicts([make_verdict(11), make_verdict(4, "camera-2")]) == []
        wait_until(
            lambda: store.highest_sequences() == {"camera-1": 11, "camera-2": 4, "camera-3": 2},
            what="the highest sequences",
        )
