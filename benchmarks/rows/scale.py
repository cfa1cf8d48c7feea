"""More encoders and publishers, and more cameras on one broker: where the next limit lies."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Final

from benchmarks.listener import listening, pause, percentile
from benchmarks.pictures import folder_of_pictures, pictures
from benchmarks.report import Estimate, Result
from benchmarks.saturated import Load, connect, run_saturated
from benchmarks.servers import Place, real
from benchmarks.workers import Worker, supervisor
from marbleline.domain.clock import now
from marbleline.domain.frame import Frame, FrameIds, sha256_hex
from marbleline.ports.message import Message
from marbleline.ports.topology import frame_key

WORKERS: Final = (1, 2, 4)
CAMERAS: Final = (1, 10, 100)
RATE: Final = 10.0


def run(quick: bool) -> Result:
    """On real servers, all on this machine."""
    usage: list[Estimate] = []
    frames = 64 if quick else 160
    with folder_of_pictures() as images, real() as place:
        for count in WORKERS[:2] if quick else WORKERS:
            found = run_saturated(place, images, Load(frames, encoders=count, publishers=count))
            usage.append(Estimate(f"{count} encoders and publishers: frames a second", found.rate, "1/s"))
            usage.append(
                Estimate(f"{count} encoders and publishers: CPU of a frame", found.cpu_each * 1e3, "ms")
            )
        with supervisor(
            {"encoder": ("encoder", place.settings), "publisher": ("publisher", place.settings)}
        ) as workers:
            for count in CAMERAS[:2] if quick else CAMERAS:
                seconds = 4.0 if quick else 12.0
                with light_cameras(place, count):
                    pause(2.0)
                    before, began = _spent(place, workers), time.monotonic()
                    with listening(place) as heard:
                        pause(seconds)
                    spent = _spent(place, workers)
                    rate = len(heard.verdicts) / (time.monotonic() - began)
                delays = heard.delays_ms()
                usage += [
                    Estimate(
                        f"{count} cameras, together {RATE:g} frames/s: judged", rate, "1/s", f"{RATE:g}"
                    ),
                    Estimate(f"{count} cameras: p95", percentile(delays, 0.95), "ms"),
                    *(
                        Estimate(
                            f"{count} cameras: CPU of {who} a frame",
                            (spent[who] - before[who]) / max(1, len(heard.verdicts)) * 1e3,
                            "ms",
                        )
                        for who in spent
                    ),
                ]
    return Result(
        "scale",
        "More workers, more cameras",
        tuple(usage),
        conditions="real servers on the same two cores; light cameras publish from one process",
    )


@contextmanager
def light_cameras(place: Place, count: int) -> Iterator[None]:
    """So many cameras, each with a connection of its own, at ``RATE`` frames a second together."""
    over = threading.Event()

    def shoot(number: int) -> None:
        ids = FrameIds(now)
        with closing(connect(place)) as broker:
            due = time.monotonic() + number / RATE
            sequence = 0
            while not over.wait(max(0.0, due - time.monotonic())):
                due += count / RATE
                sequence += 1
                content = pictures()[(number + sequence) % len(pictures())]
                frame = Frame(
                    ids(),
                    "bench",
                    f"light-{count}-{number}",
                    sequence,
                    now(),
                    sha256_hex(content),
                    len(content),
                    2_000,
                )
                broker.publish([Message(frame.frame_id, frame_key(frame), frame.to_headers(), content)])

    threads = [threading.Thread(target=shoot, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


def _spent(place: Place, workers: dict[str, Worker]) -> dict[str, float]:
    return {**{name: worker.cpu() for name, worker in workers.items()}, **place.cpu()}
