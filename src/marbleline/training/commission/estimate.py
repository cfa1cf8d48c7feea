"""What a version that was just taught will decide, and how often wrongly: estimated before it is used."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from marbleline.domain.model import Thresholds
from marbleline.training.arrays import Flags, Values
from marbleline.training.commission.ask import Why
from marbleline.training.evaluate.metrics import Estimate, by_group

_ROUNDS: Final = 300


@dataclass(frozen=True, slots=True)
class Shares:
    """Decisions on pictures of known label, as shares.

    ``passed`` of the good ones and ``rejected`` of the faulty ones are right; ``escapes`` of the faulty
    ones and ``overkill`` of the good ones are wrong. NaN where there are none of a side.
    """

    passed: float
    rejected: float
    escapes: float
    overkill: float

    def decided(self, prevalence: float) -> float:
        """The share of all slabs that is not sent to review, if ``prevalence`` of them are faulty."""
        sides = ((1 - prevalence, self.passed + self.overkill), (prevalence, self.rejected + self.escapes))
        return sum(share * value for share, value in sides if share > 0)


@dataclass(frozen=True, slots=True)
class Forecast:
    """What to expect on the line, each with its 95 % interval by resampling whole slabs.

    ``prevalence`` is the share of faulty slabs that ``decided`` was worked out for.
    """

    prevalence: float
    decided: Estimate
    escapes: Estimate
    overkill: Estimate


def shares_of(probability: Values, anomaly: Values, faulty: Flags, thresholds: Thresholds) -> Shares:
    """How pictures are decided; see ``domain.decision.decide``."""
    rejected = probability >= thresholds.faulty_from
    passed = ~rejected & (probability <= thresholds.good_upto) & (anomaly <= thresholds.anomaly_upto)
    return Shares(
        passed=_mean(passed[~faulty]),
        rejected=_mean(rejected[faulty]),
        escapes=_mean(passed[faulty]),
        overkill=_mean(rejected[~faulty]),
    )


def forecast(
    probability: Values,
    anomaly: Values,
    faulty: Flags,
    groups: NDArray[np.str_],
    thresholds: Thresholds,
    prevalence: float | None,
) -> Forecast:
    """From pictures that the model had not seen, at the line's ``prevalence``; None: that of the pictures."""
    share = float(faulty.mean()) if prevalence is None else prevalence

    def measured(chosen: NDArray[np.intp]) -> Shares:
        return shares_of(probability[chosen], anomaly[chosen], faulty[chosen], thresholds)

    return Forecast(
        prevalence=share,
        decided=by_group(lambda chosen: measured(chosen).decided(share), groups, rounds=_ROUNDS),
        escapes=by_group(lambda chosen: measured(chosen).escapes, groups, rounds=_ROUNDS),
        overkill=by_group(lambda chosen: measured(chosen).overkill, groups, rounds=_ROUNDS),
    )


def prevalence_of(asked: NDArray[np.str_], faulty: Flags) -> float | None:
    """The share of faulty slabs on the line, from those that were asked at random; None with under 20."""
    chosen = asked == Why.RANDOM
    return float(faulty[chosen].mean()) if chosen.sum() >= 20 else None


def _mean(flags: NDArray[np.bool_]) -> float:
    return float(flags.mean()) if len(flags) else float("nan")
