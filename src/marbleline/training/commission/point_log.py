"""Points of a replay in a file, a draw a line, so that a replay that was stopped goes on where it was."""

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from msgspec import structs

from marbleline.domain.product import RiskTargets
from marbleline.errors import SettingError
from marbleline.training.commission.ask import AskPlan
from marbleline.training.commission.heads import HeadsPlan
from marbleline.training.commission.replay import PLAN, Point

Key = tuple[str, str, int]
"""Data set, what was replayed, draw."""


class PointLog:
    """The points of the draws that are done.

    The first line says what they were ``made_with``; a file that was made with something else is refused,
    since its points can't be compared with new ones.
    """

    def __init__(self, path: Path | None, made_with: Mapping[str, object]) -> None:
        """``path`` None keeps the points in memory alone. Raises SettingError, OSError."""
        self._path = path
        self._done: dict[Key, list[Point]] = {}
        if path is None:
            return
        head = json.loads(json.dumps(made_with))
        if not path.exists():
            path.write_text(json.dumps(head) + "\n", encoding="utf-8")
            return
        try:
            first, *rest = path.read_text(encoding="utf-8").splitlines()
            known = json.loads(first)
            # A line that was cut off by a kill is of a draw that is measured again.
            lines = [json.loads(line) for line in rest if line.endswith("]}")]
            self._done = {_key(line): [Point(**point) for point in line["points"]] for line in lines}
        except (ValueError, KeyError, TypeError, UnicodeDecodeError) as error:
            raise SettingError(f"{path}: holds no points of a replay: {error}; name another file") from error
        if known != head:
            raise SettingError(f"{path}: was made with {known}, and this is {head}; name another file")

    def __contains__(self, key: Key) -> bool:
        """Whether this draw is done."""
        return key in self._done

    def add(self, key: Key, points: Sequence[Point]) -> None:
        """Keep the points of a draw; none if it was left out. Raises OSError."""
        self._done[key] = list(points)
        if self._path is not None:
            data, what, draw = key
            line = {"data": data, "what": what, "draw": draw, "points": [asdict(point) for point in points]}
            # The newline comes first: so a line that was cut off stays a line of its own.
            with self._path.open("a", encoding="utf-8") as file:
                file.write("\n" + json.dumps(line))

    def points(self) -> list[Point]:
        """Of all draws, in the order in which they were added."""
        return [point for found in self._done.values() for point in found]


def made_with(base: str, risk: RiskTargets, plan: HeadsPlan = PLAN) -> Mapping[str, object]:
    """What points depend on beside the pictures; ``base`` is the digest of the version taught from."""
    return {"base": base, "heads": asdict(plan), "ask": asdict(AskPlan()), "risk": structs.asdict(risk)}


def measure_missing(
    log: PointLog,
    data: str,
    what: str,
    draws: Sequence[int],
    measure: Callable[[int], Iterable[Point]],
    on_progress: Callable[[str], None],
) -> None:
    """Measure the draws that the log lacks, and say after each how far it is and how long it may still take.

    Raises what ``measure`` does, and OSError.
    """
    missing = [draw for draw in draws if (data, what, draw) not in log]
    begun = time.monotonic()
    for done, draw in enumerate(missing, start=1):
        points = list(measure(draw))
        log.add((data, what, draw), points)
        left = (time.monotonic() - begun) / done * (len(missing) - done)
        shares = ", ".join(f"{one.order} {one.given}: {one.decided:.2f}" for one in points) or "left out"
        ahead = f"{len(draws) - len(missing) + done} of {len(draws)} draws, {left:.0f} s left"
        on_progress(f"{data}, {what}, draw {draw}: {shares} ({ahead})")


def _key(line: Mapping[str, object]) -> Key:
    return str(line["data"]), str(line["what"]), int(str(line["draw"]))
