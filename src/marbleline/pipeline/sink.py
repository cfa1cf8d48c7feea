"""Sink worker: sends a receiver the verdicts and alarms that it wants, from a durable queue of its own.

Alarms are those that workers raise in the store, and those that consoles find and put on record there.

One notification at a time and in order. A receiver that is away is tried again with backoff until the
notification is too old; meanwhile the others wait in the queue, and the line does not wait.
"""

import logging
import threading
import time
from collections.abc import Collection, Sequence
from typing import Final, Protocol

from marbleline.domain.alarm import Alarm
from marbleline.domain.clock import Clock
from marbleline.domain.notification import (
    Notification,
    alarm_notification_id,
    of_alarm,
    of_slab_verdict,
    of_verdict,
)
from marbleline.domain.reasons import SINK_GAVE_UP, SINK_REFUSED
from marbleline.domain.records import ReceivedVerdict
from marbleline.domain.slab import SlabVerdict
from marbleline.domain.wire import SCHEMA_VERSION
from marbleline.errors import BrokerFull, SinkRejected, SinkUnavailable, Unavailable
from marbleline.pipeline.handling import DeadLetterReason, Handler, HandlerResult, handle_each
from marbleline.pipeline.line_alarms import LineAlarms
from marbleline.ports.annotations import AlarmHistory, Alarms
from marbleline.ports.broker import MessagePublisher
from marbleline.ports.message import Delivery, Message
from marbleline.ports.sink import Sink
from marbleline.ports.topology import alarm_key
from marbleline.telemetry.health import Heartbeat
from marbleline.telemetry.metrics import SINK_SECONDS, SINK_SENT

log = logging.getLogger("marbleline.sink")

_POLL_EVERY_S: Final = 2.0


class AlarmSource(Alarms, AlarmHistory, Protocol):
    """Where alarms are, and what happened to them."""


def sending(name: str, sink: Sink, events: Collection[str], give_up_s: float, clock: Clock) -> Handler:
    """The work on deliveries of a sink's queue, for ``pipeline.consumer.consume``.

    It raises SinkUnavailable while the receiver is away, until the notification is ``give_up_s`` old.
    """

    def send(delivery: Delivery) -> HandlerResult:
        notification = _notification(delivery.message)
        if notification.event not in events:
            return ()
        began = time.monotonic()
        try:
            sink.send(notification)
        except SinkRejected as error:
            outcome = "refused"
            result: HandlerResult = DeadLetterReason(SINK_REFUSED, str(error))
        except SinkUnavailable as error:
            if clock() - notification.at < give_up_s * 1_000_000:
                SINK_SENT.labels(sink=name, outcome="failed").inc()
                raise
            outcome, result = "gave_up", DeadLetterReason(SINK_GAVE_UP, str(error))
        else:
            outcome, result = "delivered", ()
            log.info("sink.delivered", extra={"sink": name, "notice": notification.notification_id})
        SINK_SECONDS.labels(sink=name).observe(time.monotonic() - began)
        SINK_SENT.labels(sink=name, outcome=outcome).inc()
        return result

    return handle_each(send)


def publish_alarms(
    store: AlarmSource,
    broker: MessagePublisher,
    line: str,
    sinks: Sequence[str],
    recent_s: float,
    clock: Clock,
    stop: threading.Event,
    heartbeat: Heartbeat,
) -> None:
    """Put every change of an alarm into the sinks' queues, until ``stop`` is set.

    After a start those count as changed that are raised, or changed within ``recent_s``: a receiver may be
    told of a change twice, with the same id, and misses none.

    Of the alarms of ``line`` that no worker keeps in the store, the changes are those on record.
    """
    sent: dict[str, int] = {}
    recorded = LineAlarms(line)
    while not stop.is_set():
        try:
            since = clock() - recent_s * 1_000_000
            # The record first: an alarm of a worker is in the store before a console can see it.
            recorded.read(store, since)
            kept = store.alarms()
            changed = [
                alarm
                for alarm in kept
                if alarm.at > sent.get(alarm.alarm_id, since - 1 if not alarm.raised else -1)
            ]
            by_workers = {alarm.alarm_id for alarm in kept}
            found = [alarm for alarm in recorded.pending if alarm.alarm_id not in by_workers]
            broker.publish([_alarm_message(alarm, name) for alarm in (*changed, *found) for name in sinks])
        except (Unavailable, BrokerFull) as error:
            log.warning("sink.alarms_delayed", extra={"error": str(error)})
            heartbeat.degraded("alarms", error)
        else:
            sent.update({alarm.alarm_id: alarm.at for alarm in changed})
            recorded.sent()
            heartbeat.ok()
        stop.wait(_POLL_EVERY_S)


def _alarm_message(alarm: Alarm, sink: str) -> Message:
    headers: dict[str, str | int] = {"schema_version": SCHEMA_VERSION, "line": alarm.line, "kind": alarm.kind}
    return Message(alarm_notification_id(alarm), alarm_key(sink), headers, alarm.to_json())


def _notification(message: Message) -> Notification:
    kind = message.key.partition(".")[0]
    if kind == "alarm":
        return of_alarm(Alarm.from_json(message.body))
    if kind == "slab":
        return of_slab_verdict(SlabVerdict.from_json(message.body))
    return of_verdict(ReceivedVerdict.from_json(message.body))
