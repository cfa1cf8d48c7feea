"""What more answers would do: the share decided if further slabs score as those so far.

Further faulty slabs are drawn from the distribution that ``density_ratio`` estimates, not from the few
seen, and the thresholds are set anew with them. The heads are not learnt anew: that they become better too
is left out, and so is that they may become worse.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from marbleline.domain.product import RiskTargets
from marbleline.training.arrays import Flags, Values
from marbleline.training.commission.density_ratio import LEAST, fair_sample
from marbleline.training.commission.risk import side_threshold

MORE: Final = (0, 20, 40, 80)
_ROUNDS: Final = 15


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """With ``more`` answers of faulty slabs, about this share of the line's slabs is ``decided``."""

    more: int
    decided: float


def learning_curve(
    held_out: Values,
    faulty: Flags,
    groups: NDArray[np.str_],
    risk: RiskTargets,
    prevalence: float,
    more: Sequence[int] = MORE,
) -> tuple[CurvePoint, ...]:
    """One step for each number of further answers of faulty slabs, each of a slab of its own.

    ``held_out`` [n] is the logit of faulty of each answer by heads that had not seen its slab. Empty with
    fewer than three answers of either side. The same answers give the same curve.
    """
    if min(int(faulty.sum()), int((~faulty).sum())) < LEAST:
        return ()
    scores, mass = fair_sample(held_out[faulty], held_out[~faulty]).distribution()
    rng = np.random.default_rng(1)
    steps = []
    for count in more:
        found = []
        for _ in range(_ROUNDS if count else 1):
            drawn = rng.choice(scores, size=count, p=mass)
            names = np.array([f"further {number}" for number in range(count)], np.str_)
            low, high = _thresholds(
                np.append(held_out[faulty], drawn),
                np.append(groups[faulty], names),
                held_out[~faulty],
                groups[~faulty],
                risk,
            )
            decided = (held_out < low) | (held_out > high)
            shares = (decided[faulty].mean(), decided[~faulty].mean())
            found.append(prevalence * shares[0] + (1 - prevalence) * shares[1])
        steps.append(CurvePoint(count, float(np.mean(found))))
    return tuple(steps)


def _thresholds(
    faulty: Values,
    faulty_groups: NDArray[np.str_],
    good: Values,
    good_groups: NDArray[np.str_],
    risk: RiskTargets,
) -> tuple[float, float]:
    """Below the first a slab is judged good, above the second faulty."""
    low, _ = side_threshold(faulty, faulty_groups, good, risk.escapes, risk.confidence)
    high, _ = side_threshold(-good, good_groups, -faulty, risk.overkill, risk.confidence, normal=True)
    return (low, -high) if low <= -high else ((low - high) / 2, (low - high) / 2)
