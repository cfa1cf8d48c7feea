"""Thresholds with a stated risk, from scores of pictures whose slab the model had not seen.

Escapes are faulty slabs judged good; overkill is good slabs judged faulty. Each side is controlled by itself:

* the threshold by conformal risk control (Angelopoulos, Bates, Fisch, Lei and Schuster 2022): with k of n
  labelled ones on the wrong side of it, the expected risk is at most (k + 1) / (n + 1);
* with too few labels for the target, it lies below all labels, and where the scores of both sides together
  let expect the target (``density_ratio``), or without other labels where the tail seems to end;
* the claim by an upper confidence limit (Clopper and Pearson 1934): with the stated confidence the risk is
  no higher. It says what the labels support, and no label count makes it better than that.

Pictures of one slab resemble each other, so n is the effective number of labels (``slab_variance``).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from marbleline.training.arrays import Values
from marbleline.training.commission.density_ratio import LEAST, ScoreSample, fair_sample, middle_below
from marbleline.training.commission.quantiles import beta_below, student_quantile
from marbleline.training.commission.slab_variance import effective_count, other_slab_limit


@dataclass(frozen=True, slots=True)
class SideRisk:
    """What is known of one side's risk.

    ``target``    accepted share of this side on the wrong side of the threshold
    ``expected``  the risk that conformal risk control bounds in expectation
    ``claimed``   with the stated confidence it is no higher
    ``labels``    labelled pictures of this side; ``effective`` of them count as independent
    ``wrong``     of these on the wrong side of the threshold
    """

    target: float
    expected: float
    claimed: float
    labels: int
    effective: float
    wrong: int

    @property
    def supported(self) -> bool:
        """Whether there are labels enough for the target."""
        return self.expected <= self.target


def side_threshold(
    scores: Values,
    groups: NDArray[np.str_],
    others: Values,
    target: float,
    confidence: float,
    *,
    normal: bool = False,
    sample: ScoreSample | None = None,
) -> tuple[float, SideRisk]:
    """How low a threshold has to be that at most ``target`` of this side scores below it.

    ``scores`` [n] of one side by heads that had not seen the slab; a faulty side as it is, a good side with
    its sign turned. ``others`` [m] are those of the other side, with the same sign. -inf without any label.

    With too few labels for the target the threshold lies below all of them, and where the density ratio of
    the sides lets expect the target, or, with fewer than three labels of either, scores being normal
    (``tail_limit``). The claim says what the labels support, since it rests on no such assumption.

    Labels of few slabs: where their effective number is too small for the target and their count is not,
    as many of them may lie below as their count allows; the claim counts these as mistakes. ``normal`` says
    that scores of this side are about normal, as those of good slabs are: then the threshold is also no
    higher than what another slab than these lets expect (``other_slab_limit``). ``sample`` has all answers,
    with the number of the line's slabs that each stands for, where that is known; without it the labels and
    the others are taken for a fair one.
    """
    count = len(scores)
    if not count:
        return -math.inf, SideRisk(target, 1.0, 1.0, 0, 0.0, 0)
    sample = sample or fair_sample(scores, others)
    effective = effective_count(scores, groups, confidence)
    wrong = _allowed(count, effective, target)
    expected = _expected(wrong, count, effective)
    if expected <= target:
        limit = float(np.sort(scores)[wrong]) if wrong < count else math.inf
    elif sample.fewest < LEAST:
        limit = min(float(scores.min()), tail_limit(scores, effective, target))
    else:
        wrong = _allowed(count, count, target)
        allowed = middle_below(np.append(scores, others), float(np.sort(scores)[wrong]))
        limit = min(allowed, sample.limit(target))
        expected = _expected(wrong, count, effective)
    if normal and expected > target and len(np.unique(groups)) < count:
        limit = min(limit, other_slab_limit(scores, groups, target))
    claimed = upper_limit(wrong * effective / count, effective, confidence)
    return limit, SideRisk(target, expected, claimed, count, round(effective, 1), wrong)


def _allowed(count: int, effective: float, target: float) -> int:
    """The most labels on the wrong side with an expected risk of no more than the target; 0 at least."""
    wrong = 0
    while wrong < count and _expected(wrong + 1, count, effective) <= target:
        wrong += 1
    return wrong


def tail_limit(scores: Values, effective: float, target: float) -> float:
    """Below it falls the next score with probability ``target``, if scores are normal; -inf with under three.

    The prediction limit mean - t s sqrt(1 + 1 / n) with Student's t of n - 1 degrees of freedom (Hahn and
    Meeker 1991, "Statistical intervals", section 4.7), n being the effective count.
    """
    if effective < 3:
        return -math.inf
    quantile = student_quantile(1 - target, effective - 1)
    return float(scores.mean() - quantile * scores.std(ddof=1) * math.sqrt(1 + 1 / effective))


def labels_needed(target: float, confidence: float | None = None) -> int:
    """Independent labels, none of them wrong, that a target takes: on average, or at a confidence."""
    if confidence is None:
        return math.ceil(1 / target - 1 - 1e-9)
    return math.ceil(math.log(1 - confidence) / math.log1p(-target) - 1e-9)


def upper_limit(wrong: float, count: float, confidence: float) -> float:
    """Clopper and Pearson's one-sided upper limit of a share, with ``wrong`` of ``count`` seen.

    Either may be a fraction: the limit is the quantile ``confidence`` of Beta(wrong + 1, count - wrong).
    """
    if wrong >= count:
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if beta_below(middle, wrong + 1, count - wrong) < confidence:
            low = middle
        else:
            high = middle
    return high


def _expected(wrong: int, count: int, effective: float) -> float:
    return (wrong * effective / count + 1) / (effective + 1)
