"""Throughput and latency over the size of a batch and how long it waits: the defaults follow from this."""

from typing import Final

from benchmarks.listener import percentile
from benchmarks.pictures import folder_of_pictures
from benchmarks.report import Estimate, Result
from benchmarks.rows.latency import steady
from benchmarks.saturated import Load, run_saturated
from benchmarks.servers import embedded, real

SIZES: Final = (1, 4, 8, 16, 32)
WAITS_MS: Final = (0, 10, 50)


def run(quick: bool) -> Result:
    """Sizes on a saturated line, waits on a steady one, on real servers."""
    usage: list[Estimate] = []
    frames = 64 if quick else 160
    with folder_of_pictures() as images, embedded() if quick else real() as place:
        for size in SIZES:
            found = run_saturated(place, images, Load(frames), {"batch_size": size})
            usage.append(Estimate(f"batches of up to {size}: frames a second", found.rate, "1/s"))
            usage.append(Estimate(f"batches of up to {size}: CPU of a frame", found.cpu_each * 1e3, "ms"))
        for wait_ms in WAITS_MS:
            heard = steady(place, images, 2, 3 if quick else 8, {"batch_ms": wait_ms})
            delays = heard.delays_ms()
            usage += [
                Estimate(f"waiting {wait_ms} ms, 10 frames/s: p50", percentile(delays, 0.5), "ms"),
                Estimate(f"waiting {wait_ms} ms, 10 frames/s: p95", percentile(delays, 0.95), "ms"),
            ]
    return Result(
        "batching",
        "Size of a batch and how long it waits",
        tuple(usage),
        conditions="saturated by one camera for the sizes, two cameras at 5 frames a second for the waits",
    )
