"""Subscriptions hold nothing for longer than somebody asks for it."""

import multiprocessing
import os
import signal
from multiprocessing.connection import Connection
from pathlib import Path

from marbleline.adapters.brokers.sqlite import SqliteBroker
from tests.builders import FakeClock
from tests.contract.broker.base import WAIT_S
from tests.contract.broker.subscriptions import verdicts
from tests.unit.adapters.brokers.sqlite.support import assert_consistent, file, rows


def test_the_bound_holds_in_the_file(tmp_path: Path) -> None:
    broker = SqliteBroker(file(tmp_path), queues=())
    feed = broker.subscribe(["verdict.#"], 5)
    broker.publish(verdicts(20))
    assert rows(broker, "feeds", "messages", "bodies") == {"feeds": 5, "messages": 5, "bodies": 5}
    assert len(feed.receive(100, 0)) == 5
    assert rows(broker, "feeds", "messages", "bodies") == {"feeds": 0, "messages": 0, "bodies": 0}
    feed.close()


def test_closed_it_leaves_nothing(tmp_path: Path) -> None:
    broker = SqliteBroker(file(tmp_path), queues=())
    feed = broker.subscribe(["verdict.#"], 5)
    broker.publish(verdicts(3))
    feed.close()
    broker.publish(verdicts(3))
    assert set(rows(broker).values()) == {0}


def test_abandoned_for_a_minute_it_is_forgotten_and_may_come_back(tmp_path: Path) -> None:
    clock = FakeClock()
    broker = SqliteBroker(file(tmp_path), clock=clock, queues=())
    feed = broker.subscribe(["verdict.#"], 100)
    for number in range(1, 8):
        clock.advance(15)
        broker.publish(verdicts(1, first=number))
        assert feed.receive(100, 0) == verdicts(1, first=number)
    broker.publish(verdicts(2, first=10))
    clock.advance(61)
    broker.publish(verdicts(1, first=20))
    assert set(rows(broker).values()) == {0}
    assert feed.receive(100, 0) == []
    broker.publish(verdicts(1, first=30))
    assert feed.receive(100, 0) == verdicts(1, first=30)
    assert_consistent(broker)
    feed.close()


def subscribe(path: Path, pipe: Connection) -> None:
    SqliteBroker(path, queues=()).subscribe(["verdict.#"], 100)
    pipe.send("subscribed")
    pipe.recv()


def test_a_killed_subscriber_is_forgotten_at_once(tmp_path: Path) -> None:
    broker = SqliteBroker(file(tmp_path), queues=())
    spawn = multiprocessing.get_context("spawn")
    mine, theirs = spawn.Pipe()
    child = spawn.Process(target=subscribe, args=(file(tmp_path), theirs), daemon=True)
    child.start()
    assert mine.poll(WAIT_S)
    broker.publish(verdicts(2))
    assert rows(broker, "subscribers", "bodies") == {"subscribers": 1, "bodies": 2}
    assert child.pid
    os.kill(child.pid, signal.SIGKILL)
    child.join(WAIT_S)
    broker.publish(verdicts(1, first=3))
    assert set(rows(broker).values()) == {0}
