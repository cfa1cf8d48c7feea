"""Receipts: recorders tell cameras which frames are on record, so that the spools can let them go.

A receipt is a message that needs no queue: cameras hear it by a subscription. One that is lost costs a frame
that is sent once more, so receipts are best effort.
"""

import logging
import time
from collections import deque
from collections.abc import Sequence
from typing import Final

from marbleline.errors import BrokerFull, BrokerUnavailable
from marbleline.ports.broker import MessagePublisher
from marbleline.ports.message import Message
from marbleline.ports.topology import recorded_key

log = logging.getLogger("marbleline.recorder")

FRAME: Final = "frame"
VERDICT: Final = "verdict"
KINDS: Final = (FRAME, VERDICT)
"""What has to be recorded of each frame: its picture and its verdict."""

# Receipts that could not be sent wait, up to so many ids: an alarm of the broker holds publishers back, and
# recording has to go on meanwhile.
_MOST: Final = 20_000
_AT_ONCE: Final = 2_000
_RETRY_S: Final = 5.0


class Receipts:
    """What one recorder sends, for one of ``KINDS``. Used by the recorder's thread, on its ``broker``."""

    def __init__(self, broker: MessagePublisher, kind: str) -> None:
        self._broker = broker
        self._kind = kind
        self._waiting: deque[str] = deque(maxlen=_MOST)
        self._retry_at = 0.0

    def __call__(self, frame_ids: Sequence[str]) -> None:
        """These frames are on record, durably. Never raises for the broker's sake."""
        self._waiting.extend(frame_ids)
        if time.monotonic() < self._retry_at:
            return
        try:
            while self._waiting:
                some = [self._waiting[place] for place in range(min(_AT_ONCE, len(self._waiting)))]
                self._broker.publish([receipt(self._kind, some)])
                for _ in some:
                    self._waiting.popleft()
        except (BrokerFull, BrokerUnavailable) as error:
            self._retry_at = time.monotonic() + _RETRY_S
            log.debug("receipts.delayed", extra={"kind": self._kind, "error": str(error)})


def none(frame_ids: Sequence[str]) -> None:
    """For a recorder whose frames no camera waits for."""


def receipt(kind: str, frame_ids: Sequence[str]) -> Message:
    """The receipt for these frames: their ids, separated by spaces."""
    return Message(f"recorded-{frame_ids[0]}", recorded_key(kind), {}, " ".join(frame_ids).encode())


def kind_of(message: Message) -> str:
    """One of ``KINDS``, of a receipt."""
    return message.key.rpartition(".")[2]


def frames_of(message: Message) -> list[str]:
    """The ids of a receipt's frames."""
    return message.body.decode("ascii", "replace").split()
