"""Resident memory and the time from start to ready, worker by worker, and whether memory stays flat."""

import statistics
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from PIL import Image

from benchmarks.listener import pause
from benchmarks.pictures import folder_of_pictures, pictures
from benchmarks.report import Estimate, Result
from benchmarks.servers import Place, embedded, real
from benchmarks.workers import Worker, free_port, start, stop, supervisor, wait_for

MIB: Final = 1 << 20
STARTS: Final = 3
READY_GOAL: Final = "<= 2"


def run(quick: bool) -> Result:
    """Each worker alone on real servers, then a line under load."""
    usage: list[Estimate] = []
    with folder_of_pictures() as images, tempfile.TemporaryDirectory(prefix="marbleline-bench-") as name:
        video = _video(Path(name) / "belt.mp4")
        with real() as place:
            for who, command, own, goal in _workers(images, video):
                usage += _alone(who, command, {**place.settings, **own}, goal, 1 if quick else STARTS)
            usage += _fallback(place, images)
        with embedded() as place:
            usage += _flat(place, images, seconds=6 if quick else 40)
    return Result(
        "memory",
        "Resident memory and start to ready",
        tuple(usage),
        conditions="real servers unless said otherwise; ready is /readyz; page cache warm",
    )


def _workers(images: Path, video: Path) -> list[tuple[str, str, dict[str, object], int]]:
    folder = {"camera": "still", "source": f"folder:{images}"}
    return [
        ("camera", "camera", dict[str, object](folder), 80),
        ("camera with video", "camera", {"camera": "belt", "source": f"video:{video}"}, 140),
        ("encoder", "encoder", {}, 120),
        ("publisher", "publisher", {}, 120),
    ]


def _alone(who: str, command: str, settings: Mapping[str, object], goal: int, starts: int) -> list[Estimate]:
    took, held = [], []
    for _ in range(starts):
        began = time.monotonic()
        worker = start(who, command, settings)
        try:
            wait_for(worker.ready, f"{who} ready", step_s=0.01)
            took.append(time.monotonic() - began)
            pause(2.0)
            held.append(worker.resident() / MIB)
        finally:
            stop(worker)
    return [
        Estimate(f"{who}: resident", max(held), "MiB", f"<= {goal}"),
        Estimate(f"{who}: start to ready", statistics.median(took), "s", READY_GOAL),
    ]


def _fallback(place: Place, images: Path) -> list[Estimate]:
    """A publisher whose model server is away: it judges by itself."""
    away = {**place.settings, "classifier": f"grpc://127.0.0.1:{free_port()}", "classifier_fallback_ms": 100}
    camera = {"camera": "fallback", "source": f"folder:{images}", "rate": 5}
    publisher = start("publisher", "publisher", away)
    try:
        commands = {
            "encoder": ("encoder", place.settings),
            "camera": ("camera", {**place.settings, **camera}),
        }
        with supervisor(commands):
            wait_for(publisher.ready, "publisher ready")
            wait_for(lambda: publisher.metric("marbleline_verdicts_fallback_total") > 20, "fallback judging")
            held = publisher.resident() / MIB
    finally:
        stop(publisher)
    return [Estimate("publisher while it judges by itself: resident", held, "MiB", "<= 180")]


def _flat(place: Place, images: Path, seconds: float) -> list[Estimate]:
    """Memory at a third of the time and at its end, more pictures coming than can be judged."""
    load = {"camera": "load", "source": f"folder:{images}", "rate": 1000}
    commands = {
        "encoder": ("encoder", place.settings),
        "publisher": ("publisher", place.settings),
        "camera": ("camera", {**place.settings, **load, "spool_bytes": 50_000_000}),
    }
    with supervisor(commands) as workers:
        pause(seconds / 3)
        early = _resident(workers)
        pause(seconds * 2 / 3)
        late = _resident(workers)
    return [
        Estimate(f"{who}, embedded, overloaded: later against earlier", late[who] / early[who], "x", "1")
        for who in workers
    ] + [Estimate(f"{who}, embedded, overloaded: resident", late[who] / MIB, "MiB") for who in workers]


def _resident(workers: Mapping[str, Worker]) -> dict[str, int]:
    return {name: worker.resident() for name, worker in workers.items()}


def _video(path: Path) -> Path:
    """Two seconds of slabs."""
    import io

    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 10, (640, 480))
    for content in pictures()[:20]:
        writer.write(np.asarray(Image.open(io.BytesIO(content)))[:, :, ::-1])
    writer.release()
    return path
