"""The delay of a verdict while one other process uses a whole core, beside the delay without it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from benchmarks.listener import percentile
from benchmarks.pictures import folder_of_pictures
from benchmarks.report import Estimate, Result
from benchmarks.rows.end_to_end import PLACES
from benchmarks.rows.latency import steady

CAMERAS: Final = 4
_BURN: Final = "while True: pass"


def run(quick: bool, places: tuple[str, ...] = tuple(PLACES)) -> Result:
    """Four cameras, alone and then beside the neighbour, on each kind of place."""
    usage: list[Estimate] = []
    seconds = 4 if quick else 60
    with folder_of_pictures() as images:
        for name in places:
            make, _ = PLACES[name]
            with make() as place:
                alone = steady(place, images, CAMERAS, seconds).delays_ms()
                with busy_core():
                    beside = steady(place, images, CAMERAS, seconds).delays_ms()
            usage += _figures(f"{name}, alone", alone)
            usage += _figures(f"{name}, busy neighbour", beside, "<= 3")
    return Result(
        "neighbour",
        "Capture to verdict beside a process that uses a whole core",
        tuple(usage),
        conditions="four cameras at 5 frames a second; the neighbour is pinned to one core, the line is not; "
        "one encoder, one publisher",
    )


@contextmanager
def busy_core() -> Iterator[None]:
    """A process that never rests, on the first core that this one may use; where cores can be chosen."""
    burner = subprocess.Popen([sys.executable, "-c", _BURN])
    try:
        if sys.platform == "linux":
            os.sched_setaffinity(burner.pid, {min(os.sched_getaffinity(0))})
        yield
    finally:
        burner.kill()
        burner.wait()


def _figures(name: str, delays: list[float], goal: str = "") -> list[Estimate]:
    p50, p95, p99 = (percentile(delays, share) for share in (0.5, 0.95, 0.99))
    return [
        Estimate(f"{name}: p50", p50, "ms"),
        Estimate(f"{name}: p95", p95, "ms"),
        Estimate(f"{name}: p99", p99, "ms"),
        Estimate(f"{name}: p99 / p50", p99 / p50, "x", goal),
    ]
