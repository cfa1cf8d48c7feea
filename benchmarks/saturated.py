"""A line that has more pictures than it can judge: what it does in a second, and what a frame costs it."""

import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from benchmarks.servers import Place
from benchmarks.workers import Worker, start, stop, supervisor, wait_for
from marbleline.adapters.brokers.rabbitmq import RabbitMQBroker
from marbleline.adapters.brokers.sqlite import SqliteBroker
from marbleline.ports.broker import Broker

LIMIT_S = 300.0
WARM_UP = 32


@dataclass(frozen=True)
class Load:
    """``frames`` in all, of ``cameras`` cameras; processes of each kind."""

    frames: int
    cameras: int = 1
    encoders: int = 1
    publishers: int = 1


@dataclass(frozen=True)
class Run:
    """``cpu`` is CPU seconds of a frame by process. ``rss`` the most bytes each held."""

    frames: int
    seconds: float
    cpu: Mapping[str, float]
    rss: Mapping[str, int]
    written: Mapping[str, float]

    @property
    def rate(self) -> float:
        """Frames a second, from the first capture to the last verdict on record."""
        return self.frames / self.seconds

    @property
    def cpu_each(self) -> float:
        """CPU seconds of a frame, all processes and servers."""
        return sum(self.cpu.values())


def run_saturated(
    place: Place,
    images: Path,
    load: Load,
    settings: Mapping[str, object] | None = None,
    watch: Callable[[Mapping[str, Worker]], None] = lambda workers: None,
) -> Run:
    """Let a whole line judge so many pictures as fast as it can, all durable, no console."""
    own = {**place.settings, **(settings or {})}
    workers = {f"encoder-{n}": ("encoder", own) for n in range(load.encoders)}
    workers |= {f"publisher-{n}": ("publisher", own) for n in range(load.publishers)}
    with supervisor(workers) as running:
        _warm_up(place, images, own)
        before = _cpu(running, place)
        wrote = {name: worker.written() for name, worker in running.items()}
        cameras: dict[str, Worker] = {}
        each = load.frames // load.cameras
        for n in range(load.cameras):
            camera = {
                "camera": f"camera-{n}",
                "source": f"folder:{images}",
                "rate": 1000,
                "frames": each,
            }
            cameras[f"camera-{n}"] = start(f"camera-{n}", "camera", {**own, **camera})
        try:
            # A camera's start is no part of a frame: what it spent until its first frame is left out.
            for worker in cameras.values():
                wait_for(lambda worker=worker: _captured(worker), "first frame", step_s=0.01)
            began = time.monotonic()
            started = {name: worker.cpu() for name, worker in cameras.items()}
            ended: dict[str, float] = {}
            rss: dict[str, int] = {}
            with closing(connect(place)) as broker:
                total = each * load.cameras

                def done() -> bool:
                    for name, worker in cameras.items():
                        if worker.process.poll() is None:
                            ended[name] = worker.cpu()
                    for name, worker in (running | cameras).items():
                        if worker.process.poll() is None:
                            rss[name] = max(rss.get(name, 0), worker.resident())
                    watch(running)
                    return not cameras_run(cameras) and not any(one.total for one in broker.depths().values())

                wait_for(done, f"{total} frames judged and recorded", LIMIT_S, step_s=0.2)
            seconds = time.monotonic() - began
            after = _cpu(running, place)
            written = {name: (worker.written() - wrote[name]) / total for name, worker in running.items()}
        finally:
            for worker in cameras.values():
                stop(worker)
    cpu = {name: (after[name] - before[name]) / total for name in after}
    cpu |= {name: max(0.0, ended.get(name, 0.0) - started[name]) / total for name in cameras}
    return Run(total, seconds, _by_kind(cpu), _by_kind_most(rss), _by_kind(written))


def _warm_up(place: Place, images: Path, own: Mapping[str, object]) -> None:
    """A few frames first: what is made once (indexes, imports, connections) is no part of a frame."""
    camera = {"camera": "warm", "source": f"folder:{images}", "rate": 1000, "frames": WARM_UP}
    worker = start("warm", "camera", {**own, **camera})
    try:
        with closing(connect(place)) as broker:
            wait_for(
                lambda: (
                    worker.process.poll() is not None
                    and not any(one.total for one in broker.depths().values())
                ),
                f"{WARM_UP} first frames judged and recorded",
            )
    finally:
        stop(worker)


def cameras_run(cameras: Mapping[str, Worker]) -> bool:
    """Whether a camera still has pictures to take or to hand on."""
    return any(worker.process.poll() is None for worker in cameras.values())


def connect(place: Place) -> Broker:
    """A connection to the line's broker."""
    address = str(place.settings.get("broker", ""))
    if address:
        return RabbitMQBroker(address, worker="bench")
    return SqliteBroker(place.data / "broker.db")


def _captured(worker: Worker) -> bool:
    if worker.process.poll() is not None:
        return True
    try:
        return worker.metric("marbleline_camera_state") > 0
    except OSError:
        return False


def _cpu(workers: Mapping[str, Worker], place: Place) -> dict[str, float]:
    return {**{name: worker.cpu() for name, worker in workers.items()}, **place.cpu()}


def _by_kind(values: Mapping[str, float]) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, value in values.items():
        kind = name.rsplit("-", 1)[0]
        found[kind] = found.get(kind, 0.0) + value
    return found


def _by_kind_most(values: Mapping[str, int]) -> dict[str, int]:
    found: dict[str, int] = {}
    for name, value in values.items():
        kind = name.rsplit("-", 1)[0]
        found[kind] = max(found.get(kind, 0), value)
    return found
