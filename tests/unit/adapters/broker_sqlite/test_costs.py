"""What is written and looked at: a body once, and never more because more waits or is stored."""

import os
from pathlib import Path

from marbleline.adapters.broker_sqlite import SqliteBroker
from marbleline.ports.broker import Message
from marbleline.ports.topology import FRAME_RECORDS, FRAMES
from tests.builders import frame_message, make_frame
from tests.contract.broker.base import frames
from tests.unit.adapters.broker_sqlite.support import encoded, file, rows, take
from tests.unit.adapters.sqlite_support import plans, traced


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
    broker.hand_on(take(broker), [])
    broker.hand_on(take(broker, queue=FRAME_RECORDS.name), [])
    assert len(feed.take(1, 0)) == 1
    assert rows(broker, "bodies")["bodies"] == 0
    assert size(tmp_path) - middle < 300_000
    feed.close()


def test_the_file_does_not_grow_with_what_went_through(tmp_path: Path) -> None:
    broker = SqliteBroker(file(tmp_path))
    for _ in range(300):
        broker.publish([Message("id", "encoded.l.c", {}, bytes(200_000))])
        broker.hand_on(take(broker, queue="encoded"), [])
    assert size(tmp_path) < 24_000_000
    broker.close()
    assert size(tmp_path) < 2_000_000


def test_every_statement_of_the_way_of_a_frame_finds_its_rows_by_an_index(tmp_path: Path) -> None:
    broker, other = SqliteBroker(file(tmp_path)), SqliteBroker(file(tmp_path))
    feed = broker.subscribe(["frame.#", "encoded.#"], 3)
    with traced(broker._database) as statements, traced(feed._database) as of_feed:
        broker.publish(frames(4))
        other.publish(frames(2, first=5))
        taken = take(broker)
        broker.extend(taken)
        broker.hand_on(taken[:2], [encoded(1), encoded(2)])
        broker.give_back(taken[2:4])
        broker.dead_letter(taken[4], "truncated", "")
        taken = take(broker, 1)
        feed.take(10, 0)
        broker.depths()
        letters = [letter.letter_id for letter in broker.dead_letters(10)]
        broker.replay(letters)
        broker.drop(letters)
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
        assert take(other) == []
        assert other.depths()[FRAMES.name].total == 0
