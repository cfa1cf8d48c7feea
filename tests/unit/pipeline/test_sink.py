"""The sink worker: a real receiver that fails and recovers, a real queue, a line that goes on."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from marbleline.adapters.brokers.sqlite import SqliteBroker
from marbleline.adapters.sinks.webhook import WebhookSink, make_secret
from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.domain.alarm import DRIFT, Alarm
from marbleline.domain.alarm_event import AlarmAction, AlarmEvents
from marbleline.domain.clock import now
from marbleline.domain.decision import Decision
from marbleline.domain.frame import FrameIds
from marbleline.pipeline.consumer import Batching, consume
from marbleline.pipeline.sink import publish_alarms, sending
from marbleline.ports.topology import QUEUES, sink_queue
from marbleline.telemetry.health import Heartbeat
from tests.builders import START, FakeClock, make_verdict, verdict_message, wait_until
from tests.unit.adapters.sinks.webhook_server import Scripted, receiving

EVENTS = ("faulty", "review", "slab", "alarm")
QUEUE = sink_queue("mes", EVENTS)


class Line:
    """A broker with a sink's queue, and the worker that empties it."""

    def __init__(self, folder: Path, script: Scripted, events: tuple[str, ...] = EVENTS) -> None:
        self.path = folder / "broker.db"
        self.broker = self.connect()
        self.clock = FakeClock(START + 10_000_000)
        self.stop = threading.Event()
        self.heartbeat = Heartbeat("tell mes")
        sink = WebhookSink("mes", script.url, [make_secret()])
        work = sending("mes", sink, events, 3600.0, self.clock)
        self.thread = threading.Thread(
            target=consume, args=(self.connect(), QUEUE.name, work, Batching(1), self.stop, self.heartbeat)
        )

    def connect(self) -> SqliteBroker:
        return SqliteBroker(self.path, queues=(*QUEUES, QUEUE))

    def publish(self, *decisions: Decision) -> list[str]:
        """The ids of verdicts with these decisions."""
        verdicts = [make_verdict(number, decision=one) for number, one in enumerate(decisions, 1)]
        self.broker.publish([verdict_message(verdict) for verdict in verdicts])
        return [verdict.frame.frame_id for verdict in verdicts]

    def dead_letters(self) -> list[tuple[str, str]]:
        return [(one.message.message_id, one.reason) for one in self.broker.dead_letters(10)]

    def idle(self) -> bool:
        return self.broker.depths()[QUEUE.name].total == 0


@pytest.fixture
def script() -> Iterator[Scripted]:
    with receiving() as script:
        yield script


@pytest.fixture
def line(tmp_path: Path, script: Scripted) -> Iterator[Line]:
    line = Line(tmp_path, script)
    yield line
    line.stop.set()
    if line.thread.ident is not None:
        line.thread.join(20)


def types(script: Scripted) -> list[str]:
    return [json.loads(call.body)["type"] for call in script.calls]


def test_it_is_told_of_what_is_not_good_in_order_once_it_recovers(line: Line, script: Scripted) -> None:
    script.statuses = [503, 500, 429]
    _, faulty, review = line.publish(Decision.GOOD, Decision.FAULTY, Decision.REVIEW)
    line.thread.start()
    wait_until(line.idle)
    assert types(script) == ["verdict.faulty"] * 4 + ["verdict.review"]
    assert [call.headers["webhook-id"] for call in script.calls] == [faulty] * 4 + [review]
    told = json.loads(script.calls[-1].body)
    assert (told["id"], told["data"]["frame"]["frame_id"], told["data"]["decision"]) == (
        review,
        review,
        "review",
    )
    assert not line.dead_letters()


def test_one_that_is_away_holds_up_nobody_and_misses_nothing(tmp_path: Path) -> None:
    with receiving() as gone:
        pass
    line = Line(tmp_path, gone)
    line.thread.start()
    ids = line.publish(Decision.FAULTY, Decision.FAULTY)
    wait_until(lambda: line.heartbeat.trouble)
    assert "can't be reached" in (line.heartbeat.trouble or "")
    line.stop.set()
    line.thread.join(20)
    with receiving() as back:
        again = Line(tmp_path, back)
        again.thread.start()
        wait_until(again.idle)
        again.stop.set()
        again.thread.join(20)
    assert [call.headers["webhook-id"] for call in back.calls] == ids


def test_what_it_refuses_is_dead_lettered_with_its_answer_and_the_next_goes_on(
    line: Line, script: Scripted
) -> None:
    script.statuses = [400]
    refused, told = line.publish(Decision.FAULTY, Decision.FAULTY)
    line.thread.start()
    wait_until(lambda: len(script.calls) == 2 and line.idle())
    assert line.dead_letters() == [(refused, "sink_refused")]
    assert "400: because of the test" in line.broker.dead_letters(1)[0].detail
    assert script.calls[-1].headers["webhook-id"] == told
    assert not any(line.broker.inventory().dead_lettered.values()), "the frame itself is judged"


def test_what_it_could_not_be_told_in_time_is_dead_lettered(line: Line, script: Scripted) -> None:
    script.statuses = [500] * 100
    [old] = line.publish(Decision.FAULTY)
    line.thread.start()
    wait_until(lambda: len(script.calls) >= 2)
    assert not line.dead_letters()
    line.clock.advance(3600)
    wait_until(line.dead_letters)
    assert line.dead_letters() == [(old, "sink_gave_up")]


def test_events_that_it_does_not_want_are_not_sent(tmp_path: Path, script: Scripted) -> None:
    line = Line(tmp_path, script, events=("review",))
    line.publish(Decision.FAULTY, Decision.REVIEW)
    line.thread.start()
    wait_until(line.idle)
    line.stop.set()
    line.thread.join(20)
    assert types(script) == ["verdict.review"]


def test_each_change_of_an_alarm_is_told_once_and_a_raised_one_again_after_a_start(
    tmp_path: Path, line: Line, script: Scripted
) -> None:
    store = SqliteStore(tmp_path / "store.db")
    at = now()

    def alarm(subject: str, at: int, *, raised: bool) -> Alarm:
        return Alarm("line-1", DRIFT, subject, raised, at, "mean anomaly 4.2, was 1.1", "look at the lamp")

    long_ago = at - 10**12
    store.put_alarms(
        [
            alarm("old", long_ago, raised=True),
            alarm("over", long_ago, raised=False),
            alarm("top", at, raised=True),
        ]
    )
    line.thread.start()
    for _ in range(2):
        stop, heartbeat = threading.Event(), Heartbeat("alarms")
        arguments = (store, line.connect(), "line-1", ["mes"], 3600.0, now, stop, heartbeat)
        announcer = threading.Thread(target=publish_alarms, args=arguments)
        announcer.start()
        wait_until(lambda heartbeat=heartbeat: heartbeat.beaten_at)
        stop.set()
        announcer.join(20)
    wait_until(lambda: len(script.calls) == 4)
    store.put_alarms([alarm("top", at + 1, raised=False)])
    announce = threading.Event()
    announcer = threading.Thread(
        target=publish_alarms,
        args=(store, line.connect(), "line-1", ["mes"], 3600.0, now, announce, Heartbeat("alarms")),
    )
    announcer.start()
    wait_until(lambda: "alarm.cleared" in types(script))
    announce.set()
    announcer.join(20)
    subjects = [json.loads(call.body)["data"]["subject"] for call in script.calls]
    assert sorted(subjects[:4]) == ["old", "old", "top", "top"]
    ids = [call.headers["webhook-id"] for call in script.calls[:4]]
    assert len(set(ids)) == 2, "a repetition can be told by its id"
    store.close()


def test_what_two_consoles_found_is_told_once_and_what_a_worker_raised_is_not_told_twice(
    tmp_path: Path, line: Line, script: Scripted
) -> None:
    store = SqliteStore(tmp_path / "store.db")
    consoles = [AlarmEvents("line-1", FrameIds(now)) for _ in range(2)]
    store.put_alarms([Alarm("line-1", DRIFT, "top", True, now(), "mean anomaly 4.2", "look at the lamp")])

    def record(action: AlarmAction) -> None:
        for events in consoles:
            found = events.by_line(action, "camera", "saw", now(), "not reachable")
            assert store.put_alarm_events([found, events.by_line(action, DRIFT, "top", now())]) == []

    record(AlarmAction.RAISED)
    line.thread.start()
    stop = threading.Event()
    announcer = threading.Thread(
        target=publish_alarms,
        args=(store, line.connect(), "line-1", ["mes"], 3600.0, now, stop, Heartbeat("alarms")),
    )
    announcer.start()
    wait_until(lambda: len(script.calls) == 2)
    record(AlarmAction.RAISED)
    record(AlarmAction.RETURNED)
    wait_until(lambda: len(script.calls) == 3)
    stop.set()
    announcer.join(20)
    wait_until(line.idle)
    told = [json.loads(call.body) for call in script.calls]
    assert sorted((one["type"], one["data"]["kind"]) for one in told) == [
        ("alarm.cleared", "camera"),
        ("alarm.raised", "camera"),
        ("alarm.raised", DRIFT),
    ]
    assert len({one["id"] for one in told}) == 3
    store.close()
