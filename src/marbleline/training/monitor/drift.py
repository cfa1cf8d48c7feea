"""Drift: whether what cameras see and what the model says of it still looks as it did.

Each feature's distribution is compared with a reference by the population stability index over tenths of
the reference, PSI = sum of (a - e) ln(a / e) (Siddiqi 2006, "Credit Risk Scorecards"). Of samples without
any drift it is distributed about as (1/n + 1/m) chi-square with one degree of freedom less than there are
bins (Yurdakul and Naranjo 2020, "Statistical properties of the population stability index"), so a hundred
frames need more of it than a thousand. Beyond chance it also has to be large enough to matter: 0.25,
Siddiqi's "major shift".
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import Final, Protocol

import numpy as np

from marbleline.domain.decision import Decision
from marbleline.domain.fields import integer, mapping
from marbleline.domain.quality import Quality
from marbleline.errors import WireError
from marbleline.training.arrays import Values

FEATURES: Final = ("brightness", "contrast", "sharpness", "anomaly", "faulty_probability")
MATTERS: Final = 0.25
# All features of one look together raise a false alarm this seldom.
_CHANCE: Final = 1e-3
_BINS: Final = 10
# Successive frames of one slab are alike: so many count as one independent look.
_ALIKE: Final = 2.0
LEAST: Final = 30


class DriftSample(Protocol):
    """What is looked at in a verdict."""

    @property
    def quality(self) -> Quality:
        """Of the picture."""
        ...

    @property
    def decision(self) -> Decision:
        """Good, faulty or review."""
        ...

    @property
    def anomaly(self) -> float:
        """How unlike good stone, 0 to 1."""
        ...

    @property
    def faulty_probability(self) -> float:
        """1 - p(good)."""
        ...


@dataclass(frozen=True, slots=True)
class Distribution:
    """``edges`` between the bins, rising; ``shares`` of each bin, one more than there are edges."""

    edges: tuple[float, ...]
    shares: tuple[float, ...]
    median: float


@dataclass(frozen=True, slots=True)
class Reference:
    """How it was: a distribution per feature, the share of each decision, and of how many frames."""

    count: int
    features: Mapping[str, Distribution]
    decisions: Mapping[str, float]

    def to_document(self) -> dict[str, object]:
        """The JSON form, as it lies in ``reference.json`` of a model version."""
        features = {
            name: {"edges": list(one.edges), "shares": list(one.shares), "median": one.median}
            for name, one in self.features.items()
        }
        return {"count": self.count, "features": features, "decisions": dict(self.decisions)}

    @classmethod
    def from_document(cls, fields: Mapping[str, object]) -> "Reference":
        """The inverse of ``to_document``. Raises WireError."""
        try:
            features = {
                name: Distribution(tuple(one["edges"]), tuple(one["shares"]), float(one["median"]))
                for name, one in mapping(fields, "features").items()
                if isinstance(one, Mapping)
            }
            decisions = {name: float(str(share)) for name, share in mapping(fields, "decisions").items()}
        except (KeyError, TypeError, ValueError) as error:
            raise WireError(f"drift reference: {error}") from error
        return cls(integer(fields, "count"), features, decisions)


@dataclass(frozen=True, slots=True)
class Shift:
    """A feature's ``psi``, its ``limit`` beyond which it has drifted, its median (or share) then and now."""

    feature: str
    psi: float
    limit: float
    before: float
    now: float

    @property
    def drifted(self) -> bool:
        """Whether it is neither chance nor trifle."""
        return self.psi > self.limit


@dataclass(frozen=True, slots=True)
class Drift:
    """What a look at some frames found; ``shifts`` has every feature, and ``review``: sent to people."""

    frames: int
    shifts: tuple[Shift, ...] = field(default=())

    @property
    def found(self) -> tuple[Shift, ...]:
        """What has drifted, the furthest first."""
        return tuple(sorted((one for one in self.shifts if one.drifted), key=lambda one: -one.psi))


def reference_of(verdicts: Iterable[DriftSample]) -> Reference:
    """The reference that these verdicts make. Raises ValueError if they are fewer than 30."""
    values, decisions = _values(verdicts)
    count = len(values[FEATURES[0]])
    if count < LEAST:
        raise ValueError(f"{count} verdicts make no reference; at least {LEAST} are needed")
    features = {}
    for name, some in values.items():
        edges = np.unique(np.quantile(some, np.linspace(0, 1, _BINS + 1)[1:-1]))
        shares_of = _shares(some, edges)
        features[name] = Distribution(
            tuple(edges.tolist()), tuple(shares_of.tolist()), float(np.median(some))
        )
    shares = {decision.value: decisions.count(decision) / count for decision in Decision}
    return Reference(count, features, shares)


def measure_drift(verdicts: Sequence[DriftSample], reference: Reference) -> Drift:
    """Compare some frames with the reference; fewer than 30 say nothing."""
    values, decisions = _values(verdicts)
    count = len(decisions)
    if count < LEAST:
        return Drift(count)
    shifts = []
    tests = len(reference.features) + 1
    for name, then in reference.features.items():
        shares = _shares(values[name], np.array(then.edges))
        psi = _psi(shares, np.array(then.shares), count, reference.count)
        limit = _limit(len(then.shares), count, reference.count, tests)
        shifts.append(Shift(name, psi, limit, then.median, float(np.median(values[name]))))
    before = reference.decisions.get(Decision.REVIEW.value, 0.0)
    now = decisions.count(Decision.REVIEW) / count
    two = (np.array([now, 1 - now]), np.array([before, 1 - before]))
    limit = _limit(2, count, reference.count, tests)
    shifts.append(Shift("review", _psi(*two, count, reference.count), limit, before, now))
    return Drift(count, tuple(shifts))


def _values(verdicts: Iterable[DriftSample]) -> tuple[dict[str, Values], list[Decision]]:
    seen = list(verdicts)
    values = {
        name: np.array([getattr(one.quality, name) for one in seen], np.float64) for name in FEATURES[:3]
    }
    values |= {name: np.array([getattr(one, name) for one in seen], np.float64) for name in FEATURES[3:]}
    return values, [one.decision for one in seen]


def _shares(values: Values, edges: Values) -> Values:
    counts = np.bincount(np.searchsorted(edges, values), minlength=len(edges) + 1)
    shares: Values = counts / counts.sum()
    return shares


def _psi(actual: Values, expected: Values, count: int, reference: int) -> float:
    # An empty bin counts as half a frame, or its logarithm would be infinite.
    a, e = np.maximum(actual, 0.5 / count), np.maximum(expected, 0.5 / reference)
    return float(((a - e) * np.log(a / e)).sum())


def _limit(bins: int, count: int, reference: int, tests: int) -> float:
    chance = (_ALIKE / count + _ALIKE / reference) * _chi_square(1 - _CHANCE / tests, max(1, bins - 1))
    return max(MATTERS, chance)


def _chi_square(probability: float, freedom: int) -> float:
    """Quantile of chi-square by the cube-root approximation (Wilson and Hilferty 1931)."""
    spread = 2 / (9 * freedom)
    return freedom * (1 - spread + NormalDist().inv_cdf(probability) * math.sqrt(spread)) ** 3
