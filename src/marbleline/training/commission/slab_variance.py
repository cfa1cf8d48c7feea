"""How scores differ from slab to slab: what pictures of few slabs are worth, and where those of another fall.

Pictures of one slab resemble each other, so many of few slabs say little of the next slab.
"""

import math

import numpy as np
from numpy.typing import NDArray

from marbleline.training.arrays import Values
from marbleline.training.commission.quantiles import student_quantile


def effective_count(scores: Values, groups: NDArray[np.str_], confidence: float) -> float:
    """How many independent pictures these are worth for a limit of this confidence; 1 at least.

    n / (1 + (m - 1) r) by Kish (1965), with r the intraclass correlation of the ranks of the scores (0 at
    least), m the mean size of a slab, weighted by size. r of few slabs is itself hardly known, so this is
    times the square of the ratio of Student's t of n - 1 to that of slabs - 1 degrees of freedom (Korn and
    Graubard 1998, "Confidence intervals for proportions with small expected number of positive counts
    estimated from survey data"). A picture that is its slab's only one counts whole where all are.
    """
    count, slabs = len(scores), len(np.unique(groups))
    if slabs == count or count < 3:
        return float(count)
    if slabs == 1:
        return 1.0
    ranks = np.argsort(np.argsort(scores)).astype(np.float64)
    between, within, usual = _mean_squares(ranks, groups)
    spread = between + (usual - 1) * within
    correlation = min(1.0, max(0.0, (between - within) / spread)) if spread > 0 else 0.0
    sizes = np.unique(groups, return_counts=True)[1].astype(np.float64)
    kish = count / (1 + (float((sizes**2).sum()) / count - 1) * correlation)
    known = student_quantile(confidence, count - 1) / student_quantile(confidence, slabs - 1)
    return max(1.0, kish * min(1.0, known) ** 2)


def other_slab_limit(scores: Values, groups: NDArray[np.str_], target: float) -> float:
    """Below it a picture of a slab that is not among these scores with probability ``target``.

    The prediction limit of the one-way random-effects model: normal slabs, normal pictures of each, and
    Student's t with the degrees of freedom by Satterthwaite (1946, "An approximate distribution of estimates
    of variance components"). -inf with pictures of one slab; there have to be more pictures than slabs.
    """
    count, slabs = len(scores), len(np.unique(groups))
    if slabs == 1:
        return -math.inf
    between, within, usual = _mean_squares(scores, groups)
    share = (1 + 1 / slabs) / usual if between > within else 0.0
    of_pictures = max(0.0, 1 - share) * within if share else (1 + 1 / count) * within
    variance = share * between + of_pictures
    parts = (share * between) ** 2 / (slabs - 1) + of_pictures**2 / (count - slabs)
    degrees = max(1.0, variance**2 / parts) if parts > 0 else 1.0
    return float(scores.mean()) - student_quantile(1 - target, degrees) * math.sqrt(variance)


def _mean_squares(values: Values, groups: NDArray[np.str_]) -> tuple[float, float, float]:
    """Between slabs, within slabs, and the usual number of pictures of a slab, of an analysis of variance.

    For more than one slab, and fewer of them than values.
    """
    names, member = np.unique(groups, return_inverse=True)
    sizes = np.bincount(member).astype(np.float64)
    means = np.bincount(member, values) / sizes
    between = float((sizes * (means - values.mean()) ** 2).sum()) / (len(names) - 1)
    within = float(((values - means[member]) ** 2).sum()) / (len(values) - len(names))
    usual = (len(values) - float((sizes**2).sum()) / len(values)) / (len(names) - 1)
    return between, within, usual
