"""What answers say of the line's slabs, although not all of these were as likely to be asked about.

Strange and uncertain slabs are asked about because of what they look like, so their scores are not
distributed as those of the line. The probability of faulty at a score, however, is the same whether a slab
was asked about or not. So all answers teach it, and how many slabs of the line have a score comes from
weights: each answer counts for as many slabs as it stands for (Horvitz and Thompson 1952, "A generalization
of sampling without replacement from a finite universe").
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from marbleline.training.arrays import Flags, Values
from marbleline.training.commission.ask import Why
from marbleline.training.commission.density_ratio import ScoreSample

LEAST_RANDOM: Final = 20
"""Answers asked at random; fewer say too little of the slabs that nobody was asked about."""


def line_sample(
    logits: Values, faulty: Flags, asked: NDArray[np.str_], watched: int | None
) -> ScoreSample | None:
    """All answers, each with the number of watched slabs that it stands for.

    None where that is not known: without ``watched``, the number of slabs that questions were chosen from, or
    with fewer than ``LEAST_RANDOM`` answers asked at random.
    """
    counts = slabs_stood_for(asked, watched)
    return None if counts is None else ScoreSample(logits, faulty, counts)


def slabs_stood_for(asked: NDArray[np.str_], watched: int | None) -> Values | None:
    """How many of the ``watched`` slabs each answer [n] stands for, or None; see ``line_sample``.

    One that was chosen for what it looks like stands for itself alone: it was certain to be asked about.
    Those asked at random stand for all the others.
    """
    at_random = asked == Why.RANDOM
    drawn = int(at_random.sum())
    if watched is None or drawn < LEAST_RANDOM:
        return None
    chosen = len(asked) - drawn
    return np.where(at_random, max(1.0, (watched - chosen) / drawn), 1.0)
