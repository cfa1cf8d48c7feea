"""All or nothing: at a bound, in the middle of a batch, on a full disk, under kill -9."""

import multiprocessing
import os
import signal
import sqlite3
from pathlib import Path
from unittest.mock import patch

import pytest

from marbleline.adapters.brokers.sqlite import SqliteBroker, content
from marbleline.errors import BrokerFull, BrokerUnavailable
from marbleline.ports.message import Message
from marbleline.ports.topology import FRAME_RECORDS, FRAMES
from tests.builders import frame_message, make_frame
from tests.contract.broker.base import frames, ids
from tests.unit.adapters.brokers.sqlite.support import (
    SMALL,
    assert_consistent,
    encoded,
    file,
    made,
    receive,
    rows,
)
from tests.unit.adapters.sqlite.support import small_disk


def test_a_batch_beyond_a_bound_is_refused_whole(tmp_path: Path) -> None:
    broker = SqliteBroker(file(tmp_path), queues=SMALL)
    broker.publish(frames(2))
    before = rows(broker)
    with pytest.raises(BrokerFull, match="queue frames holds 2 of at most 3 messages and 2 more"):
        broker.publish(frames(2, first=3))
    assert rows(broker) == before
    broker.publish(frames(1, first=3))
    with pytest.raises(BrokerFull):
        broker.publish(frames(1, first=4))
    assert broker.depths()[FRAMES.name].total == 3
    assert_consistent(broker)


def test_a_batch_larger_than_an_unused_queue(tmp_path: Path) -> None:
    broker = SqliteBroker(file(tmp_path), queues=SMALL)
    with pytest.raises(BrokerFull, match="holds 0 of at most 3"):
        broker.publish(frames(4))
    assert broker.depths()[FRAMES.name].total == 0


def test_what_is_taken_counts_against_the_bound(tmp_path: Path) -> None:
    broker = SqliteBroker(file(tmp_path), queues=SMALL)
    broker.publish(frames(3))
    deliveries = receive(broker)
    with pytest.raises(BrokerFull):
        broker.publish(frames(1, first=4))
    broker.publish_and_ack(deliveries[:1], [])
    broker.publish(frames(1, first=4))


def test_a_replay_beyond_a_bound_is_refused_whole(tmp_path: Path) -> None:
    broker = SqliteBroker(file(tmp_path), queues=SMALL)
    broker.publish(frames(2))
    for one in receive(broker):
        broker.dead_letter(one, "truncated", "")
    broker.publish(frames(2, first=3))
    dead_letters = [dead_letter.dead_letter_id for dead_letter in broker.dead_letters(10)]
    with pytest.raises(BrokerFull):
        broker.replay(dead_letters)
    assert [dead_letter.dead_letter_id for dead_letter in broker.dead_letters(10)] == dead_letters
    assert broker.replay(dead_letters[:1]) == 1
    assert_consistent(broker)


def test_publish_and_ack_that_fails_in_the_middle_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker = SqliteBroker(file(tmp_path))
    broker.publish(frames(3))
    deliveries = receive(broker)
    before = rows(broker)
    store, stored = content.store, []

    def fail_at_the_second(
        connection: sqlite3.Connection, number: int, message: Message, at: int, refs: int
    ) -> None:
        stored.append(message)
        if len(stored) == 2:
            raise MemoryError
        store(connection, number, message, at, refs)

    monkeypatch.setattr(content, "store", fail_at_the_second)
    with pytest.raises(MemoryError):
        broker.publish_and_ack(deliveries, [encoded(number) for number in range(3)])
    monkeypatch.undo()
    assert len(stored) == 2
    assert rows(broker) == before
    assert made(broker) == []
    broker.requeue(deliveries)
    assert [one.count for one in receive(broker)] == [2, 2, 2]


def receive_and_die_in_the_middle_of_publish_and_ack(path: Path) -> None:
    broker = SqliteBroker(path)
    deliveries = broker.receive(FRAMES.name, 2, 5)

    def die(*_: object, **__: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    with patch.object(content, "store", die):
        broker.publish_and_ack(deliveries, [encoded(1)])


def test_killed_during_publish_and_ack(tmp_path: Path) -> None:
    broker = SqliteBroker(file(tmp_path))
    broker.publish(frames(3))
    child = multiprocessing.get_context("spawn").Process(
        target=receive_and_die_in_the_middle_of_publish_and_ack, args=(file(tmp_path),)
    )
    child.start()
    child.join(20)
    assert child.exitcode == -signal.SIGKILL
    assert made(broker) == []
    assert [(one.count, one.message) for one in receive(broker)] == [
        (count, message) for count, message in zip((2, 2, 1), frames(3), strict=True)
    ]
    assert_consistent(broker)


def test_a_full_disk_loses_nothing_that_was_confirmed(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "4m") as disk:
        (disk / "ballast").write_bytes(bytes(2_000_000))
        broker = SqliteBroker(file(disk))
        confirmed: list[str] = []
        with pytest.raises(BrokerUnavailable, match="full"):
            for number in range(1, 200):
                message = frame_message(make_frame(number), body=os.urandom(50_000))
                broker.publish([message])
                confirmed.append(message.message_id)
        assert confirmed
        assert broker.depths()[FRAMES.name].total == len(confirmed)
        (disk / "ballast").unlink()
        deliveries = receive(broker)
        assert ids(deliveries) == confirmed
        broker.publish_and_ack(deliveries, [])
        assert broker.depths()[FRAME_RECORDS.name].total == len(confirmed)
        broker.publish(frames(1, first=1_000))
        assert_consistent(broker)
        broker.close()


def test_text_that_is_no_unicode_can_be_a_detail(tmp_path: Path) -> None:
    broker = SqliteBroker(file(tmp_path))
    name = b"caf\xe9.jpg".decode(errors="surrogateescape")
    frame = make_frame(origin=name)
    broker.publish([frame_message(frame)])
    (deliveries,) = receive(broker)
    assert deliveries.message.headers["origin"] == name
    broker.dead_letter(deliveries, "not_a_picture", f"{name}: no picture")
    assert broker.dead_letters(1)[0].detail == "caf\\udce9.jpg: no picture"


def test_a_number_beyond_64_bits_in_a_header(tmp_path: Path) -> None:
    broker = SqliteBroker(file(tmp_path))
    broker.publish([Message("id", "frame.line-1.camera-1", {"camera": "camera-1", "sequence": 2**70}, b"")])
    assert receive(broker)[0].message.headers["sequence"] == 2**70
    assert broker.inventory().unknown == 1
