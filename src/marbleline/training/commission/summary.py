"""Tables of a replayed commissioning: first whether the claims held, then what was decided."""

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from marbleline.training.commission.replay import ALL, Point

Row = tuple[str, ...]


def claims_table(points: Sequence[Point], confidence: float) -> str:
    """Claimed against observed risk: in how many draws the observed one was higher.

    At a confidence of 90 % a claim may be exceeded in one draw of ten.
    """
    rows: list[Row] = [("data", "side", "claims", "exceeded", "allowed", "mean claimed", "mean observed")]
    names = [*dict.fromkeys(point.data for point in points), "all together"]
    for name in names:
        chosen = [point for point in points if name in (point.data, "all together")]
        for side in ("escapes", "overkill"):
            pairs = np.array([(getattr(one, f"claimed_{side}"), getattr(one, side)) for one in chosen])
            exceeded = int((pairs[:, 1] > pairs[:, 0]).sum())
            allowed = f"{(1 - confidence) * len(pairs):.0f}"
            claimed, observed = pairs.mean(axis=0)
            rows.append(
                (name, side, str(len(pairs)), str(exceeded), allowed, _share(claimed), _share(observed))
            )
    return markdown(rows)


def curves_table(points: Sequence[Point]) -> str:
    """Share decided, escapes and overkill by the number of answers: mean over the draws (worst of them)."""
    rows: list[Row] = [
        (
            "data",
            "order",
            "answers",
            "faulty",
            "draws",
            "AUROC",
            "decided",
            "escapes",
            "overkill",
            "claimed escapes",
        )
    ]
    for key, chosen in _grouped(points):
        answers = "all" if key[2] == ALL else str(key[2])
        rows.append(
            (
                key[0],
                key[1],
                f"{answers} ({np.mean([one.given for one in chosen]):.0f})" if key[2] == ALL else answers,
                f"{np.mean([one.faulty for one in chosen]):.0f}",
                str(len(chosen)),
                _both(chosen, lambda one: one.auroc, min),
                _both(chosen, lambda one: one.decided, min),
                _both(chosen, lambda one: one.escapes, max),
                _both(chosen, lambda one: one.overkill, max),
                _share(float(np.mean([one.claimed_escapes for one in chosen]))),
            )
        )
    return markdown(rows)


def _grouped(points: Sequence[Point]) -> Iterator[tuple[tuple[str, str, int], list[Point]]]:
    keys = dict.fromkeys((one.data, one.order, one.answers) for one in points)
    data = list(dict.fromkeys(one.data for one in points))
    for key in sorted(
        keys, key=lambda one: (data.index(one[0]), one[1], one[2] if one[2] != ALL else math.inf)
    ):
        yield key, [one for one in points if (one.data, one.order, one.answers) == key]


def _both(
    points: Sequence[Point], of: Callable[[Point], float], worst: Callable[[Sequence[float]], float]
) -> str:
    values = [of(one) for one in points]
    return f"{np.mean(values):.3f} ({worst(values):.3f})"


def _share(value: float) -> str:
    return f"{value:.3f}"


def markdown(rows: Sequence[Row]) -> str:
    """A table; the first row is its head."""
    head, *body = rows
    lines = [head, tuple("---" for _ in head), *body]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
