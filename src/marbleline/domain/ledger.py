"""The ledger: captured = judged + pending + dead-lettered + discarded, per camera, counted from what lasts.

The counts come from several places that are read one after the other while the line runs. They are
read upstream first (spool, broker, store), and a frame moves downstream only after it is safe there,
so a frame is seen at least once; one seen twice counts as the furthest that it got. Frames captured
after the first reading are left out by their sequence.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from marbleline.domain.blind_time import BlindTime
from marbleline.domain.slab_ledger import SlabEntry


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One camera's line in the ledger.

    ``captured``       frames that got an identity: the highest sequence
    ``judged``         of those, how many have a verdict
    ``pending``        those on their way: in the spool or in a queue
    ``dead_lettered``  those with a dead letter and without a verdict
    ``discarded``      those whose dead letters a person discarded, without a verdict
    ``duplicates``     verdicts that count beyond one per frame
    ``gaps``           frames that are nowhere: lost
    ``stalled``        whether frames are pending and none moves; None while that is not known, which takes
                       two counts (``domain.ledger_progress``)
    ``blind_time``     when the camera could capture nothing, which no other figure here shows; None if it
                       never reported
    """

    camera: str
    captured: int
    judged: int
    pending: int
    dead_lettered: int
    duplicates: int
    gaps: int
    discarded: int = 0
    stalled: bool | None = None
    blind_time: BlindTime | None = None

    @property
    def balanced(self) -> bool:
        """Nothing lost, nothing counted twice."""
        return self.gaps == 0 and self.duplicates == 0


@dataclass(frozen=True, slots=True)
class Ledger:
    """All cameras' entries, by name, all stations' of slabs, and when it was counted (microseconds UTC)."""

    entries: tuple[LedgerEntry, ...]
    counted_at: int
    slabs: tuple[SlabEntry, ...] = ()

    @property
    def balanced(self) -> bool:
        """Whether every camera's entry is, and every station's."""
        return all(one.balanced for one in self.entries) and all(one.balanced for one in self.slabs)

    def total(self) -> LedgerEntry:
        """The sum of all cameras."""
        names = ("captured", "judged", "pending", "dead_lettered", "discarded", "duplicates", "gaps")
        sums = {name: sum(getattr(entry, name) for entry in self.entries) for name in names}
        known = [entry.stalled for entry in self.entries if entry.stalled is not None]
        return LedgerEntry(camera="all", **sums, stalled=any(known) if known else None)


@dataclass(frozen=True, slots=True)
class CameraCounts:
    """What was found of one camera; frames as frame_id -> sequence.

    ``held``        in the spool or in a queue, perhaps judged meanwhile
    ``unrecorded``  judged, the verdict not yet stored when it was looked for
    ``dead``        those with a dead letter
    ``discarded``   those whose dead letters were discarded
    ``retained``    in the spool until recorded: nowhere else perhaps, and then sent again
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
    discarded: Mapping[str, int] = field(default_factory=dict)
    retained: Mapping[str, int] = field(default_factory=dict)


def balance(counts: CameraCounts) -> LedgerEntry:
    """Make a camera's entry: each frame counts once, as the furthest that it got."""

    def without_verdict(frames: Mapping[str, int]) -> set[int]:
        return {
            sequence
            for frame_id, sequence in frames.items()
            if sequence <= counts.captured and frame_id not in counts.judged_ids
        }

    unrecorded = without_verdict(counts.unrecorded)
    dead = without_verdict(counts.dead) - unrecorded
    pending = without_verdict(counts.held) - unrecorded - dead
    # Two queues may each have put the same frame away: what is left of it elsewhere counts first.
    discarded = without_verdict(counts.discarded) - unrecorded - dead - pending
    pending |= without_verdict(counts.retained) - unrecorded - dead - pending - discarded
    judged = counts.judged + len(unrecorded)
    return LedgerEntry(
        camera=counts.camera,
        captured=counts.captured,
        judged=judged,
        pending=len(pending),
        dead_lettered=len(dead),
        duplicates=counts.verdicts - counts.judged,
        discarded=len(discarded),
        gaps=max(0, counts.captured - judged - len(pending) - len(dead) - len(discarded)),
    )


def excuse(entries: Sequence[LedgerEntry], unknown: int) -> tuple[LedgerEntry, ...]:
    """Turn gaps into pending frames as far as ``unknown`` messages reach.

    A broker that can't be looked into says only how many messages it holds: each may be a frame that
    is found nowhere else. What is missing beyond them is lost for certain.
    """
    excused: list[LedgerEntry] = []
    for entry in entries:
        perhaps = min(entry.gaps, unknown)
        unknown -= perhaps
        excused.append(replace(entry, pending=entry.pending + perhaps, gaps=entry.gaps - perhaps))
    return tuple(excused)
