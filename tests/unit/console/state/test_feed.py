"""The feed on a real embedded broker and store."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from marbleline.adapters.brokers.sqlite import SqliteBroker
from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.console.state.feed import LiveFeed
from marbleline.console.state.snapshot import ConnectionState, HeldSlab, Snapshot
from marbleline.console.state.store_poller import FeedConfig
from marbleline.domain.clock import now
from marbleline.domain.decision import Decision
from marbleline.domain.label import new_label
from marbleline.domain.ledger import Ledger, LedgerEntry
from marbleline.domain.verdict import Verdict
from marbleline.errors import BrokerUnavailable, StoreUnavailable
from marbleline.ports.message import Message
from marbleline.ports.subscription import Subscription
from tests.builders import (
    SECOND,
    START,
    make_frame,
    make_report,
    make_verdict,
    report_message,
    verdict_message,
    wait_until,
)

LEDGER = Ledger((LedgerEntry("camera-1", 5, 4, 1, 0, 0, 0),), START)


class Line:
    """A line's broker and store, either of which can be taken away from the console."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.broker = SqliteBroker(folder / "broker.db")
        self.store = SqliteStore(folder / "store.db")
        self.broker_away = self.store_away = False

    def publish(self, *verdicts: Verdict) -> None:
        self.broker.publish([verdict_message(verdict) for verdict in verdicts])

    def config(self) -> FeedConfig:
        return FeedConfig(
            self._make_broker, self._make_store, lambda: LEDGER, lambda at: 0, counts_interval_s=0.1
        )

    def _make_broker(self) -> SqliteBroker:
        line = self
        if line.broker_away:
            raise BrokerUnavailable("no route")

        class Breakable(SqliteBroker):
            def subscribe(self, patterns: object, bound: int) -> Subscription:
                inner = super().subscribe(list(patterns), bound)  # type: ignore[call-overload]

                class Cut:
                    def receive(self, limit: int, wait_s: float) -> list[Message]:
                        if line.broker_away:
                            raise BrokerUnavailable("connection reset")
                        return inner.receive(limit, min(wait_s, 0.05))

                    def close(self) -> None:
                        inner.close()

                return Cut()

        return Breakable(line.folder / "broker.db")

    def _make_store(self) -> SqliteStore:
        line = self
        if line.store_away:
            raise StoreUnavailable("timed out")

        class Breakable(SqliteStore):
            def counts(self, query: object) -> object:  # type: ignore[override]
                if line.store_away:
                    raise StoreUnavailable("timed out")
                return super().counts(query)  # type: ignore[arg-type]

        return Breakable(line.folder / "store.db")


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    made = Line(tmp_path)
    yield made
    made.broker.close()
    made.store.close()


@pytest.fixture
def start(line: Line) -> Iterator[Callable[..., LiveFeed]]:
    started: list[LiveFeed] = []

    def begin(keep: int = 200, *, hold_faulty: bool = False) -> LiveFeed:
        feed = LiveFeed(line.config(), "line-1", now, keep=keep, hold_faulty=hold_faulty)
        started.append(feed)
        feed.start()
        until(feed, lambda seen: seen.broker.connected and seen.counts is not None, "the feed is live")
        return feed

    yield begin
    for feed in started:
        feed.close()


def until(feed: LiveFeed, condition: Callable[[Snapshot], object], what: str) -> Snapshot:
    wait_until(lambda: condition(feed.snapshot()), what=what)
    return feed.snapshot()


def sequences(seen: Snapshot) -> list[int]:
    return [verdict.frame.sequence for verdict in seen.recent]


def test_a_verdict_and_a_report_appear(line: Line, start: Callable[..., LiveFeed]) -> None:
    feed = start()
    line.publish(make_verdict(1, decision=Decision.FAULTY, defect="joint"))
    line.broker.publish([report_message(make_report())])
    seen = until(feed, lambda seen: seen.recent and seen.cameras and seen.cameras[0].report, "both are seen")
    assert sequences(seen) == [1]
    assert seen.cameras[0].last == seen.recent[0]
    assert seen.counts is not None
    assert (seen.counts.total, seen.counts.by_defect) == (1, {"joint": 1})


def test_what_was_before_the_start_comes_from_the_store(line: Line, start: Callable[..., LiveFeed]) -> None:
    old = make_verdict(1, "camera-2")
    line.store.put_verdicts([old, *(make_verdict(sequence) for sequence in range(10, 20))])
    line.store.put_cameras([make_report("camera-1"), make_report("camera-2")])
    feed = start(keep=5)
    seen = until(feed, lambda seen: seen.ledger and len(seen.cameras) == 2, "the store was asked")
    assert sequences(seen) == [19, 18, 17, 16, 15]
    assert seen.camera("camera-2") is not None
    assert seen.camera("camera-2").last == old  # type: ignore[union-attr]
    assert seen.counts is not None
    assert seen.counts.total == 11
    assert seen.ledger == LEDGER


def test_out_of_order_and_twice(line: Line, start: Callable[..., LiveFeed]) -> None:
    feed = start()
    line.publish(make_verdict(3), make_verdict(1), make_verdict(3), make_verdict(2), make_verdict(1))
    seen = until(feed, lambda seen: seen.feed.received == 5, "all five are seen")
    assert sequences(seen) == [3, 2, 1]
    assert seen.feed.duplicates == 2
    assert seen.counts is not None
    assert seen.counts.total == 3


def test_a_recorded_verdict_counts_once(line: Line, start: Callable[..., LiveFeed]) -> None:
    feed = start()
    line.publish(make_verdict(1), make_verdict(2))
    until(feed, lambda seen: len(seen.recent) == 2, "both are seen")
    assert feed.unconfirmed(now())
    line.store.put_verdicts([make_verdict(1), make_verdict(2)])
    wait_until(lambda: not feed.unconfirmed(now()), what="the store was found to hold them")
    seen = feed.snapshot()
    assert seen.counts is not None
    assert seen.counts.total == 2


def test_broker_away_and_back(line: Line, start: Callable[..., LiveFeed]) -> None:
    feed = start()
    line.publish(make_verdict(1))
    until(feed, lambda seen: seen.recent, "the first is seen")
    line.broker_away = True
    away = until(feed, lambda seen: not seen.broker.connected, "the loss is noticed")
    assert away.broker.state is ConnectionState.DISCONNECTED
    assert "connection reset" in away.broker.detail
    line.store.put_verdicts([make_verdict(1), make_verdict(2)])
    line.broker_away = False
    back = until(
        feed, lambda seen: seen.broker.connected and len(seen.recent) == 2, "what was missed is there"
    )
    assert back.broker.reconnected_at is not None
    assert back.broker.reconnected_at >= away.broker.since
    line.publish(make_verdict(3))
    seen = until(feed, lambda seen: len(seen.recent) == 3, "it is live again")
    assert sequences(seen) == [3, 2, 1]


def test_store_away_holds_up_no_verdict(line: Line, start: Callable[..., LiveFeed]) -> None:
    feed = start()
    line.store_away = True
    until(feed, lambda seen: not seen.store.connected, "the loss is noticed")
    line.publish(make_verdict(1))
    seen = until(feed, lambda seen: seen.recent, "the verdict is seen all the same")
    assert seen.broker.connected
    assert seen.counts is not None
    assert seen.counts.total == 1
    line.store_away = False
    until(feed, lambda seen: seen.store.connected, "the store is back")


def test_what_cannot_be_read_is_counted(line: Line, start: Callable[..., LiveFeed]) -> None:
    feed = start()
    line.broker.publish([Message("x", "verdict.line-1.camera-1.good", {}, b"{}")])
    line.broker.publish([Message("y", "camera.line-1.camera-1", {}, b"")])
    line.publish(make_verdict(1))
    seen = until(feed, lambda seen: seen.recent, "the next verdict is seen")
    assert seen.feed.unreadable == 2


def test_another_line_is_not_shown(line: Line, start: Callable[..., LiveFeed]) -> None:
    line.store.put_cameras([make_report("camera-9", line="line-2")])
    feed = start()
    line.publish(make_verdict(frame=make_frame(1, "camera-9", line="line-2")), make_verdict(1))
    seen = until(feed, lambda seen: seen.recent, "ours is seen")
    assert [camera.name for camera in seen.cameras] == ["camera-1"]


def test_faulty_slabs_are_held_also_of_just_before_the_start_until_seen_or_labelled(
    line: Line, start: Callable[..., LiveFeed]
) -> None:
    def judged(sequence: int, ago_s: int) -> Verdict:
        at = now() - ago_s * SECOND
        return make_verdict(frame=make_frame(sequence, captured_at=at), decision=Decision.FAULTY)

    before, missed, live = judged(1, 3600), judged(2, 60), judged(3, 0)
    line.store.put_verdicts([before, missed])
    feed = start(hold_faulty=True)
    assert start().snapshot().held is None
    until(feed, lambda seen: seen.held and seen.held["camera-1"].verdict == missed, "the missed one is held")
    revision = feed.revision
    line.publish(live, make_verdict(frame=make_frame(4, captured_at=now())))
    seen = until(feed, lambda seen: seen.feed.received == 2, "both were received")
    assert seen.held is not None
    assert seen.held["camera-1"] == HeldSlab(missed, after=2, more=1, dropped=0)
    assert feed.release(missed.frame.frame_id)
    assert not feed.release(missed.frame.frame_id)
    assert feed.revision == revision + 3, "every tab is drawn again"
    seen = feed.snapshot()
    assert seen.held is not None
    assert seen.held["camera-1"] == HeldSlab(live, after=1, more=0, dropped=0)
    feed.update_side_data(lambda side_data: side_data.add_labels([new_label(live, "good", "anna", now())]))
    assert feed.snapshot().held == {}


def test_it_ends(line: Line) -> None:
    feed = LiveFeed(line.config(), "line-1", now)
    with closing(feed):
        feed.start()
        until(feed, lambda seen: seen.broker.connected, "the feed is live")
    assert not any(thread.is_alive() for thread in feed._threads)
