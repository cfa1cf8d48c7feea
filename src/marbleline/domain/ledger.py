"""The ledger: captured = judged + pending + dead-lettered + dropped, per camera, counted from what lasts.

The counts come from several places that are read one after the other while the line runs. They are
read upstream first (spool, broker, store), and a frame moves downstream only after it is safe there,
so a frame is seen at least once; one seen twice counts as the furthest that it got. Frames captured
after the first reading are left out by their sequence.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Entry:
    """One camera's line in the ledger.

    ``captured``       frames that got an identity: the highest sequence
    ``judged``         of those, how many have a verdict
    ``pending``        those on their way: in the spool or in a queue
    ``dead_lettered``  those put away with a reason, without a verdict
    ``dropped``        those whose dead letters a person dropped, without a verdict
    ``duplicates``     verdicts that count beyond one per frame
    ``gaps``           frames that are nowhere: lost
    """

    camera: str
    captured: int
    judged: int
    pending: int
    dead_lettered: int
    duplicates: int
    gaps: int
    dropped: int = 0

    @property
    def balanced(self) -> bool:
        """Nothing lost, nothing counted twice."""
        return self.gaps == 0 and self.duplicates == 0


@dataclass(frozen=True, slots=True)
class Ledger:
    """All cameras' entries, by name, and when they were counted (microseconds UTC)."""

    entries: tuple[Entry, ...]
    counted_at: int

    @property
    def balanced(self) -> bool:
        """Whether every camera's entry is."""
        return all(entry.balanced for entry in self.entries)

    def total(self) -> Entry:
        """The sum of all cameras."""
        names = ("captured", "judged", "pending", "dead_lettered", "dropped", "duplicates", "gaps")
        sums = {name: sum(getattr(entry, name) for entry in self.entries) for name in names}
        return Entry(camera="all", **sums)


@dataclass(frozen=True, slots=True)
class Tally:
    """What was found of one camera; frames as frame_id -> sequence.

    ``held``        in the spool or in a queue, perhaps judged meanwhile
    ``unrecorded``  judged, the verdict not yet stored when it was looked for
    ``dead``        put away
    ``dropped``     put away and then dropped
    ``judged_ids``  those of all the above that have a stored verdict
    ``judged``      distinct sequences up to ``captured`` with a stored verdict
    ``verdicts``    stored verdicts up to ``captured``
    """

    camera: str
    captured: int
    held: Mapping[str, int]
    unrecorded: Mapping[str, int]
    dead: Mapping[str, int]
    judged_ids: frozenset[str]
    judged: int
    verdicts: int
    dropped: Mapping[str, int] = field(default_factory=dict)


def balance(tally: Tally) -> Entry:
    """Make a camera's entry: each frame counts once, as the furthest that it got."""

    def without_verdict(frames: Mapping[str, int]) -> set[int]:
        return {
            sequence
            for frame_id, sequence in frames.items()
            if sequence <= tally.captured and frame_id not in tally.judged_ids
        }

    unrecorded = without_verdict(tally.unrecorded)
    dead = without_verdict(tally.dead) - unrecorded
    pending = without_verdict(tally.held) - unrecorded - dead
    # Two queues may each have put the same frame away: what is left of it elsewhere counts first.
    dropped = without_verdict(tally.dropped) - unrecorded - dead - pending
    judged = tally.judged + len(unrecorded)
    return Entry(
        camera=tally.camera,
        captured=tally.captured,
        judged=judged,
        pending=len(pending),
        dead_lettered=len(dead),
        duplicates=tally.verdicts - tally.judged,
        dropped=len(dropped),
        gaps=max(0, tally.captured - judged - len(pending) - len(dead) - len(dropped)),
    )


def excuse(entries: Sequence[Entry], unknown: int) -> tuple[Entry, ...]:
    """Turn gaps into pending frames as far as ``unknown`` messages reach.

    A broker that can't be looked into says only how many messages it holds: each may be a frame that
    is found nowhere else. What is missing beyond them is lost for certain.
    """
    excused: list[Entry] = []
    for entry in entries:
        perhaps = min(entry.gaps, unknown)
        unknown -= perhaps
        excused.append(replace(entry, pending=entry.pending + perhaps, gaps=entry.gaps - perhaps))
    return tuple(excused)
