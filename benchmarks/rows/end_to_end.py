"""The whole line against the floor of a frame, embedded and on real servers."""

import statistics
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

from benchmarks.floor import floor
from benchmarks.pictures import folder_of_pictures
from benchmarks.report import Estimate, Result
from benchmarks.saturated import Load, Run, run_saturated
from benchmarks.servers import Place, embedded, real

CORES: Final = 2
ROUNDS: Final = 3
PLACES: Final[dict[str, tuple[Callable[[], AbstractContextManager[Place]], str]]] = {
    "embedded": (embedded, ">= 75"),
    "real servers": (real, ">= 70"),
}


def run(quick: bool, places: tuple[str, ...] = tuple(PLACES)) -> Result:
    """Floor and line in turn, three times; the ratios' middle."""
    usage: list[Estimate] = []
    with folder_of_pictures() as images:
        for name in places:
            usage += _place(name, images, quick)
    return Result(
        "end-to-end",
        "The whole line against the floor of a frame",
        tuple(usage),
        conditions="640x480 JPEG of 100 KB; one camera and one publisher, one encoder embedded and two on "
        "servers, which are warm; floor and line in turn, the middle of three",
    )


def _place(name: str, images: Path, quick: bool) -> list[Estimate]:
    make, goal = PLACES[name]
    parts: list[dict[str, float]] = []
    runs: list[Run] = []
    # Long enough that the start of the flow and its last record, half a second each, hardly show.
    frames = 240 if quick else 2400 if name == "embedded" else 1500
    # An encoder waits for RabbitMQ's confirms: a second one works meanwhile.
    load = Load(frames, encoders=1 if name == "embedded" else 2)
    if name != "embedded" and not quick:
        with make() as place:
            run_saturated(place, images, load)  # servers compile what they do often
    for _ in range(1 if quick else ROUNDS):
        with make() as place, tempfile.TemporaryDirectory(prefix="marbleline-bench-") as scratch:
            parts.append(floor(place, Path(scratch)))
            runs.append(run_saturated(place, images, load))
    shares = [one.rate * sum(part.values()) / CORES * 100 for one, part in zip(runs, parts, strict=True)]
    by_cpu = [sum(part.values()) / one.cpu_each * 100 for one, part in zip(runs, parts, strict=True)]
    middle = sorted(runs, key=lambda one: one.cpu_each)[len(runs) // 2]
    usage = [
        Estimate(f"{name}: frames/s as a share of cores / floor", statistics.median(shares), "%", goal),
        Estimate(
            f"{name}: floor as a share of the CPU that a frame took", statistics.median(by_cpu), "%", goal
        ),
        Estimate(f"{name}: frames a second", statistics.median(one.rate for one in runs), "1/s"),
        Estimate(f"{name}: CPU of a frame", middle.cpu_each * 1e3, "ms"),
    ]
    usage += [
        Estimate(f"{name}: floor, {part}", statistics.median(one[part] for one in parts) * 1e3, "ms")
        for part in parts[0]
    ]
    usage += [
        Estimate(f"{name}: CPU of a frame, {who}", cost * 1e3, "ms") for who, cost in middle.cpu.items()
    ]
    return usage
