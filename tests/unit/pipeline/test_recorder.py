"""The recorder's work: what comes off the record queues goes to the store, each on its own merits."""

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.domain.records import FrameRecord
from marbleline.errors import StoreUnavailable
from marbleline.pipeline.handling import DeadLetterReason
from marbleline.pipeline.recorder import frame_recording_handler, verdict_recording_handler
from marbleline.ports.message import Delivery, Message
from marbleline.ports.rejection import Rejection
from tests.builders import (
    frame_message,
    make_frame,
    make_report,
    make_verdict,
    report_message,
    verdict_message,
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(tmp_path / "store.db")
    yield store
    store.close()


class Picky(SqliteStore):
    """Refuses the frame with sequence 2 for good."""

    def put_frames(self, records: Sequence[FrameRecord]) -> list[Rejection]:
        wanted = [record for record in records if record.frame.sequence != 2]
        return super().put_frames(wanted) + [
            Rejection(record.frame.frame_id, "mapping conflict") for record in records if record not in wanted
        ]


def make_deliveries(*messages: Message) -> list[Delivery]:
    return [Delivery("q", place, 1, message) for place, message in enumerate(messages)]


BROKEN = Message("x", "verdict.a.b.good", {}, b"{")


def test_frames_and_reports_are_stored_together(store: SqliteStore) -> None:
    frame = make_frame(1, content=b"picture")
    deliveries = make_deliveries(frame_message(frame, b"picture"), report_message(make_report("camera-2")))
    assert frame_recording_handler(store)(deliveries) == [(), ()]
    assert store.image(frame.frame_id) == b"picture"
    assert [report.camera for report in store.cameras()] == ["camera-2"]


def test_verdicts_are_stored_and_a_broken_one_is_dead_lettered(store: SqliteStore) -> None:
    verdict = make_verdict(1)
    first, broken, again = verdict_recording_handler(store)(
        make_deliveries(verdict_message(verdict), BROKEN, verdict_message(verdict))
    )
    assert (first, again) == ((), ())
    assert isinstance(broken, DeadLetterReason)
    assert broken.reason == "bad_message"
    assert store.verdict(verdict.frame.frame_id) == verdict


def test_what_the_store_will_never_take_is_dead_lettered_with_its_reason(tmp_path: Path) -> None:
    store = Picky(tmp_path / "picky.db")
    deliveries = make_deliveries(
        *(frame_message(make_frame(number, content=b"p"), b"p") for number in (1, 2, 3))
    )
    assert frame_recording_handler(store)(deliveries) == [
        (),
        DeadLetterReason("rejected_by_store", "mapping conflict"),
        (),
    ]
    store.close()


def test_while_the_store_is_away_nothing_is_acknowledged(store: SqliteStore) -> None:
    store.close()
    with pytest.raises(StoreUnavailable):
        verdict_recording_handler(store)(make_deliveries(verdict_message()))


def test_a_verdict_is_stored_as_it_was_received(store: SqliteStore) -> None:
    message = verdict_message(make_verdict(1))
    body = message.body[:-1] + b', "moisture": 3}'
    delivery = Delivery("q", 1, 1, dataclasses.replace(message, body=body))
    assert verdict_recording_handler(store)([delivery]) == [()]
    with store._database.read() as connection:
        [(stored,)] = connection.execute("SELECT document FROM documents")
    assert stored == body
