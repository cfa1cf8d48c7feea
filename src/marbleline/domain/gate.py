"""What vision and PLC tell each other of a slab at the reject gate; docs/plc.md has the handshake."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from marbleline.domain.decision import Decision

LAST_SEQUENCE: Final = 0xFFFF_FFFF


class GateDecision(IntEnum):
    """The decision register. 0 is what an empty register says, so nothing said means reject."""

    NONE = 0
    GOOD = 1
    FAULTY = 2
    REVIEW = 3


class GateReason(IntEnum):
    """Why a slab is not good, for the PLC's display."""

    NONE = 0
    DEFECT = 1
    UNSURE = 2
    QUALITY = 3
    FRAME_MISSING = 4
    LATE = 5
    NOT_JUDGED = 6
    NOT_RECORDED = 7


class StationState(IntEnum):
    """What the vision side says of itself. The PLC opens its gate only for a station that is running."""

    STOPPED = 0
    RUNNING = 1
    FAULT = 2


class PlcMode(IntEnum):
    """The PLC's mode. Triggers are answered in automatic mode only."""

    OFF = 0
    AUTOMATIC = 1
    MANUAL = 2


@dataclass(frozen=True, slots=True)
class GateResult:
    """A slab's result as the PLC gets it.

    ``sequence``         the PLC's number of the trigger, 1 to 2**32 - 1
    ``defect``           code of the likeliest defect, 0 for none: its place in the model's classes
    ``grade``            the grade's place in the recipe, counted from 1; 0 for none
    ``frames_seen``      of ``frames_expected`` tiles, each at most 255
    """

    sequence: int
    decision: GateDecision
    defect: int = 0
    grade: int = 0
    reason: GateReason = GateReason.NONE
    frames_seen: int = 1
    frames_expected: int = 1


@dataclass(frozen=True, slots=True)
class PlcStatus:
    """What the PLC says.

    ``heartbeat``     changes as long as the PLC's program runs
    ``sequence``      of the newest trigger, 0 before the first
    ``encoder``       the belt's position at that trigger, in the PLC's counts, modulo 2**32
    ``acknowledged``  the valid word of the last result that the PLC has read, 0 before the first
    ``recipe``        number of the product that runs
    ``mode``          a ``PlcMode``; other numbers are the PLC's own and count as not automatic
    """

    heartbeat: int
    sequence: int
    encoder: int
    acknowledged: int
    recipe: int
    mode: int

    @property
    def automatic(self) -> bool:
        """Whether triggers are to be answered."""
        return self.mode == PlcMode.AUTOMATIC


def gate_decision(decision: Decision) -> GateDecision:
    """The register's value of a decision."""
    return {
        Decision.GOOD: GateDecision.GOOD,
        Decision.FAULTY: GateDecision.FAULTY,
        Decision.REVIEW: GateDecision.REVIEW,
    }[decision]


def next_sequence(sequence: int) -> int:
    """The trigger sequence after this one.

    The valid register holds the low word of the sequence and 0 means no result, so sequences whose low
    word is 0 are skipped. After 2**32 - 1 comes 1.
    """
    following = sequence + 1 if sequence < LAST_SEQUENCE else 1
    return following if following & 0xFFFF else following + 1


def sequences_between(before: int, after: int) -> int:
    """How many triggers lie between two sequences, neither of them counted: 0 for ``next_sequence``."""
    return _ordinal(after) - _ordinal(before) - 1 + (_ORDINALS if after < before else 0)


# Of every 65,536 numbers one is skipped.
_ORDINALS: Final = LAST_SEQUENCE - LAST_SEQUENCE // 0x10000


def _ordinal(sequence: int) -> int:
    return sequence - sequence // 0x10000
