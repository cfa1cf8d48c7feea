"""Webhook: tells a receiver of verdicts and alarms, from a durable queue of its own.

One notice at a time and in order. A receiver that is away is tried again with backoff, for as long as the
notice is worth it; meanwhile the others wait in the queue, and the line knows nothing of it.
"""

import json
import logging
import threading
import time
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from marbleline.domain.alarm import Alarm
from marbleline.domain.clock import Clock
from marbleline.domain.notice import Notice, alarm_notice_id, of_alarm, of_verdict
from marbleline.domain.reasons import WEBHOOK_GAVE_UP, WEBHOOK_REFUSED
from marbleline.domain.verdict import Verdict
from marbleline.domain.wire import SCHEMA_VERSION
from marbleline.errors import BrokerFull, NoticeRefused, Unavailable, WebhookUnavailable, WireError
from marbleline.ports.broker import Broker, Delivery, Message
from marbleline.ports.receiver import Receiver
from marbleline.ports.remarks import Remarks
from marbleline.ports.topology import alarm_key
from marbleline.telemetry.health import Pulse
from marbleline.telemetry.metrics import WEBHOOK_SECONDS, WEBHOOK_SENT
from marbleline.workers.loop import Dead, Outcome, Work, each

log = logging.getLogger("marbleline.webhook")

_LOOK_EVERY_S: Final = 2.0


def telling(name: str, receiver: Receiver, events: Collection[str], give_up_s: float, clock: Clock) -> Work:
    """The work on deliveries of a webhook's queue, for ``loop.consume``.

    It raises WebhookUnavailable while the receiver is away, until the notice is ``give_up_s`` old.
    """

    def tell(delivery: Delivery) -> Outcome:
        notice = _notice(delivery.message)
        if notice.event not in events:
            return ()
        began = time.monotonic()
        try:
            receiver.tell(notice)
        except NoticeRefused as error:
            outcome = "refused"
            result: Outcome = Dead(WEBHOOK_REFUSED, str(error))
        except WebhookUnavailable as error:
            if clock() - notice.at < give_up_s * 1_000_000:
                WEBHOOK_SENT.labels(webhook=name, outcome="failed").inc()
                raise
            outcome, result = "gave_up", Dead(WEBHOOK_GAVE_UP, str(error))
        else:
            outcome, result = "delivered", ()
            log.info("webhook.told", extra={"webhook": name, "notice": notice.notice_id})
        WEBHOOK_SECONDS.labels(webhook=name).observe(time.monotonic() - began)
        WEBHOOK_SENT.labels(webhook=name, outcome=outcome).inc()
        return result

    return each(tell)


def announce_alarms(
    store: Remarks,
    broker: Broker,
    webhooks: Sequence[str],
    recent_s: float,
    clock: Clock,
    stop: threading.Event,
    pulse: Pulse,
) -> None:
    """Put every change of an alarm into the webhooks' queues, until ``stop`` is set.

    After a start those count as changed that are raised, or changed within ``recent_s``: a receiver may be
    told of a change twice, with the same id, and misses none.
    """
    told: dict[str, int] = {}
    while not stop.is_set():
        try:
            since = clock() - recent_s * 1_000_000
            changed = [
                alarm
                for alarm in store.alarms()
                if alarm.at > told.get(alarm.alarm_id, since - 1 if not alarm.raised else -1)
            ]
            broker.publish([_alarm_message(alarm, name) for alarm in changed for name in webhooks])
        except (Unavailable, BrokerFull) as error:
            log.warning("webhook.alarms_wait", extra={"error": str(error)})
            pulse.ail("alarms", error)
        else:
            told.update({alarm.alarm_id: alarm.at for alarm in changed})
            pulse.beat()
        stop.wait(_LOOK_EVERY_S)


def _alarm_message(alarm: Alarm, webhook: str) -> Message:
    body = json.dumps(alarm.to_document(), separators=(",", ":")).encode()
    headers: dict[str, str | int] = {"schema_version": SCHEMA_VERSION, "line": alarm.line, "kind": alarm.kind}
    return Message(alarm_notice_id(alarm), alarm_key(webhook), headers, body)


def _notice(message: Message) -> Notice:
    if not message.key.startswith("alarm."):
        return of_verdict(Verdict.from_json(message.body))
    try:
        fields = json.loads(message.body)
    except ValueError as error:
        raise WireError(f"alarm is not JSON: {error}") from error
    if not isinstance(fields, Mapping):
        raise WireError("alarm is not a JSON object")
    return of_alarm(Alarm.from_document(fields))
