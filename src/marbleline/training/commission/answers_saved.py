"""Answers saved: how many asked answers decide as much as random ones, on the same draws.

Of either order the mean curve of the draws is taken, straight between the numbers of answers measured, and
the first number of answers that reaches a share decided. How sure that is comes from draws drawn again
(bootstrap: Efron 1979), both orders of a draw together.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from marbleline.training.commission.replay import ORDERS, Point
from marbleline.training.commission.summary import Row, markdown

_ROUNDS: Final = 1000
_INTERVAL: Final = (0.1, 0.9)

Curve = Sequence[tuple[int, float]]
Draws = Mapping[int, Curve]


@dataclass(frozen=True, slots=True)
class Saving:
    """``asked`` answers decide the share that ``random`` ones do; infinite where asked ones never did.

    ``answers``  random ones after which ``decided`` was measured; ``random`` of them reached it first
    ``low``, ``high``  80 % interval of the ratio
    """

    answers: int
    decided: float
    random: float
    asked: float
    low: float
    high: float

    @property
    def ratio(self) -> float:
        """Asked answers for each random one."""
        return self.asked / self.random


def savings(points: Sequence[Point], data: str) -> list[Saving]:
    """One for each number of random answers, on all draws with so many to ask about."""
    curves = {order: _curves(points, data, order) for order in ORDERS}
    numbers = sorted({answers for curve in curves["random"].values() for answers, _ in curve})
    rng = np.random.default_rng(1)
    found = []
    for answers in numbers:
        both = {order: _up_to(curves[order], answers) for order in curves}
        draws = np.array(sorted(both["random"].keys() & both["asked"].keys()))
        if not len(draws):
            continue
        decided, random, asked = _needed(both, draws, answers)
        if decided <= 0:
            continue
        ratios = []
        for _ in range(_ROUNDS):
            _, once, other = _needed(both, rng.choice(draws, len(draws)), answers)
            if once > 0:
                ratios.append(other / once)
        # The order statistics themselves: between a number and infinity there is nothing to interpolate.
        low, high = np.quantile(ratios, _INTERVAL, method="inverted_cdf")
        found.append(Saving(answers, decided, random, asked, float(low), float(high)))
    return found


def answers_saved(points: Sequence[Point]) -> str:
    """The table of all data sets."""
    rows: list[Row] = [
        ("data", "random answers", "decided then", "random needed", "asked needed", "ratio", "80 % interval")
    ]
    for data in dict.fromkeys(point.data for point in points):
        rows += [
            (
                data,
                str(one.answers),
                f"{one.decided:.3f}",
                f"{one.random:.0f}",
                "never" if math.isinf(one.asked) else f"{one.asked:.0f}",
                _ratio(one.ratio),
                f"{_ratio(one.low)} to {_ratio(one.high)}",
            )
            for one in savings(points, data)
        ]
    return markdown(rows)


def _curves(points: Sequence[Point], data: str, order: str) -> Draws:
    """Of each draw the share decided by answers; nothing where it had too few good ones to learn from."""
    chosen = [one for one in points if one.data == data and one.order in ORDERS]
    numbers: dict[int, set[int]] = {}
    for one in chosen:
        numbers.setdefault(one.draw, set()).add(one.answers)
    decided = {(one.draw, one.answers): one.decided for one in chosen if one.order == order}
    return {
        draw: [(answers, decided.get((draw, answers), 0.0)) for answers in sorted(seen)]
        for draw, seen in numbers.items()
    }


def _up_to(curves: Draws, answers: int) -> dict[int, Curve]:
    """The draws that were measured at so many answers, with all that was measured of them."""
    return {draw: curve for draw, curve in curves.items() if answers in dict(curve)}


def _needed(both: Mapping[str, Draws], draws: NDArray[np.intp], answers: int) -> tuple[float, float, float]:
    """The mean share decided after so many random answers, and random and asked ones that reach it."""
    random, asked = (_mean([both[order][int(draw)] for draw in draws]) for order in ("random", "asked"))
    decided = dict(random)[answers]
    return decided, reached(random, decided), reached(asked, decided)


def _mean(curves: Sequence[Curve]) -> list[tuple[int, float]]:
    """The mean of draws at each number of answers that all of them were measured at."""
    shared = set.intersection(*[{answers for answers, _ in curve} for curve in curves])
    return [
        (answers, float(np.mean([dict(curve)[answers] for curve in curves]))) for answers in sorted(shared)
    ]


def reached(curve: Curve, decided: float) -> float:
    """The first number of answers with this share decided, from none with nothing decided; or infinity."""
    before = (0, 0.0)
    for answers, value in curve:
        if value >= decided:
            share = (decided - before[1]) / (value - before[1]) if value > before[1] else 1.0
            return before[0] + share * (answers - before[0])
        before = (answers, value)
    return math.inf


def _ratio(value: float) -> str:
    return "never" if math.isinf(value) else f"{value:.2f}"
