"""The ledger: captured = judged + pending + dead-lettered, per camera, counted from what is durable.

The counts come from several places that are read one after the other while the line runs. They are
read upstream first (spool, broker, store), and a frame moves downstream only after it is safe there,
so a frame is seen at least once; one seen twice counts as the furthest that it got.
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
    """What was found of one camera, frames as sets of ids where they were seen.

    ``held`` are the ids in spool and queues without a verdict; ``held_unknown`` bounds further frames
    in queues of a broker that can't tell cameras apart; ``verdicts`` counts documents, ``judged``
    distinct sequences among them.
    """

    camera: str
    captured: int
    held: frozenset[str]
    held_unknown: int
    dead: frozenset[str]
    judged: int
    verdicts: int
    judged_ids: frozenset[str]


def balance(tally: Tally) -> Entry:
    """Make a camera's entry: each frame counts once, as the furthest that it got."""
    pending = tally.held - tally.judged_ids - tally.dead
    dead = tally.dead - tally.judged_ids
    missing = tally.captured - tally.judged - len(pending) - len(dead)
    elsewhere = min(max(missing, 0), tally.held_unknown)
    return Entry(
        camera=tally.camera,
        captured=tally.captured,
        judged=tally.judged,
        pending=len(pending) + elsewhere,
        dead_lettered=len(dead),
        duplicates=(tally.verdicts - tally.judged) + max(-missing, 0),
        gaps=max(missing, 0) - elsewhere,
    )


def share_unknown(missing: Mapping[str, int], held: int) -> dict[str, int]:
    """Spread ``held`` frames of unknown cameras over the cameras that miss some, in order of name."""
    shares: dict[str, int] = {}
    for camera in sorted(missing):
        shares[camera] = min(max(missing[camera], 0), held)
        held -= shares[camera]
    return shares
