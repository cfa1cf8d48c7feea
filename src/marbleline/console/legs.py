"""How long each stage of the way takes, and how many slabs pass, from the verdicts' own stage times."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from marbleline.domain.verdict import Verdict

LEGS: Final = {
    "capture": ("captured_at", "encoder_taken_at"),
    "encode": ("encoder_taken_at", "encoded_at"),
    "queue": ("encoded_at", "publisher_taken_at"),
    "model": ("publisher_taken_at", "classified_at"),
    "decide": ("classified_at", "decided_at"),
    "all": ("captured_at", "decided_at"),
}
"""Name of a leg -> the stage times at its ends."""


@dataclass(frozen=True, slots=True)
class Leg:
    """Milliseconds that half of the slabs, and 95 of 100, stayed below."""

    name: str
    p50: float
    p95: float


def legs(verdicts: Sequence[Verdict]) -> tuple[Leg, ...]:
    """Each leg of these verdicts' ways; empty without verdicts."""
    found = []
    for name, (begin, end) in LEGS.items() if verdicts else ():
        took = [(getattr(one.stages, end) - getattr(one.stages, begin)) / 1000 for one in verdicts]
        p50, p95 = np.percentile(took, (50, 95))
        found.append(Leg(name, float(p50), float(p95)))
    return tuple(found)


def per_minute(verdicts: Sequence[Verdict], now: int) -> float:
    """Slabs a minute over the last five minutes, or as far back as these verdicts (newest first) go."""
    fresh = [one.stages.decided_at for one in verdicts if now - one.stages.decided_at < 300_000_000]
    if not fresh:
        return 0.0
    whole = len(fresh) == len(verdicts)
    span_us = max(1_000_000, now - min(fresh)) if whole else 300_000_000
    return len(fresh) * 60_000_000 / span_us
