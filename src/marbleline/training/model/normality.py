"""What good stone looks like: whitened features of good slabs and a small bank of prototypes of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from marbleline.domain.model import Floats


@dataclass(frozen=True)
class Normality:
    """A feature x lies at `x @ project + offset`; near one of `prototypes` there it is nothing new.

    project [channels, d], offset [d], prototypes [k, d]; `middle` and `steepness` turn a distance into
    an anomaly of 0..1 (a logistic curve).
    """

    project: Floats
    offset: Floats
    prototypes: Floats
    middle: float
    steepness: float


def whiten(cells: Floats, dimensions: int) -> tuple[Floats, Floats]:
    """(project, offset) that make `cells` [n, channels] uncorrelated with unit variance in `dimensions`."""
    centre = cells.mean(axis=0)
    values, vectors = np.linalg.eigh(np.cov((cells - centre).T))
    order = np.argsort(values)[::-1][:dimensions]
    project = (vectors[:, order] / np.sqrt(values[order] + 1e-4 * values.max())).astype(np.float32)
    return project, (-centre @ project).astype(np.float32)


def prototypes(points: Floats, count: int, rng: np.random.Generator, rounds: int = 12) -> Floats:
    """`count` centres of `points` [n, d] by Lloyd's k-means from random points."""
    centres = points[rng.choice(len(points), count, replace=False)].copy()
    for _ in range(rounds):
        nearest = _distance(points, centres).argmin(axis=1)
        for number in range(count):
            members = points[nearest == number]
            # A centre that lost its points starts again from any one.
            centres[number] = members.mean(axis=0) if len(members) else points[rng.integers(len(points))]
    return centres


def peak(points: Floats, centres: Floats) -> float:
    """How unlike the bank one picture is: the 4th-power mean of its cells' distances, as in the graph."""
    nearest = np.maximum(0.5 * _distance(points, centres).min(axis=1), 0.0) + 1e-6
    return float(np.mean(nearest**2) ** 0.25)


def _distance(points: Floats, centres: Floats) -> Floats:
    """Squared distances [n, k]."""
    squares = (points**2).sum(axis=1)[:, None] - 2.0 * points @ centres.T + (centres**2).sum(axis=1)
    return squares.astype(np.float32)


def normality_of(
    good: Sequence[NDArray[np.float16]],
    rng: np.random.Generator,
    dimensions: int = 32,
    count: int = 64,
    most: int = 60_000,
) -> Normality:
    """What good stone looks like, from good pictures' features: arrays [n, rows, columns, channels].

    The anomaly is 0.5 for the least normal hundredth of the good pictures and 0.05 in their middle.
    """
    cells = [array.reshape(-1, array.shape[-1]) for array in good]
    chosen = np.concatenate(
        [
            one[np.sort(rng.choice(len(one), min(len(one), most), replace=False))].astype(np.float32)
            for one in cells
        ]
    )
    project, offset = whiten(chosen, dimensions)
    points = chosen @ project + offset
    some = points[rng.choice(len(points), min(len(points), most), replace=False)]
    centres = prototypes(some, count, rng)
    peaks = [
        peak(picture.reshape(-1, picture.shape[-1]).astype(np.float32) @ project + offset, centres)
        for array in good
        for picture in array[:: max(1, len(array) // 300)]
    ]
    middle, usual = float(np.quantile(peaks, 0.99)), float(np.median(peaks))
    return Normality(project, offset, centres, middle, 3.0 / max(middle - usual, 1e-3))
