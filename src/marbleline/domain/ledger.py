"""The ledger: captured = judged + pending + dead-lettered, per camera, counted from what is durable.

The counts come from several places that are read one after the other while the line runs. They are
read upstream first (spool, broker, store), and a frame moves downstream only after it is safe there,
so a frame is seen at least once; one seen twice counts as the furthest that it got. Frames captured
after the first reading are left out by their sequence.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """One camera's line in the ledger.

    ``captured``       frames that got an identity: the highest sequence
    ``judged``         of those, how many have a verdict
    ``pending``        those on their way: in the spool or in a queue
    ``dead_lettered``  those put away with a reason, without a verdict
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
        names = ("captured", "judged", "pending", "dead_lettered", "duplicates", "gaps")
        sums = {name: sum(getattr(entry, name) for entry in self.entries) for name in names}
        return Entry(camera="all", **sums)


@dataclass(frozen=True, slots=True)
class Tally:
    """What was found of one camera; frames as frame_id -> sequence.

    ``held``        in the spool or in a queue, perhaps judged meanwhile
    ``unrecorded``  judged, the verdict not yet stored when it was looked for
    ``dead``        put away
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


def balance(tally: Tally, unknown: int = 0) -> Entry:
    """Make a camera's entry: each frame counts once, as the furthest that it got.

    ``unknown`` messages in queues that can't be looked into may each be a frame that is found nowhere
    else; only what is missing beyond them is a gap for certain.
    """

    def of_now(frames: Mapping[str, int]) -> set[int]:
        return {
            sequence
            for frame_id, sequence in frames.items()
            if sequence <= tally.captured and frame_id not in tally.judged_ids
        }

    unrecorded = of_now(tally.unrecorded)
    dead = of_now(tally.dead) - unrecorded
    pending = of_now(tally.held) - unrecorded - dead
    judged = tally.judged + len(unrecorded)
    missing = max(0, tally.captured - judged - len(pending) - len(dead))
    elsewhere = min(missing, unknown)
    return Entry(
        camera=tally.camera,
        captured=tally.captured,
        judged=judged,
        pending=len(pending) + elsewhere,
        dead_lettered=len(dead),
        duplicates=tally.verdicts - tally.judged,
        gaps=missing - elsewhere,
    )
