"""Twice as many pictures as can be judged: memory, losses, and how the lag falls back afterwards."""

import time
from contextlib import closing
from typing import Final

from benchmarks.listener import pause
from benchmarks.pictures import folder_of_pictures
from benchmarks.report import Estimate, Result
from benchmarks.saturated import Load, connect, run_saturated
from benchmarks.servers import embedded
from benchmarks.workers import start, stop, supervisor, wait_for
from marbleline.bootstrap.catalogue import load
from marbleline.bootstrap.ledger import count_ledger

MIB: Final = 1 << 20
FLOOD_S: Final = 600.0
DRAINED_S: Final = 900.0  # a spool and a broker that are full, worked off


def run(quick: bool) -> Result:
    """Capacity first, then twice of it for a while, then nothing."""
    seconds = 6.0 if quick else FLOOD_S
    with folder_of_pictures() as images:
        with embedded() as place:
            capacity = run_saturated(place, images, Load(96 if quick else 300)).rate
        with embedded() as place:
            own = place.settings
            source = {"camera": "flood", "source": f"folder:{images}", "rate": 2 * capacity}
            most: dict[str, int] = {}
            with supervisor({"encoder": ("encoder", own), "publisher": ("publisher", own)}) as workers:
                camera = start("camera", "camera", {**own, **source})
                early: dict[str, int] = {}
                until = time.monotonic() + seconds
                while time.monotonic() < until:
                    pause(0.5)
                    held = {
                        name: worker.resident() for name, worker in (workers | {"camera": camera}).items()
                    }
                    most = {name: max(most.get(name, 0), size) for name, size in held.items()}
                    if not early and time.monotonic() > until - seconds * 2 / 3:
                        early = held
                stop(camera)
                with closing(connect(place)) as broker:
                    waiting = sum(broker.depths()[queue].total for queue in ("frames", "encoded"))
                    began = time.monotonic()
                    wait_for(
                        lambda: not any(one.total for one in broker.depths().values()), "lag gone", DRAINED_S
                    )
                    drained = time.monotonic() - began
                late = {name: worker.resident() for name, worker in workers.items()}
            ledger = count_ledger(load({"data": str(place.data), "line": "bench"}, environment={}))
    captured = sum(entry.captured for entry in ledger.entries)
    judged = sum(entry.judged for entry in ledger.entries)
    return Result(
        "overload",
        "Overload: twice the capacity, then none",
        (
            Estimate("frames captured", captured, ""),
            Estimate("frames lost", captured - judged, "", "0"),
            Estimate("waiting for their verdict when the flood ended", waiting, ""),
            Estimate("until nothing waited any more", drained, "s"),
            *(
                Estimate(f"{name}: later against earlier", most[name] / early[name], "x", "1")
                for name in most
            ),
            *(Estimate(f"{name}: resident at the end", size / MIB, "MiB") for name, size in late.items()),
        ),
        conditions=f"embedded; {seconds:g} s of flood at twice the {capacity:.0f} frames/s of this run",
    )
