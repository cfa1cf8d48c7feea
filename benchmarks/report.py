"""What a row found, as a table for people and as JSON, beside what the last run found."""

import json
import platform
import subprocess
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import psutil

RESULTS: Final = Path(__file__).parents[1] / ".bench"
LAST: Final = RESULTS / "last.json"

# A ratio of one run carries over to another day; a time or a rate holds for the machine at that moment.
RATIOS: Final = frozenset({"x", "%"})


@dataclass(frozen=True, slots=True)
class Estimate:
    """``unit`` is x or % for ratios, which are what counts; ``goal`` says what was to be reached.

    ``low`` and ``high``: the 95 % interval, where one was computed.
    """

    name: str
    value: float
    unit: str
    goal: str = ""
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """One row of the bench. ``limit`` says in words what limits it; ``conditions`` how it was measured."""

    row: str
    title: str
    figures: tuple[Estimate, ...]
    conditions: str = ""
    limit: str = ""
    took_s: float = field(default=0.0, compare=False)


def machine() -> dict[str, object]:
    """The machine, as far as it bears on the figures."""
    memory = psutil.virtual_memory()
    return {
        "cores": psutil.cpu_count(),
        "processor": _processor(),
        "memory_mib": memory.total >> 20,
        "system": f"{platform.system()} {platform.release().partition('-')[0]}",
        "python": platform.python_version(),
        "load_1_5_15": [round(load, 2) for load in psutil.getloadavg()],
        "disk": _disk(),
        "commit": _commit(),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def table(results: Iterable[Result], before: Mapping[str, Mapping[str, float]]) -> str:
    """One table of all figures, with the last run's beside them."""
    lines = [f"{'row':<14} {'figure':<58} {'value':>10} {'':<6} {'goal':>10} {'last':>10} {'change':>8}"]
    for result in results:
        last = before.get(result.row, {})
        for figure in result.figures:
            known = last.get(figure.name)
            change = f"{figure.value / known - 1:+.0%}" if known else ""
            lines.append(
                f"{result.row:<14} {figure.name:<58} {_shown(figure.value):>10} {figure.unit:<6} "
                f"{figure.goal:>10} {'' if known is None else _shown(known):>10} {change:>8}"
            )
    return "\n".join(lines)


def read_last() -> dict[str, dict[str, float]]:
    """Row -> figure -> value of the last run; empty if there was none."""
    return {
        result["row"]: {figure["name"]: figure["value"] for figure in result["figures"]}
        for result in kept(LAST)
    }


def write(results: Iterable[Result], about: Mapping[str, object]) -> Path:
    """Keep the results, each with its machine; those of rows that were not run stay in ``last.json``."""
    RESULTS.mkdir(exist_ok=True)
    made = [{**asdict(result), "machine": dict(about)} for result in results]
    path = RESULTS / f"{time.strftime('%Y%m%d-%H%M%S')}.json"
    keep(path, made)
    keep(LAST, newest(kept(LAST), made))
    return path


def kept(path: Path) -> list[dict[str, Any]]:
    """The results in a file, none if there is no such file."""
    if not path.exists():
        return []
    found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["results"]
    return found


def keep(path: Path, results: Iterable[Mapping[str, Any]]) -> None:
    """Write results to a file."""
    path.write_text(json.dumps({"results": list(results)}, indent=1) + "\n", encoding="utf-8")


def newest(before: Iterable[dict[str, Any]], made: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of each row the result that was measured last, in the order in which the rows came up."""
    rows: dict[str, dict[str, Any]] = {}
    for one in (*before, *made):
        known = rows.get(one["row"])
        if known is None or one["machine"]["at"] >= known["machine"]["at"]:
            rows[one["row"]] = one
    return list(rows.values())


def _shown(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "")


def _disk() -> str:
    """What an fsync of 4 KB costs here, the middle of 20."""
    path = RESULTS / "fsync"
    RESULTS.mkdir(exist_ok=True)
    took = []
    with path.open("wb") as file:
        for _ in range(20):
            began = time.perf_counter()
            file.write(bytes(4096))
            file.flush()
            import os

            os.fsync(file.fileno())
            took.append(time.perf_counter() - began)
    path.unlink()
    return f"fsync of 4 KB: {sorted(took)[10] * 1e3:.2f} ms"


def _commit() -> str:
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False
    )
    return done.stdout.strip()
