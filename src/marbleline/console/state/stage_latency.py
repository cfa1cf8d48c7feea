"""Latency of each stage, and throughput, from the stage times in the verdicts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from marbleline.domain.verdict import Verdict

LATENCY_STAGES: Final = {
    "capture": ("captured_at", "encoder_taken_at"),
    "encode": ("encoder_taken_at", "encoded_at"),
    "queue": ("encoded_at", "publisher_taken_at"),
    "model": ("publisher_taken_at", "classified_at"),
    "decide": ("classified_at", "decided_at"),
    "all": ("captured_at", "decided_at"),
}
"""Stage -> the names of the times at its start and its end."""


@dataclass(frozen=True, slots=True)
class StageLatency:
    """Median and 95th percentile, milliseconds."""

    name: str
    p50: float
    p95: float


def stage_latencies(verdicts: Sequence[Verdict]) -> tuple[StageLatency, ...]:
    """The latency of each stage over these verdicts; empty without verdicts."""
    found = []
    for name, (begin, end) in LATENCY_STAGES.items() if verdicts else ():
        took = [(getattr(one.stages, end) - getattr(one.stages, begin)) / 1000 for one in verdicts]
        p50, p95 = np.percentile(took, (50, 95))
        found.append(StageLatency(name, float(p50), float(p95)))
    return tuple(found)


def per_minute(verdicts: Sequence[Verdict], now: int) -> float:
    """Slabs a minute over the last five minutes, or as far back as these verdicts (newest first) go."""
    fresh = [one.stages.decided_at for one in verdicts if now - one.stages.decided_at < 300_000_000]
    if not fresh:
        return 0.0
    whole = len(fresh) == len(verdicts)
    span_us = max(1_000_000, now - min(fresh)) if whole else 300_000_000
    return len(fresh) * 60_000_000 / span_us
