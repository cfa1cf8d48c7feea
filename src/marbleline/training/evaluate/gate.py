"""The gate: whether a candidate may stand beside the stable version, with every reason in words and figures.

Pure arithmetic on the answers of both; what runs the models is `training.finetune.retrain`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from marbleline.domain.model import Thresholds
from marbleline.training.arrays import Flags, Values
from marbleline.training.evaluate.metrics import auroc, recall_at
from marbleline.training.evaluate.thresholds import shares

SIZE_MB, LITERT_MB = 25.0, 10.0
SCORES_APART = 1e-3
TIMES_AS_SLOW = 1.6
CHANCE = 0.01
FALSE_ALARMS = 0.10
REVIEW_MORE = 0.10


@dataclass(frozen=True)
class Check:
    """One condition: what was asked, what was found, and whether it holds."""

    name: str
    passed: bool
    detail: str


@dataclass(frozen=True)
class GateScores:
    """What two versions say of the same n pictures: their faulty probabilities, and what is true."""

    stable: Values
    candidate: Values
    faulty: Flags
    groups: NDArray[np.str_]
    sources: NDArray[np.str_]


@dataclass(frozen=True)
class Build:
    """The candidate's files, measured. ``times`` as slow as the stable version, ``apart``: largest difference
    of a score between SavedModel and LiteRT, and between LiteRT and what training computed."""

    megabytes: float
    litert_megabytes: float
    apart: float
    apart_from_training: float
    times: float


@dataclass(frozen=True)
class CandidateGateResult:
    """Whether the candidate passes, all checks, and the figures on the labelled pictures."""

    passed: bool
    checks: tuple[Check, ...]
    figures: dict[str, float]

    def to_document(self) -> dict[str, object]:
        """The JSON form."""
        return asdict(self)

    @property
    def reasons(self) -> list[str]:
        """The checks that failed, in a sentence each."""
        return [f"{one.name}: {one.detail}" for one in self.checks if not one.passed]


def judge_candidate(
    golden: GateScores, labelled: GateScores, build: Build, before: Thresholds, after: Thresholds
) -> CandidateGateResult:
    """Hold a candidate against the stable version.

    ``golden``: the fixed set. ``labelled``: pictures that neither version was taught with, the candidate's
    answers given by a domain head that saw nothing of their slabs.
    """
    checks = (
        *_not_worse(golden),
        _no_more_review(golden, before, after),
        *_better(labelled),
        _not_by_chance(labelled),
        *_well_built(build),
    )
    figures = {
        "auroc_before": auroc(labelled.stable, labelled.faulty),
        "auroc_after": auroc(labelled.candidate, labelled.faulty),
        "recall_before": recall_at(labelled.stable, labelled.faulty, FALSE_ALARMS),
        "recall_after": recall_at(labelled.candidate, labelled.faulty, FALSE_ALARMS),
    }
    return CandidateGateResult(all(check.passed for check in checks), checks, figures)


def _not_worse(golden: GateScores) -> Iterator[Check]:
    for source in np.unique(golden.sources):
        chosen = golden.sources == source
        stable, candidate, faulty = golden.stable[chosen], golden.candidate[chosen], golden.faulty[chosen]
        low, high = difference(stable, candidate, faulty, golden.groups[chosen])
        before, after = auroc(stable, faulty), auroc(candidate, faulty)
        detail = (
            f"AUROC {before:.4f} before, {after:.4f} after; the difference lies between"
            f" {low:+.4f} and {high:+.4f} (95 %), and must not lie below 0 as a whole"
        )
        yield Check(f"golden set, {source}: not worse", high >= 0.0 or after >= before, detail)


def _no_more_review(golden: GateScores, before: Thresholds, after: Thresholds) -> Check:
    calm = np.zeros(len(golden.faulty))
    old = shares(golden.stable, golden.faulty, calm, before)
    new = shares(golden.candidate, golden.faulty, calm, after)
    detail = (
        f"{old[0]:.1%} before, {new[0]:.1%} after (at most {REVIEW_MORE:.0%} more);"
        f" right of the rest {old[1]:.1%} and {new[1]:.1%}"
    )
    return Check("golden set: not more to review", new[0] <= old[0] + REVIEW_MORE, detail)


def _better(labelled: GateScores) -> Iterator[Check]:
    """Its probabilities are better, and it sorts good from faulty no worse: the second alone is too blunt
    for a hundred labels, the first alone is already met by a version that always says the average."""
    faulty, groups = labelled.faulty, labelled.groups
    basis = f"on {len(faulty)} pictures ({int(faulty.sum())} faulty) held out by slab"
    before, after = brier(labelled.stable, faulty), brier(labelled.candidate, faulty)
    # That it is better is a one-sided claim, so its 95 % lie below one bound.
    _, high = difference(labelled.stable, labelled.candidate, faulty, groups, brier, (0.0, 95.0))
    detail = (
        f"mean squared error of the probability (Brier 1950) {before:.3f} before, {after:.3f} after {basis};"
        f" difference below {high:+.3f} with 95 % certainty, and that must be below 0"
    )
    yield Check("labelled pictures: better probabilities", high < 0.0, detail)
    before, after = auroc(labelled.stable, faulty), auroc(labelled.candidate, faulty)
    low, high = difference(labelled.stable, labelled.candidate, faulty, groups)
    detail = (
        f"AUROC {before:.3f} before, {after:.3f} after {basis}; difference {low:+.3f} to {high:+.3f} (95 %),"
        " and must not lie below 0 as a whole"
    )
    yield Check("labelled pictures: sorted no worse", high >= 0.0, detail)


def _not_by_chance(labelled: GateScores) -> Check:
    p = chance(labelled.candidate, labelled.faulty)
    detail = (
        f"labels that say nothing would do as well with probability {p:.1e} (at most {CHANCE:g};"
        " Mann and Whitney 1947)"
    )
    return Check("labelled pictures: not by chance", p <= CHANCE, detail)


def _well_built(build: Build) -> Iterator[Check]:
    size = (
        f"{build.megabytes:.1f} MB, LiteRT file {build.litert_megabytes:.1f} MB"
        f" (at most {SIZE_MB:g}, {LITERT_MB:g})"
    )
    yield Check("size", build.megabytes <= SIZE_MB and build.litert_megabytes <= LITERT_MB, size)
    parity = f"scores of SavedModel and LiteRT differ by {build.apart:.1e} (at most {SCORES_APART:g})"
    yield Check("parity of the runtimes", build.apart <= SCORES_APART, parity)
    same = f"scores of the file and of training differ by {build.apart_from_training:.1e} (at most 0.03)"
    yield Check("exported as trained", build.apart_from_training <= 0.03, same)
    speed = f"{build.times:.2f} times the stable version's (at most {TIMES_AS_SLOW:g})"
    yield Check("cost of a picture", build.times <= TIMES_AS_SLOW, speed)


def difference(
    stable: Values,
    candidate: Values,
    faulty: Flags,
    groups: NDArray[np.str_],
    measure: Callable[[Values, Flags], float] = auroc,
    bounds: tuple[float, float] = (2.5, 97.5),
    rounds: int = 500,
) -> tuple[float, float]:
    """An interval (95 %) of the candidate's measure minus the stable one's, resampling whole slabs.

    Efron and Tibshirani 1993, section 8.5, percentile method. (0, 0) if it can't be measured at all.
    """
    members = [np.flatnonzero(groups == one) for one in np.unique(groups)]
    rng = np.random.default_rng(0)
    found = []
    for _ in range(rounds):
        rows = np.concatenate([members[pick] for pick in rng.integers(len(members), size=len(members))])
        one = measure(candidate[rows], faulty[rows]) - measure(stable[rows], faulty[rows])
        if math.isfinite(one):
            found.append(one)
    if not found:
        return 0.0, 0.0
    low, high = np.percentile(found, bounds)
    return float(low), float(high)


def brier(probability: Values, faulty: Flags) -> float:
    """Mean squared error of the probability of being faulty (Brier 1950): 0 is best."""
    return float(((probability - faulty) ** 2).mean()) if len(faulty) else float("nan")


def chance(probability: Values, faulty: Flags) -> float:
    """The probability of such an AUROC or a better one if the labels said nothing: one-sided, by the normal
    approximation of Mann and Whitney's U (1947); 1 if a kind is missing."""
    good, bad = int((~faulty).sum()), int(faulty.sum())
    if not good or not bad:
        return 1.0
    deviation = math.sqrt((good + bad + 1) / (12.0 * good * bad))
    return 0.5 * math.erfc((auroc(probability, faulty) - 0.5) / deviation / math.sqrt(2.0))
