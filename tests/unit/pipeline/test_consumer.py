"""The loop: what happens to what was taken, whatever goes wrong."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from marbleline.adapters.brokers.sqlite import SqliteBroker
from marbleline.errors import (
    BrokerFull,
    BrokerUnavailable,
    ClassifierUnavailable,
    MessageTooLarge,
    PictureError,
    StoreUnavailable,
    WireError,
)
from marbleline.pipeline import consumer
from marbleline.pipeline.consumer import Batching, consume
from marbleline.pipeline.handling import TRIES, DeadLetterReason, Handler, HandlerResult, handle_each
from marbleline.ports.message import Delivery, Message
from marbleline.ports.topology import ENCODED, FRAMES
from tests.builders import encoded_message, frame_message, make_encoded, make_frame, make_picture, wait_until


class FlakyBroker(SqliteBroker):
    """The real thing, but each error in ``trouble[method]`` is raised once, instead of the call."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.trouble: dict[str, list[Exception]] = {}

    def _trip(self, method: str) -> None:
        if self.trouble.get(method):
            raise self.trouble[method].pop(0)

    def receive(self, queue: str, limit: int, wait_s: float) -> list[Delivery]:
        self._trip("receive")
        return super().receive(queue, limit, min(wait_s, 0.02))

    def publish_and_ack(self, deliveries: Sequence[Delivery], made: Sequence[Message]) -> None:
        self._trip("publish_and_ack")
        super().publish_and_ack(deliveries, made)

    def dead_letter(self, delivery: Delivery, reason: str, detail: str) -> None:
        self._trip("dead_letter")
        super().dead_letter(delivery, reason, detail)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[FlakyBroker]:
    broker = FlakyBroker(tmp_path / "broker.db")
    yield broker
    broker.close()


def frames(count: int) -> list[Message]:
    return [frame_message(make_frame(number, content=make_picture(number))) for number in range(1, count + 1)]


def encoded(delivery: Delivery) -> HandlerResult:
    """Stands for the encoder's work: one message out for one in."""
    sequence = delivery.message.headers["sequence"]
    assert isinstance(sequence, int)
    return [encoded_message(make_encoded(make_frame(sequence)))]


def run_until(broker: FlakyBroker, work: Handler, done: Callable[[], bool], size: int = 4) -> None:
    """Consume FRAMES on another thread until ``done``, seen through the database."""
    stop = threading.Event()
    worker = threading.Thread(target=consume, args=(broker, FRAMES.name, work, Batching(size), stop))
    worker.start()
    try:
        wait_until(done, what="the work")
    finally:
        stop.set()
        worker.join(10)
    assert not worker.is_alive()


def depth(broker: SqliteBroker, queue: str) -> int:
    return broker.depths()[queue].total


def watcher(broker: FlakyBroker, path: Path) -> SqliteBroker:
    return SqliteBroker(path)


@pytest.fixture
def other(tmp_path: Path, broker: FlakyBroker) -> Iterator[SqliteBroker]:
    other = SqliteBroker(tmp_path / "broker.db")
    yield other
    other.close()


def drained(other: SqliteBroker) -> Callable[[], bool]:
    return lambda: depth(other, FRAMES.name) == 0


def test_what_is_made_is_published_and_what_was_received_is_acknowledged(
    broker: FlakyBroker, other: SqliteBroker
) -> None:
    broker.publish(frames(10))
    run_until(broker, handle_each(encoded), drained(other))
    made = other.receive(ENCODED.name, 100, 0)
    assert [one.message.headers["sequence"] for one in made] == list(range(1, 11))


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (PictureError("truncated", "ends early"), "truncated"),
        (WireError("field 'x' is missing"), "bad_message"),
    ],
)
def test_a_bad_one_among_good_ones_is_dead_lettered_with_its_reason(
    broker: FlakyBroker, other: SqliteBroker, error: Exception, reason: str
) -> None:
    def work(delivery: Delivery) -> HandlerResult:
        if delivery.message.headers["sequence"] == 2:
            raise error
        return encoded(delivery)

    broker.publish(frames(3))
    run_until(broker, handle_each(work), drained(other))
    assert depth(other, ENCODED.name) == 2
    [dead_letter] = other.dead_letters(10)
    assert (dead_letter.reason, dead_letter.message.headers["sequence"]) == (reason, 2)
    assert dead_letter.detail in str(error)


def test_a_defect_of_ours_gets_some_tries_and_then_a_dead_letter(
    broker: FlakyBroker, other: SqliteBroker
) -> None:
    tries: list[int] = []

    def work(delivery: Delivery) -> HandlerResult:
        if delivery.message.headers["sequence"] == 2:
            tries.append(delivery.count)
            raise ZeroDivisionError("oh")
        return encoded(delivery)

    broker.publish(frames(3))
    run_until(broker, handle_each(work), drained(other))
    assert tries == list(range(1, TRIES + 1))
    [dead_letter] = other.dead_letters(10)
    assert dead_letter.reason == "internal_error"
    assert "ZeroDivisionError: oh" in dead_letter.detail


def test_a_passing_defect_costs_no_frame(broker: FlakyBroker, other: SqliteBroker) -> None:
    failed: list[int] = []

    def work(delivery: Delivery) -> HandlerResult:
        if not failed:
            failed.append(1)
            raise MemoryError
        return encoded(delivery)

    broker.publish(frames(3))
    run_until(broker, handle_each(work), drained(other))
    assert depth(other, ENCODED.name) == 3
    assert not other.dead_letters(10)


@pytest.mark.parametrize("error", [ClassifierUnavailable("away"), StoreUnavailable("away")])
def test_while_something_is_away_the_batch_is_kept_and_tried_again(
    broker: FlakyBroker, other: SqliteBroker, error: Exception
) -> None:
    trouble = [error] * 3
    seen: list[int] = []

    def work(deliveries: Sequence[Delivery]) -> list[HandlerResult]:
        seen.extend(delivery.count for delivery in deliveries)
        if trouble:
            raise trouble.pop()
        return [encoded(delivery) for delivery in deliveries]

    broker.publish(frames(2))
    run_until(broker, work, drained(other))
    assert set(seen) == {1}, "it was kept, not given back and delivered again"
    assert depth(other, ENCODED.name) == 2


@pytest.mark.parametrize("error", [BrokerFull("encoded is full"), BrokerUnavailable("locked")])
def test_publishing_is_repeated_but_the_work_is_not(
    broker: FlakyBroker, other: SqliteBroker, error: Exception
) -> None:
    done: list[object] = []

    def work(delivery: Delivery) -> HandlerResult:
        done.append(delivery.message.message_id)
        return encoded(delivery)

    broker.publish(frames(1))
    broker.trouble["publish_and_ack"] = [error] * 3
    run_until(broker, handle_each(work), drained(other))
    assert len(done) == 1
    assert depth(other, ENCODED.name) == 1


def test_dead_lettering_is_repeated_until_it_is_confirmed(broker: FlakyBroker, other: SqliteBroker) -> None:
    broker.publish(frames(1))
    broker.trouble["dead_letter"] = [BrokerUnavailable("locked")] * 2
    run_until(broker, handle_each(lambda _: DeadLetterReason("truncated", "why")), drained(other))
    assert len(other.dead_letters(10)) == 1


def test_a_broker_that_is_away_for_a_while_ends_nothing(broker: FlakyBroker, other: SqliteBroker) -> None:
    broker.publish(frames(1))
    broker.trouble["receive"] = [BrokerUnavailable("gone")] * 3
    run_until(broker, handle_each(encoded), drained(other))
    assert depth(other, ENCODED.name) == 1


def test_stopped_while_something_is_away_it_requeues_what_it_received(
    broker: FlakyBroker, other: SqliteBroker
) -> None:
    asked = threading.Event()

    def work(deliveries: Sequence[Delivery]) -> list[HandlerResult]:
        asked.set()
        raise StoreUnavailable("away")

    broker.publish(frames(2))
    run_until(broker, work, asked.is_set)
    assert other.depths()[FRAMES.name].ready == 2


def test_what_may_be_slow_or_deadly_is_worked_on_alone_and_after_the_others(
    broker: FlakyBroker, other: SqliteBroker
) -> None:
    seen: list[list[int]] = []
    settled_before: list[int] = []

    def work(deliveries: Sequence[Delivery]) -> list[HandlerResult]:
        seen.append([int(delivery.message.headers["sequence"]) for delivery in deliveries])
        settled_before.append(5 - depth(other, FRAMES.name))
        return [encoded(delivery) for delivery in deliveries]

    broker.publish(frames(5))
    stop = threading.Event()
    words = (broker, FRAMES.name, work, Batching(5), stop)
    alone = {"alone": lambda one: one.message.headers["sequence"] in (1, 3)}
    worker = threading.Thread(target=consume, args=words, kwargs=alone)
    worker.start()
    try:
        wait_until(drained(other), what="the work")
    finally:
        stop.set()
        worker.join(10)
    assert seen == [[2, 4, 5], [1], [3]]
    assert settled_before == [0, 3, 4]


def test_what_was_to_be_worked_on_alone_is_requeued_when_stopped(
    broker: FlakyBroker, other: SqliteBroker
) -> None:
    stop = threading.Event()

    def work(deliveries: Sequence[Delivery]) -> list[HandlerResult]:
        stop.set()
        return [encoded(delivery) for delivery in deliveries]

    broker.publish(frames(3))
    consume(broker, FRAMES.name, work, Batching(3), stop, alone=lambda _: True)
    assert other.depths()[FRAMES.name].ready == 2
    assert depth(other, ENCODED.name) == 1


def test_work_that_nobody_waits_for_rests_after_a_batch_that_was_not_full(broker: FlakyBroker) -> None:
    rests: list[float | None] = []

    class Stop(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            rests.append(timeout)
            self.set()
            return True

    broker.publish(frames(3))
    consume(broker, FRAMES.name, handle_each(encoded), Batching(size=2, pause_ms=200), Stop())
    assert depth(broker, FRAMES.name) == 0, "a full batch does not rest"
    assert rests == [0.2]


def test_a_batch_that_is_not_full_waits_for_more_within_its_time(broker: FlakyBroker) -> None:
    from marbleline.pipeline.consumer import receive_batch

    broker.publish(frames(3))
    deliveries = receive_batch(broker, FRAMES.name, Batching(size=2, linger_ms=10_000), threading.Event())
    assert len(deliveries) == 2, "a full batch does not wait"
    deliveries = receive_batch(broker, FRAMES.name, Batching(size=2, linger_ms=30), threading.Event())
    assert len(deliveries) == 1


class BusyBroker(FlakyBroker):
    """One more frame comes before each look."""

    def receive(self, queue: str, limit: int, wait_s: float) -> list[Delivery]:
        time.sleep(0.01)  # the pace of a camera
        self.publish(frames(1))
        return super().receive(queue, limit, wait_s)


@pytest.mark.parametrize("pause_ms", [0, 20])
def test_a_job_ends_though_the_cameras_go_on(
    tmp_path: Path, pause_ms: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "IDLE_S", 0.1)
    broker, stop = BusyBroker(tmp_path / "broker.db"), threading.Event()
    words = (broker, FRAMES.name, handle_each(encoded), Batching(4, pause_ms=pause_ms), stop)
    job = threading.Thread(target=consume, args=words, kwargs={"once": True})
    job.start()
    job.join(20)
    ended = not job.is_alive()
    stop.set()
    job.join()
    broker.close()
    assert ended


def test_what_is_too_large_for_the_broker_is_dead_lettered_and_its_neighbours_go_on(
    broker: FlakyBroker, other: SqliteBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_and_ack = broker.publish_and_ack

    def refuses_the_third(deliveries: Sequence[Delivery], made: Sequence[Message]) -> None:
        if any(message.headers["sequence"] == 3 for message in made):
            raise MessageTooLarge(5_000)
        publish_and_ack(deliveries, made)

    broker.publish(frames(4))
    monkeypatch.setattr(broker, "publish_and_ack", refuses_the_third)
    run_until(broker, handle_each(encoded), drained(other))
    made = other.receive(ENCODED.name, 100, 0)
    assert [one.message.headers["sequence"] for one in made] == [1, 2, 4]
    [dead_letter] = other.dead_letters(10)
    assert (dead_letter.reason, dead_letter.message.headers["sequence"]) == ("too_large", 3)
