"""The audit: what cameras logged as captured beside what the line knows of it.

The log lines reach the store by another way than the frames, past the broker. So a frame of which spool,
broker and store have nothing left, which a ledger counted from those can't know of, still shows here.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Logged:
    """A frame that a camera logged as captured."""

    frame_id: str
    camera: str
    sequence: int


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One camera's frames that were logged as captured, by what became of them.

    ``dead_lettered``  dead-lettered, discarded ones included
    ``pending``   on their way, or perhaps: in a spool or queue that can't be looked into
    ``missing``   nowhere: lost; ids, oldest first
    """

    camera: str
    logged: int
    judged: int
    dead_lettered: int
    pending: int
    missing: tuple[str, ...]


def audit(
    logged: Iterable[Logged],
    judged: Collection[str],
    dead_lettered: Collection[str],
    pending: Collection[str],
    perhaps: Mapping[str, int],
    unknown: int,
) -> tuple[AuditEntry, ...]:
    """An entry per camera, by name. A line that was shipped twice counts once.

    ``perhaps`` is how many frames a camera's spool may hold, ``unknown`` how many the queues may: the newest
    of those that are found nowhere are taken to be among them.
    """
    frames: dict[str, set[str]] = {}
    for one in logged:
        frames.setdefault(one.camera, set()).add(one.frame_id)
    entries: list[AuditEntry] = []
    for camera, ids in sorted(frames.items()):
        with_verdict = ids & set(judged)
        away = ids & set(dead_lettered) - with_verdict
        held = ids & set(pending) - with_verdict - away
        nowhere = sorted(ids - with_verdict - away - held)
        in_spool = min(len(nowhere), perhaps.get(camera, 0))
        in_queues = min(len(nowhere) - in_spool, unknown)
        unknown -= in_queues
        excused = in_spool + in_queues
        missing = tuple(nowhere[: len(nowhere) - excused])
        entries.append(
            AuditEntry(camera, len(ids), len(with_verdict), len(away), len(held) + excused, missing)
        )
    return tuple(entries)
