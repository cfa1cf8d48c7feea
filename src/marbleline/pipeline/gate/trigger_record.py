"""Triggers on their way to the record: a slab of which there is no picture is on record too."""

import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import Final, Protocol

from marbleline.backoff import Backoff
from marbleline.domain.slab import SlabTrigger
from marbleline.domain.wire import SCHEMA_VERSION, Headers
from marbleline.errors import BrokerFull, BrokerUnavailable
from marbleline.ports.broker import MessagePublisher
from marbleline.ports.connection import Connection
from marbleline.ports.message import Message
from marbleline.telemetry.health import Heartbeat

log = logging.getLogger("marbleline.gate")

_MOST: Final = 10_000
_AT_ONCE: Final = 100
_WAIT_S: Final = 0.25


class TriggerBroker(MessagePublisher, Connection, Protocol):
    """What the record of triggers asks of the broker."""


class TriggerRecord:
    """``note`` from any thread, ``run`` on one of its own, with a broker of its own.

    Triggers wait in memory, the newest ten thousand, while the broker is away, and are gone with this
    process: frames name their trigger themselves.
    """

    def __init__(self, connect: Callable[[], TriggerBroker], key: str) -> None:
        self._connect = connect
        self._key = key
        self._waiting: deque[SlabTrigger] = deque(maxlen=_MOST)
        self._some = threading.Event()

    def note(self, trigger: SlabTrigger) -> None:
        """Have it published; returns at once."""
        self._waiting.append(trigger)
        self._some.set()

    def run(self, stop: threading.Event, heartbeat: Heartbeat) -> None:
        """Publish until ``stop`` is set."""
        backoff = Backoff()
        broker: TriggerBroker | None = None
        try:
            while not stop.is_set():
                heartbeat.ok()
                if not self._some.wait(_WAIT_S):
                    continue
                try:
                    broker = broker or self._connect()
                    self._publish(broker)
                    backoff.reset()
                except (BrokerUnavailable, BrokerFull) as error:
                    log.debug("gate.triggers_wait", extra={"detail": str(error)})
                    backoff.wait(stop)
        finally:
            if broker is not None:
                broker.close()

    def _publish(self, broker: TriggerBroker) -> None:
        self._some.clear()
        while self._waiting:
            chosen = [self._waiting[place] for place in range(min(_AT_ONCE, len(self._waiting)))]
            try:
                broker.publish([self._message(one) for one in chosen])
            except (BrokerUnavailable, BrokerFull):
                self._some.set()
                raise
            for one in chosen:
                # The oldest may have made room for a newer one meanwhile.
                if self._waiting and self._waiting[0] is one:
                    self._waiting.popleft()

    def _message(self, trigger: SlabTrigger) -> Message:
        headers: Headers = {
            "schema_version": SCHEMA_VERSION,
            "line": trigger.line,
            "trigger": trigger.trigger,
        }
        return Message(f"trigger/{trigger.key}", self._key, headers, trigger.to_json())
