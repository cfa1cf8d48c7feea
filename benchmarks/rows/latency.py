"""From capture to the verdict's arrival, at a steady 5 frames a second and camera.

How near to one another the cameras' moments of capture fall is decided when they start, and stays. It decides
whether a frame waits for another camera's, so the line is started several times.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks.listener import Heard, listening, pause, percentile
from benchmarks.pictures import folder_of_pictures
from benchmarks.report import Estimate, Result
from benchmarks.rows.end_to_end import PLACES
from benchmarks.servers import Place
from benchmarks.workers import supervisor

RATE: Final = 5
STARTS: Final = 7
GOALS: Final = {"embedded": 20, "real servers": 40}


def run(quick: bool, places: tuple[str, ...] = tuple(PLACES)) -> Result:
    """One and four cameras, on each kind of place."""
    usage: list[Estimate] = []
    with folder_of_pictures() as images:
        for name in places:
            make, _ = PLACES[name]
            with make() as place:
                for cameras in (1, 4):
                    starts = [
                        steady(place, images, cameras, seconds=4) for _ in range(1 if quick else STARTS)
                    ]
                    usage += _figures(f"{name}, {cameras} camera(s)", starts, f"<= {GOALS[name]}")
    return Result(
        "latency",
        "Capture to verdict at 5 frames a second and camera",
        tuple(usage),
        conditions="until a subscriber has the verdict; one encoder, one publisher; the line is started "
        f"{1 if quick else STARTS} times, each time for 4 s after 2 s to warm up",
    )


def steady(
    place: Place, images: Path, cameras: int, seconds: float, settings: dict[str, object] | None = None
) -> Heard:
    """What a subscriber hears of a line that runs steadily for so long."""
    own = {**place.settings, **(settings or {})}
    workers: dict[str, tuple[str, dict[str, object]]] = {
        "encoder": ("encoder", own),
        "publisher": ("publisher", own),
    }
    for number in range(cameras):
        camera = {"camera": f"steady-{cameras}-{number}", "source": f"folder:{images}", "rate": RATE}
        workers[f"camera-{number}"] = ("camera", {**own, **camera})
    with supervisor(workers):
        pause(2.0)  # the first frames meet caches that are cold
        with listening(place) as heard:
            pause(seconds)
    return heard


def _figures(name: str, starts: Sequence[Heard], goal: str) -> list[Estimate]:
    heard = Heard([one for start in starts for one in start.verdicts])
    delays, overheads = heard.delays_ms(), heard.overheads_ms()
    medians = sorted(percentile(one.delays_ms(), 0.5) for one in starts)
    return [
        *(Estimate(f"{name}: p{round(q * 100)}", percentile(delays, q), "ms") for q in (0.5, 0.95, 0.99)),
        Estimate(f"{name}: p50, lowest of the starts", medians[0], "ms"),
        Estimate(f"{name}: p50, highest of the starts", medians[-1], "ms"),
        Estimate(f"{name}: model, p50", percentile(heard.model_ms(), 0.5), "ms"),
        Estimate(f"{name}: beside the model, p95", percentile(overheads, 0.95), "ms", goal),
    ]
