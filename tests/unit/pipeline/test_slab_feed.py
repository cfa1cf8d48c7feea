"""The feed of slab verdicts: each once, also those that the subscription did not bring."""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from marbleline.adapters.brokers.sqlite import SqliteBroker
from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.domain.slab import SlabVerdict
from marbleline.errors import BrokerUnavailable
from marbleline.pipeline.slab import slab_message
from marbleline.pipeline.slab_feed import SlabFeed
from marbleline.ports.message import Message
from marbleline.ports.topology import QUEUES
from marbleline.telemetry.health import Heartbeat
from tests.builders import START, FakeClock, make_slab_verdict, wait_until


class Told:
    """What a feed said, in order."""

    def __init__(self, clock: FakeClock) -> None:
        self.slabs: list[SlabVerdict] = []
        self.reports: list[str] = []
        self.feed = SlabFeed("line-1", self.slabs.append, self.reports.append, clock)

    @property
    def triggers(self) -> list[int | None]:
        return [slab.trigger for slab in self.slabs]


def test_each_is_told_once_by_the_subscription_or_the_store(tmp_path: Path) -> None:
    clock = FakeClock(START)
    told = Told(clock)
    broker = SqliteBroker(tmp_path / "broker.db", queues=QUEUES)
    publisher = SqliteBroker(tmp_path / "broker.db", queues=QUEUES)
    store = SqliteStore(tmp_path / "store.db")
    looked = SqliteStore(tmp_path / "store.db")
    stop = threading.Event()
    work = threading.Thread(target=told.feed.run, args=(broker, looked, stop, Heartbeat("slabs")))
    work.start()
    try:
        wait_until(lambda: told.reports == [""], what="the subscription")
        publisher.publish([slab_message(make_slab_verdict(1))])
        wait_until(lambda: told.triggers == [1], what="slab 1")
    finally:
        stop.set()
        work.join(20)
    # 1 is on record too, 2 and 3 only there; what was triggered before the feed began is history.
    store.put_slab_verdicts([make_slab_verdict(trigger) for trigger in (1, 2, 3)])
    store.put_slab_verdicts([make_slab_verdict(9, triggered_at=START - 1)])
    told.feed.poll(store)
    told.feed.poll(store)
    assert told.triggers == [1, 2, 3]
    for one in (broker, publisher, store, looked):
        one.close()


class Away:
    """A broker that can't be reached until it has said so twice, and then ends the feed."""

    def __init__(self, stop: Callable[[], None]) -> None:
        self.left = 2
        self._stop = stop

    def subscribe(self, patterns: Sequence[str], max_length: int) -> "Away":
        self.left -= 1
        if self.left >= 0:
            raise BrokerUnavailable("no route")
        return self

    def receive(self, limit: int, wait_s: float) -> list[Message]:
        self._stop()
        bad = Message("x", "slab.line-1.good", {}, b"{}")
        return [bad, slab_message(make_slab_verdict(5))]

    def close(self) -> None:
        return None


def test_a_broker_that_is_away_is_reported_and_a_bad_message_passed_over(tmp_path: Path) -> None:
    told = Told(FakeClock(START))
    stop = threading.Event()
    store = SqliteStore(tmp_path / "store.db")
    heartbeat = Heartbeat("slabs")
    told.feed.run(Away(stop.set), store, stop, heartbeat)
    store.close()
    assert told.reports == ["the broker is away: no route"] * 2 + [""]
    assert told.triggers == [5]
