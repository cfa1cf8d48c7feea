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
    return _markdown(rows)


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
    return _markdown(rows)


def answers_saved(points: Sequence[Point]) -> str:
    """How many asked answers decide as much as random ones, by the mean curves and straight lines."""
    rows: list[Row] = [("data", "random answers", "decided then", "asked answers for it", "ratio")]
    for data in dict.fromkeys(point.data for point in points):
        curves = {order: _curve(points, data, order) for order in ("asked", "random")}
        if not all(curves.values()):
            continue
        for answers, decided in curves["random"][1:]:
            needed = _reached(curves["asked"], decided)
            ratio = "-" if math.isnan(needed) else f"{needed / answers:.2f}"
            rows.append((data, str(answers), _share(decided), _number(needed), ratio))
    return _markdown(rows)


def _curve(points: Sequence[Point], data: str, order: str) -> list[tuple[int, float]]:
    found: dict[int, list[float]] = {}
    for one in points:
        if (one.data, one.order) == (data, order):
            found.setdefault(one.answers, []).append(one.decided)
    return [(answers, float(np.mean(found[answers]))) for answers in sorted(found)]


def _reached(curve: Sequence[tuple[int, float]], decided: float) -> float:
    before = (0, 0.0)
    for answers, value in curve:
        if value >= decided:
            share = (decided - before[1]) / max(value - before[1], 1e-9)
            return before[0] + share * (answers - before[0])
        before = (answers, value)
    return math.nan


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


def _number(value: float) -> str:
    return "never" if math.isnan(value) else f"{value:.0f}"


def _markdown(rows: Sequence[Row]) -> str:
    head, *body = rows
    lines = [head, tuple("---" for _ in head), *body]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
