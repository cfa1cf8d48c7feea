"""Counting from real queues and a real store, frames standing in every place that there is."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from marbleline.adapters.brokers.sqlite import SqliteBroker
from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.domain.ledger import LedgerEntry
from marbleline.domain.records import FrameRecord
from marbleline.operations.ledger import count
from marbleline.pipeline.camera.spool_view import SpoolCount
from marbleline.ports.verdicts import JudgedSequences
from tests.builders import (
    START,
    FakeClock,
    encoded_message,
    frame_message,
    make_encoded,
    make_frame,
    make_report,
    make_verdict,
    verdict_message,
)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[SqliteBroker]:
    broker = SqliteBroker(tmp_path / "broker.db")
    yield broker
    broker.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(tmp_path / "store.db")
    yield store
    store.close()


def entry(broker: SqliteBroker, store: SqliteStore, spools: dict[str, SpoolCount]) -> LedgerEntry:
    [found] = count(broker, store, spools, FakeClock()).entries
    return found


def test_frames_everywhere_are_counted_once(broker: SqliteBroker, store: SqliteStore) -> None:
    frames = {number: make_frame(number) for number in range(1, 8)}
    store.put_verdicts([make_verdict(1)])  # 1: stored
    broker.publish([verdict_message(make_verdict(2))])  # 2: judged, its verdict on the way to the store
    broker.publish([encoded_message(make_encoded(frames[3]))])  # 3: encoded
    broker.publish([frame_message(frames[4])])  # 4: captured
    broker.publish_dead_letter("frames", frame_message(frames[5]), "truncated", "cut off")  # 5: dead
    spool = SpoolCount(7, {frames[6].frame_id: 6})  # 6: in the spool; 7 is nowhere
    found = entry(broker, store, {"camera-1": spool})
    assert (found.captured, found.judged, found.pending, found.dead_lettered, found.gaps) == (7, 2, 3, 1, 1)
    assert not found.balanced


def test_a_frame_taken_by_a_worker_is_still_pending(broker: SqliteBroker, store: SqliteStore) -> None:
    broker.publish([frame_message(make_frame(1))])
    broker.receive("frames", 1, 0)
    assert entry(broker, store, {"camera-1": SpoolCount(1, {})}).pending == 1


def test_discarding_and_replaying_dead_letters_keep_the_balance(
    broker: SqliteBroker, store: SqliteStore
) -> None:
    spools = {"camera-1": SpoolCount(2, {})}
    for number in (1, 2):
        broker.publish_dead_letter("frames", frame_message(make_frame(number)), "truncated", "cut off")
    first, second = broker.dead_letters(10)
    broker.discard([first.dead_letter_id])
    broker.replay([second.dead_letter_id])
    found = entry(broker, store, spools)
    assert (found.dead_lettered, found.pending, found.discarded, found.balanced) == (0, 1, 1, True)


def test_a_camera_elsewhere_is_known_by_its_report(broker: SqliteBroker, store: SqliteStore) -> None:
    store.put_cameras([make_report("camera-1", captured=5, spooled=3, reported_at=START)])
    store.put_verdicts([make_verdict(1), make_verdict(2)])
    found = entry(broker, store, {})
    assert (found.captured, found.judged, found.pending, found.gaps) == (5, 2, 3, 0)
    store.put_cameras([make_report("camera-1", captured=5, spooled=0, reported_at=START + 1)])
    assert entry(broker, store, {}).gaps == 3


def test_a_spool_here_beats_a_report_that_came_later(broker: SqliteBroker, store: SqliteStore) -> None:
    store.put_cameras([make_report("camera-1", captured=9, spooled=0)])
    found = entry(broker, store, {"camera-1": SpoolCount(1, {make_frame(1).frame_id: 1})})
    assert (found.captured, found.pending, found.balanced) == (1, 1, True)


def test_a_camera_whose_spool_was_lost_is_known_by_what_is_stored(
    broker: SqliteBroker, store: SqliteStore
) -> None:
    store.put_frames([FrameRecord(make_frame(4), b"p")])
    store.put_verdicts([make_verdict(4)])
    found = entry(broker, store, {})
    assert (found.captured, found.judged, found.gaps) == (4, 1, 3)


@pytest.mark.parametrize("often", [1, 100])
def test_verdicts_stored_while_the_store_is_read_are_no_gaps(
    broker: SqliteBroker, tmp_path: Path, often: int
) -> None:
    """A verdict that reaches the store right after its camera was counted must not look lost."""
    moving = [make_verdict(number) for number in range(1, 9)]

    class Busy(SqliteStore):
        times = often

        def judged(self, camera: str, up_to: int) -> JudgedSequences:
            found = super().judged(camera, up_to)
            if self.times and moving:
                self.times -= 1
                self.put_verdicts([moving.pop()])
            return found

    broker.publish([verdict_message(one) for one in moving])
    store = Busy(tmp_path / "busy.db")
    found = entry(broker, store, {"camera-1": SpoolCount(8, {})})
    store.close()
    assert (found.gaps, found.duplicates) == (0, 0)
    assert found.judged >= 8
    if often == 1:
        assert found.judged == 8


def test_a_camera_that_was_blind_balances_and_says_so(broker: SqliteBroker, store: SqliteStore) -> None:
    report = msgspec.structs.replace(
        make_report("camera-1", captured=0), watched_since=START, blind_rollout_ms=218_000, interval_ms=200
    )
    store.put_cameras([report])
    found = entry(broker, store, {})
    assert found.blind_time is not None
    assert (found.balanced, found.blind_time.total_s, found.blind_time.missed_about) == (True, 218.0, 1_090)
