"""A run: a fake GigE Vision camera is killed at even intervals, stays away for a while, and comes back."""

import io
import json
import random
import time
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import numpy as np
import psutil
from PIL import Image

from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.domain.clock import now
from marbleline.domain.verdict import Verdict
from marbleline.ports.verdicts import VerdictQuery
from tests.builders import SECOND, wait_until
from tests.faults.line_under_test import LineUnderTest
from tests.services.gige_camera import SERIAL, GigeCamera, gige_camera, is_whole
from tests.services.processes import free_ports

_RECORD_S: Final = 120.0
_LONGEST_AWAY_S: Final = 15.0
_PACKET: Final = 1400
# Every other time the camera comes back it loses so many packets of a thousand: 188 make a frame.
_LOST_PACKETS: Final = 3
_INCOMPLETE: Final = "marbleline_frames_incomplete_total"


@dataclass(frozen=True, slots=True)
class Kill:
    """Microseconds UTC: the camera was killed, and answered again."""

    killed_at: int
    back_at: int


@dataclass(frozen=True, slots=True)
class Run:
    """What a run showed.

    ``noticed_s``   seconds from each kill until the worker said so, if that was before the camera was back
    ``recovered_s`` seconds from its first answer until the capture of a frame that was judged
    ``judged``      verdicts; ``broken`` of them are of a picture that was not whole
    ``missing``     sequences up to the highest without a verdict
    ``incomplete``  frames that were discarded
    ``up_s``        seconds in which the camera gave frames
    ``cpu_s``       CPU seconds of each worker
    """

    noticed_s: Sequence[float]
    recovered_s: Sequence[float]
    judged: int
    broken: int
    missing: int
    incomplete: int
    up_s: float
    cpu_s: dict[str, float]


def run(folder: Path, seconds: float, kills: int, rate: float, seed: int = 1) -> Run:
    """Judge the camera's frames for so long, and kill it so many times.

    Raises AssertionError if a worker ended by itself or the frames did not get on record; ServerMissing.
    """
    line = LineUnderTest(folder, {"camera": "camera-1", "log_format": "json"})
    [port] = free_ports(1)
    with gige_camera() as camera:
        camera.start()
        try:
            _start(line, rate, port)
            wait_until(lambda: _captured(line), 60.0, "the first frame")
            done = list(_break(camera, seconds, kills, random.Random(seed)))
            ended = [name for name, one in line.workers.items() if one.process.poll() is not None]
            assert ended == [], line.logs()
            incomplete = _counter(port, _INCOMPLETE)
            cpu_s = {name: _cpu_s(one.process.pid) for name, one in line.workers.items()}
            assert line.stop("camera") == 0
            wait_until(lambda: _captured(line) == len(_verdicts(line)), _RECORD_S, "all verdicts")
        finally:
            line.close()
    return _result(line, done, incomplete, cpu_s)


def _start(line: LineUnderTest, rate: float, port: int) -> None:
    line.start_all(
        source=f"genicam:{SERIAL}",
        rate=str(rate),
        genicam_packet_size=str(_PACKET),
        health_port=str(port),
        spool_bytes="4000000000",
    )


def _break(camera: GigeCamera, seconds: float, kills: int, chance: random.Random) -> Iterator[Kill]:
    began = time.monotonic()
    for number in range(1, kills + 1):
        time.sleep(max(0.0, began + number * seconds / (kills + 1) - time.monotonic()))
        killed_at = now()
        camera.kill()
        time.sleep(chance.uniform(0.0, min(_LONGEST_AWAY_S, seconds / kills / 3)))
        camera.start(lost=_LOST_PACKETS * (number % 2))
        yield Kill(killed_at, now())
    time.sleep(max(0.0, began + seconds - time.monotonic()))


def _result(line: LineUnderTest, kills: Sequence[Kill], incomplete: int, cpu_s: dict[str, float]) -> Run:
    verdicts = _verdicts(line)
    captured = sorted(one.frame.captured_at for one in verdicts)
    sequences = {one.frame.sequence for one in verdicts}
    losses = _losses(line.folder / "camera.log")
    noticed, recovered, away_us = [], [], 0
    for kill in kills:
        first = next(at for at in captured if at > kill.back_at)
        told = [at for at in losses if kill.killed_at < at < first]
        noticed += [(told[0] - kill.killed_at) / SECOND] if told else []
        recovered.append((first - kill.back_at) / SECOND)
        away_us += first - kill.killed_at
    return Run(
        noticed,
        recovered,
        len(verdicts),
        sum(not whole for whole in _whole(line, verdicts)),
        max(sequences) - len(sequences),
        incomplete,
        (captured[-1] - captured[0] - away_us) / SECOND,
        cpu_s,
    )


def _verdicts(line: LineUnderTest) -> list[Verdict]:
    store = SqliteStore(line.folder / "data" / "store.db")
    try:
        found: list[Verdict] = []
        after: str | None = None
        while page := store.search(VerdictQuery(), 1000, after):
            found += page
            after = page[-1].frame.frame_id
    finally:
        store.close()
    return found


def _whole(line: LineUnderTest, verdicts: Sequence[Verdict]) -> Iterator[bool]:
    store = SqliteStore(line.folder / "data" / "store.db")
    try:
        for one in verdicts:
            picture = store.image(one.frame.frame_id)
            yield picture is not None and is_whole(np.asarray(Image.open(io.BytesIO(picture))))
    finally:
        store.close()


def _captured(line: LineUnderTest) -> int:
    """Frames that the camera says it captured."""
    store = SqliteStore(line.folder / "data" / "store.db")
    try:
        return sum(one.captured for one in store.cameras())
    finally:
        store.close()


def _losses(log: Path) -> list[int]:
    """When the camera worker said that its camera was lost, microseconds UTC."""
    lines = [json.loads(line) for line in log.read_text().splitlines() if "genicam.lost" in line]
    return [round(datetime.fromisoformat(one["@timestamp"]).timestamp() * SECOND) for one in lines]


def _counter(port: int, name: str) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    return round(sum(float(one.split()[-1]) for one in lines if one.startswith(name + "{")))


def _cpu_s(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system


def as_text(result: Run) -> str:
    """What a person reads."""
    lines = []
    for what, seconds in (("noticed", result.noticed_s), ("frames again", result.recovered_s)):
        if seconds:
            middle = sorted(seconds)[len(seconds) // 2]
            lines += [f"{what}: median {middle:.2f}, at most {max(seconds):.2f} s, of {len(seconds)} kills"]
    rate = result.judged / result.up_s
    lines += [f"judged: {result.judged}, {rate:.2f} per second while the camera was there"]
    each = ", ".join(f"{name} {1000 * cpu / result.judged:.1f}" for name, cpu in result.cpu_s.items())
    lines += [f"CPU per judged frame, ms: {each}"]
    lines += [f"incomplete frames: {result.incomplete} discarded, {result.broken} judged"]
    return "\n".join([*lines, f"sequences missing: {result.missing}"])
