"""The end of a camera's responsibility: a frame stays in the spool until it is on record or dead-lettered.

The broker's confirm is not enough. A queue that is deleted, purged or lost with its virtual host takes with
it what it held, confirmed or not, and a message is confirmed although one of its queues is missing.
So each frame is retained until the receipts for its picture and its verdict have come, or its dead letter is
found. It is published again once it is certain, or nearly so, that it is in no queue any more:

- frames captured long after it was published are on record: it was overtaken, and queues are in order; or
- no queue holds anything that could become its record.

A mistake does no harm: every consumer is idempotent by the frame's id. The reasons are in
docs/decisions/0102-frames-stay-in-the-spool-until-recorded.md.
"""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from marbleline.backoff import Backoff
from marbleline.domain.clock import Clock, now
from marbleline.domain.frame import captured_at_of
from marbleline.errors import BrokerFull, BrokerUnavailable, MessageTooLarge
from marbleline.pipeline.camera.outbox import (
    CameraIdentity,
    MessagesOfFrame,
    frame_alone,
    frame_message,
    read_entry,
)
from marbleline.pipeline.camera.spool import Pending, Spool
from marbleline.pipeline.receipts import FRAME, KINDS, VERDICT, frames_of, kind_of
from marbleline.ports.broker import MessagePublisher
from marbleline.ports.connection import Connection
from marbleline.ports.inventory import Inventory, QueueInventory
from marbleline.ports.message import Message
from marbleline.ports.subscription import Subscription, Subscriptions
from marbleline.ports.topology import FRAME_RECORDS, FRAMES, RECORDED_PATTERN

log = logging.getLogger("marbleline.camera")

_BOUND: Final = 10_000
# Receipts may come before the outbox has told the spool that a frame is published: so many are remembered.
_EARLY: Final = 20_000
_WINDOW: Final = 16
# A store that refuses a picture for good sends no receipt for it: the verdict's has to do.
_TRIES_FOR_A_PICTURE: Final = 3
_MOST_DOUBLINGS: Final = 5


@dataclass(slots=True)
class _Sent:
    """A retained frame: when it was seen to be published (microseconds UTC), and how often again."""

    entry: Pending
    at: int
    again: int = 0


@dataclass(frozen=True, slots=True)
class HandoverTiming:
    """``poll_s``: seconds between two readings of the spool; ``patience_s``: before a frame may be in doubt.

    Each time that a frame is published again its patience doubles. ``ask_s``: seconds between two questions
    to the broker, asked only while a frame is in doubt.
    """

    poll_s: float = 1.0
    patience_s: float = 15.0
    ask_s: float = 5.0


class HandoverBroker(MessagePublisher, Subscriptions, QueueInventory, Connection, Protocol):
    """What the handover asks of the broker."""


@dataclass(slots=True)
class Handover:
    """Runs on a thread and a broker connection of its own, so that it never holds up publishing."""

    spool: Spool
    connect: Callable[[], HandoverBroker]
    identity: CameraIdentity
    clock: Clock = now
    timing: HandoverTiming = field(default_factory=HandoverTiming)
    messages: MessagesOfFrame = frame_alone
    error: BaseException | None = None
    _sent: dict[str, _Sent] = field(default_factory=dict)
    _receipts: "OrderedDict[str, set[str]]" = field(default_factory=OrderedDict)
    # Kind -> when the newest frame that is on record was captured.
    _newest: dict[str, int] = field(default_factory=dict)
    _closing: threading.Event = field(default_factory=threading.Event)
    _broker: HandoverBroker | None = None
    _feed: Subscription | None = None
    _ask_at: float = 0.0
    _limit: int | None = None

    def run(self) -> None:
        """Release and send again until ``finish``. A defect ends it and is kept in ``error``."""
        backoff = Backoff(most_s=5.0)
        try:
            while not self._closing.is_set():
                try:
                    self.step()
                    backoff.reset()
                except (BrokerUnavailable, BrokerFull) as error:
                    log.debug("handover.waiting", extra={"detail": str(error)})
                    backoff.wait(self._closing)
                except MessageTooLarge as error:
                    # Its limit was lowered meanwhile.
                    self._limit = error.limit
        except BaseException as error:  # raised again by the worker's main thread
            self.error = error
        finally:
            if self._feed is not None:
                self._feed.close()
            if self._broker is not None:
                self._broker.close()

    def finish(self) -> None:
        """End soon; what is still retained stays in the spool for the next start."""
        self._closing.set()

    def step(self) -> None:
        """One round. Raises BrokerUnavailable, BrokerFull."""
        if self._broker is None:
            self._broker = self.connect()
        if self._feed is None:
            self._feed = self._broker.subscribe([RECORDED_PATTERN], _BOUND)
        # Receipts come with every batch of the recorders, and on the embedded line whoever waits for messages
        # wakes with every commit: both take time from capturing, and frames are released once a look.
        self._closing.wait(self.timing.poll_s)
        self._read_receipts(self._feed.receive(_BOUND, 0.0))
        self._release_recorded()
        if self._in_doubt() and time.monotonic() >= self._ask_at:
            self._ask_at = time.monotonic() + self.timing.ask_s
            inventory = self._broker.inventory()
            records = self._broker.depths()[FRAME_RECORDS.name].total
            # What was recorded before the broker was asked is read before anything counts as lost.
            self._read_receipts(self._feed.receive(_BOUND, 0.0))
            self._release_recorded()
            self._release_dead_lettered(inventory)
            self._send_again(self._broker, self._lost(inventory, records))

    def _read_receipts(self, receipts: Sequence[Message]) -> None:
        for receipt in receipts:
            kind, frame_ids = kind_of(receipt), frames_of(receipt)
            for frame_id in frame_ids:
                self._receipts.setdefault(frame_id, set()).add(kind)
                self._newest[kind] = max(self._newest.get(kind, 0), captured_at_of(frame_id))
        while len(self._receipts) > _EARLY + len(self._sent):
            self._receipts.popitem(last=False)

    def _release_recorded(self) -> None:
        retained, at = self.spool.retained(), self.clock()
        self._sent = {one.frame_id: self._sent.get(one.frame_id) or _Sent(one, at) for one in retained}
        self._release([frame_id for frame_id in self._sent if not self._missing(frame_id)])

    def _release_dead_lettered(self, inventory: Inventory) -> None:
        camera = self.identity.camera
        away = {**inventory.dead_lettered.get(camera, {}), **inventory.discarded.get(camera, {})}
        self._release([frame_id for frame_id in self._sent if frame_id in away])

    def _release(self, frame_ids: Sequence[str]) -> None:
        self.spool.release(frame_ids)
        for frame_id in frame_ids:
            self._sent.pop(frame_id, None)
            self._receipts.pop(frame_id, None)

    def _missing(self, frame_id: str) -> list[str]:
        recorded = self._receipts.get(frame_id, set())
        return [kind for kind in KINDS if kind not in recorded]

    def _in_doubt(self) -> list[_Sent]:
        at = self.clock()
        return [one for one in self._sent.values() if not 0 <= at - one.at < self._patience(one)]

    def _patience(self, sent: _Sent) -> int:
        return round(self.timing.patience_s * 1_000_000) << min(sent.again, _MOST_DOUBLINGS)

    def _lost(self, inventory: Inventory, records: int) -> list[_Sent]:
        camera = self.identity.camera
        held = {**inventory.pending.get(camera, {}), **inventory.unrecorded.get(camera, {})}
        nowhere = {VERDICT: not inventory.unknown, FRAME: not records}

        def lost(sent: _Sent, kind: str) -> bool:
            if kind == VERDICT and sent.entry.frame_id in held:
                return False
            return nowhere[kind] or self._newest.get(kind, 0) >= sent.at + self._patience(sent)

        return [
            one
            for one in self._in_doubt()
            if any(lost(one, kind) for kind in self._missing(one.entry.frame_id))
        ]

    def _send_again(self, broker: MessagePublisher, lost: Sequence[_Sent]) -> None:
        pictures = [one for one in lost if self._missing(one.entry.frame_id) == [FRAME]]
        given_up = {one.entry.frame_id for one in pictures if one.again >= _TRIES_FOR_A_PICTURE}
        if given_up:
            log.warning(
                "handover.no_picture", extra={"frames": sorted(given_up)[:10], "count": len(given_up)}
            )
            self._release(sorted(given_up))
        again = [one for one in lost if one.entry.frame_id not in given_up]
        for start in range(0, len(again), _WINDOW):
            if self._closing.is_set():
                return
            window = again[start : start + _WINDOW]
            messages: list[Message] = []
            for one in window:
                entry = read_entry(self.spool, one.entry, self.identity, self._limit)
                if entry.rejection is None:
                    messages += self.messages(entry) or frame_alone(entry)
                else:
                    reason, detail = entry.rejection.reason, entry.rejection.detail
                    broker.publish_dead_letter(FRAMES.name, frame_message(entry), reason, detail)
            broker.publish(messages)
            for one in window:
                one.at, one.again = self.clock(), one.again + 1
        if again:
            log.warning("handover.republished", extra={"camera": self.identity.camera, "frames": len(again)})
