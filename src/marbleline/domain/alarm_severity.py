"""How soon a person has to act on an alarm, by its kind."""

from enum import IntEnum
from typing import Final

from marbleline.domain.alarm import CALIBRATION, DAMAGED, DRIFT, GATE, GOLDEN_SAMPLE


class Severity(IntEnum):
    """How soon a person has to act: ISA-18.2's priorities."""

    CRITICAL = 0
    HIGH = 1
    MEDIUM = 2
    LOW = 3


SEVERITIES: Final = {
    # Slabs pass that nobody has judged, or whose verdict does not reach the gate.
    GATE: Severity.CRITICAL,
    "lag": Severity.CRITICAL,
    "no_verdicts": Severity.CRITICAL,
    # A part of the line is not inspected, or may be judged wrongly, or its record is at risk.
    "camera": Severity.HIGH,
    "spools": Severity.HIGH,
    GOLDEN_SAMPLE: Severity.HIGH,
    DAMAGED: Severity.HIGH,
    # It gets worse if nobody looks at it.
    "spool": Severity.MEDIUM,
    "late": Severity.MEDIUM,
    DRIFT: Severity.MEDIUM,
    CALIBRATION: Severity.LOW,
    "dead_letters": Severity.LOW,
}


def severity(kind: str) -> Severity:
    """Of alarms of this kind; of one that is not known ``MEDIUM``."""
    return SEVERITIES.get(kind, Severity.MEDIUM)
