"""Which queues there are and what each of them gets: the one place that says so.

A message is published once, with a routing key, and a copy lands in every queue that one of whose
patterns matches (``*`` one word, ``#`` the rest), as on an AMQP topic exchange.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Literal

from marbleline.domain.frame import Frame


@dataclass(frozen=True, slots=True)
class Queue:
    """``max_length`` is how many messages it holds before publishers are told to wait.

    ``counts_as_pending``: a frame in it has no verdict yet, so the ledger counts it as pending.
    ``single_active``: of several consumers one gets all messages, and another only once that one is gone.
    ``overflow`` is what happens at the bound: ``reject`` tells publishers to wait (BrokerFull), with
    ``drop_oldest`` nobody waits, and its oldest messages are dropped instead.
    """

    name: str
    patterns: tuple[str, ...]
    max_length: int
    counts_as_pending: bool = False
    overflow: Literal["reject", "drop_oldest"] = "reject"
    single_active: bool = False


FRAMES: Final = Queue("frames", ("frame.#",), max_length=2_000, counts_as_pending=True)
ENCODED: Final = Queue("encoded", ("encoded.#",), max_length=1_000, counts_as_pending=True)
# The record has a way of its own, so that a store that is away delays no verdict. It is much longer
# than the hot queues: at 10 frames a second it lasts for more than two hours.
FRAME_RECORDS: Final = Queue(
    "frame-records", ("frame.#", "judged.#", "camera.#", "product.#"), max_length=100_000
)
VERDICT_RECORDS: Final = Queue("verdict-records", ("verdict.#",), max_length=100_000)

SLAB_RECORDS: Final = Queue("slab-records", ("slab.#",), max_length=100_000)

QUEUES: Final = (FRAMES, ENCODED, FRAME_RECORDS, VERDICT_RECORDS, SLAB_RECORDS)

MAX_DELIVERIES: Final = 20


# A receiver that is away must not hold up the line, so its queue drops the oldest.
_SINK: Final = "sink-"
_NOTIFICATIONS: Final = 10_000


def sink_queue(name: str, events: Collection[str]) -> Queue:
    """The queue of one sink: the verdicts of ``events``, and the alarms that are published for it."""
    wanted = [f"verdict.*.*.{decision}" for decision in ("good", "faulty", "review") if decision in events]
    if "slab" in events:
        wanted.append("slab.#")
    return Queue(
        sink_queue_name(name), (*wanted, alarm_key(name)), max_length=_NOTIFICATIONS, overflow="drop_oldest"
    )


def sink_queue_name(name: str) -> str:
    """The name of a sink's queue."""
    return _SINK + name


def is_sink_queue(queue: str) -> bool:
    """Whether the queue of this name is a sink's."""
    return queue.startswith(_SINK)


_SLABS: Final = "slabs-"


def slab_queue(line: str) -> Queue:
    """What a line's slabs are folded from: the verdicts of its frames, and its triggers.

    A slab is folded in one place, so the queue has one active consumer.
    """
    patterns = (f"verdict.{line}.#", trigger_key(line))
    return Queue(_SLABS + line, patterns, max_length=100_000, single_active=True)


def is_slab_queue(queue: str) -> bool:
    """Whether the queue of this name is one that slabs are folded from."""
    return queue.startswith(_SLABS)


def holds_copies(queue: str) -> bool:
    """Whether what dies in the queue of this name is a copy: the frame itself goes on, or is judged."""
    return queue == FRAME_RECORDS.name or is_sink_queue(queue) or is_slab_queue(queue)


def alarm_key(sink: str) -> str:
    """Routing key of an alarm for one sink."""
    return f"alarm.{sink}"


def frame_key(frame: Frame) -> str:
    """Routing key of a captured frame."""
    return f"frame.{frame.line}.{frame.camera}"


def judged_key(frame: Frame) -> str:
    """Routing key of a captured frame that was judged where it was captured: it only goes on record."""
    return f"judged.{frame.line}.{frame.camera}"


def encoded_key(frame: Frame) -> str:
    """Routing key of an encoded frame."""
    return f"encoded.{frame.line}.{frame.camera}"


def verdict_key(frame: Frame, decision: str) -> str:
    """Routing key of a verdict."""
    return f"verdict.{frame.line}.{frame.camera}.{decision}"


def trigger_key(line: str) -> str:
    """Routing key of a trigger: a slab has come into view."""
    return f"trigger.{line}"


def slab_verdict_key(line: str, decision: str) -> str:
    """Routing key of a slab verdict."""
    return f"slab.{line}.{decision}"


def camera_key(line: str, camera: str) -> str:
    """Routing key of a camera's own report."""
    return f"camera.{line}.{camera}"


def product_key(line: str, camera: str) -> str:
    """Routing key of a camera's word that it follows a switch of the product."""
    return f"product.{line}.{camera}"


# Recorders tell cameras by these keys what is on record; no queue gets them, only subscriptions.
RECORDED_PATTERN: Final = "recorded.*"


def recorded_key(kind: str) -> str:
    """Routing key of a receipt: frames whose ``kind`` (``frame``, ``verdict``) is on record."""
    return f"recorded.{kind}"


def matches(pattern: str, key: str) -> bool:
    """Whether a routing key matches a pattern, by AMQP's rules for ``*`` and a final ``#``."""
    wanted, words = pattern.split("."), key.split(".")
    if wanted[-1] == "#":
        wanted = wanted[:-1]
        words = words[: len(wanted)] if len(words) >= len(wanted) else words
    return len(wanted) == len(words) and all(
        one in ("*", word) for one, word in zip(wanted, words, strict=True)
    )
