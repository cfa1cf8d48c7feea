"""What is written and looked at: a body once, and never more because more waits or is stored."""

import os
from pathlib import Path

from marbleline.adapters.brokers.sqlite import SqliteBroker
from marbleline.ports.message import Message
from marbleline.ports.topology import FRAME_RECORDS, FRAMES
from tests.builders import frame_message, make_frame
from tests.contract.broker.base import frames
from tests.unit.adapters.brokers.sqlite.support import encoded, file, receive, rows
from tests.unit.adapters.sqlite.support import plans, traced


def size(folder: Path) -> int:
    """Bytes of the file and its log."""
    return sum(path.stat().st_size for path in folder.iterdir())


def test_a_body_is_written_once_however_many_need_it(tmp_path: Path) -> None:
    broker = SqliteBroker(file(tmp_path))
    feed = broker.subscribe(["frame.#"], 100)
    before = size(tmp_path)
    broker.publish([frame_message(make_frame(1), body=os.urandom(1_000_000))])
    assert rows(broker, "bodies", "entries", "feeds") == {"bodies": 1, "entries": 2, "feeds": 1}
    assert size(tmp_path) - before < 1_100_000
    middle = size(tmp_path)
    broker.publish_and_ack(receive(broker), [])
    broker.publish_and_ack(receive(broker, queue=FRAME_RECORDS.name), [])
    assert len(feed.receive(1, 0)) == 1
    assert rows(broker, "bodies")["bodies"] == 0
    assert size(tmp_path) - middle < 300_000
    feed.close()


def test_checksums_are_computed_before_the_statements_so_that_no_body_is_copied(tmp_path: Path) -> None:
    broker = SqliteBroker(file(tmp_path))
    broker.check()
    with traced(broker._database) as statements:
        broker.publish(frames(2))
    assert any("INTO bodies" in one for one in statements)
    assert not any("row_checksum" in one for one in statements)


def test_the_file_does_not_grow_with_what_went_through(tmp_path: Path) -> None:
    broker = SqliteBroker(file(tmp_path))
    for _ in range(300):
        broker.publish([Message("id", "encoded.l.c", {}, bytes(200_000))])
        broker.publish_and_ack(receive(broker, queue="encoded"), [])
    assert size(tmp_path) < 24_000_000
    broker.close()
    assert size(tmp_path) < 2_000_000


def test_every_statement_of_the_way_of_a_frame_finds_its_rows_by_an_index(tmp_path: Path) -> None:
    broker, other = SqliteBroker(file(tmp_path)), SqliteBroker(file(tmp_path))
    feed = broker.subscribe(["frame.#", "encoded.#"], 3)
    with traced(broker._database) as statements, traced(feed._database) as of_feed:
        broker.publish(frames(4))
        other.publish(frames(2, first=5))
        deliveries = receive(broker)
        broker.renew_lease(deliveries)
        broker.publish_and_ack(deliveries[:2], [encoded(1), encoded(2)])
        broker.requeue(deliveries[2:4])
        broker.dead_letter(deliveries[4], "truncated", "")
        deliveries = receive(broker, 1)
        feed.receive(10, 0)
        broker.depths()
        dead_letters = [dead_letter.dead_letter_id for dead_letter in broker.dead_letters(10)]
        broker.replay(dead_letters)
        broker.discard(dead_letters)
    assert len(statements) > 50
    for statement, steps in plans(other._database, [*statements, *of_feed]).items():
        for step in steps:
            # There are a handful of subscribers, and always will be.
            assert not step.startswith("SCAN") or step.split()[1] in ("subscribers", "CONSTANT"), statement
            assert "TEMP B-TREE" not in step or "DISTINCT" in step, statement
    feed.close()


def test_a_look_at_an_empty_queue_takes_no_write_lock(tmp_path: Path) -> None:
    broker, other = SqliteBroker(file(tmp_path)), SqliteBroker(file(tmp_path))
    other.check()
    with broker._database.write():
        assert receive(other) == []
        assert other.depths()[FRAMES.name].total == 0
