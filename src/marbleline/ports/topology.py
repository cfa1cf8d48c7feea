"""Which queues there are and what each of them gets: the one place that says so.

A message is published once, with a routing key, and a copy lands in every queue that one of whose
patterns matches (``*`` one word, ``#`` the rest), as on an AMQP topic exchange.
"""

from dataclasses import dataclass
from typing import Final

from marbleline.domain.frame import Frame


@dataclass(frozen=True, slots=True)
class Queue:
    """``bound`` is how many messages it holds before publishers are told to wait.

    ``holds_frames``: a frame in it has no verdict yet, so the ledger counts it as pending.
    ``gives_way``: at its bound nobody waits; its oldest messages are dropped instead.
    """

    name: str
    patterns: tuple[str, ...]
    bound: int
    holds_frames: bool = False
    gives_way: bool = False


FRAMES: Final = Queue("frames", ("frame.#",), bound=2_000, holds_frames=True)
ENCODED: Final = Queue("encoded", ("encoded.#",), bound=1_000, holds_frames=True)
# The record has a way of its own, so that a store that is away delays no verdict. It is much longer
# than the hot queues: at 10 frames a second it lasts for more than two hours.
FRAME_RECORDS: Final = Queue("frame-records", ("frame.#", "camera.#"), bound=100_000)
VERDICT_RECORDS: Final = Queue("verdict-records", ("verdict.#",), bound=100_000)

QUEUES: Final = (FRAMES, ENCODED, FRAME_RECORDS, VERDICT_RECORDS)

MAX_DELIVERIES: Final = 20


# A receiver that is away must not hold up the line, so its queue gives way.
_WEBHOOK: Final = "webhook-"
_NOTICES: Final = 10_000


def webhook_queue(name: str) -> Queue:
    """The queue of one webhook: verdicts that are not good, and the alarms that are published for it."""
    patterns = ("verdict.*.*.faulty", "verdict.*.*.review", alarm_key(name))
    return Queue(_WEBHOOK + name, patterns, bound=_NOTICES, gives_way=True)


def is_webhook(queue: str) -> bool:
    """Whether the queue of this name is a webhook's."""
    return queue.startswith(_WEBHOOK)


def holds_copies(queue: str) -> bool:
    """Whether what dies in the queue of this name is a copy: the frame itself goes on, or is judged."""
    return queue == FRAME_RECORDS.name or is_webhook(queue)


def alarm_key(webhook: str) -> str:
    """Routing key of an alarm for one webhook."""
    return f"alarm.{webhook}"


def frame_key(frame: Frame) -> str:
    """Routing key of a captured frame."""
    return f"frame.{frame.line}.{frame.camera}"


def encoded_key(frame: Frame) -> str:
    """Routing key of an encoded frame."""
    return f"encoded.{frame.line}.{frame.camera}"


def verdict_key(frame: Frame, decision: str) -> str:
    """Routing key of a verdict."""
    return f"verdict.{frame.line}.{frame.camera}.{decision}"


def camera_key(line: str, camera: str) -> str:
    """Routing key of a camera's own report."""
    return f"camera.{line}.{camera}"


def matches(pattern: str, key: str) -> bool:
    """Whether a routing key matches a pattern, by AMQP's rules for ``*`` and a final ``#``."""
    wanted, words = pattern.split("."), key.split(".")
    if wanted[-1] == "#":
        wanted = wanted[:-1]
        words = words[: len(wanted)] if len(words) >= len(wanted) else words
    return len(wanted) == len(words) and all(
        one in ("*", word) for one, word in zip(wanted, words, strict=True)
    )
