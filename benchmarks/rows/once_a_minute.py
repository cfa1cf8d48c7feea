"""Compared with a script that runs once a minute, on the same pictures; its minute is shortened to 10 s."""

import base64
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.listener import listening, pause, percentile
from benchmarks.pictures import folder_of_pictures, pictures
from benchmarks.report import Estimate, Result
from benchmarks.servers import embedded
from benchmarks.workers import model_folder, supervisor

MINUTE_S: Final = 10.0
SCALE: Final = 60 / MINUTE_S
_TABLES: Final = (
    "CREATE TABLE documents (id INTEGER PRIMARY KEY, at REAL, image TEXT);"
    "CREATE TABLE images (image TEXT); CREATE TABLE labels (label TEXT);"
    "CREATE TABLE judged (id INTEGER, at REAL); CREATE TABLE costs (cpu REAL);"
)


@dataclass(frozen=True)
class HandlerResult:
    """Of so many pictures; delays in seconds, sorted."""

    pictures: int
    judged: Counter[int]
    delays: list[float]
    cpu: float


def run(quick: bool) -> Result:
    """100 pictures a minute, and 10 a minute."""
    minutes = 2 if quick else 4
    busy = their_way([n * MINUTE_S / 100 for n in range(100 * minutes)], minutes)
    calm = their_way([n * MINUTE_S / 10 for n in range(10 * minutes)], minutes)
    usage = [*_theirs("100 a minute", busy), *_theirs("10 a minute", calm), *_ours(minutes)]
    return Result(
        "once-a-minute",
        "A script that runs once a minute, and Marbleline, on the same pictures",
        tuple(usage),
        conditions=f"a minute of the script lasts {MINUTE_S:g} s here, its delays are given times {SCALE:g}; "
        "LiteRT and SQLite on both sides",
    )


def their_way(moments: list[float], minutes: int) -> HandlerResult:
    """Pictures stored at these seconds; the script started each minute."""
    with tempfile.TemporaryDirectory(prefix="marbleline-bench-") as name:
        path = Path(name) / "index.db"
        connection = sqlite3.connect(path, timeout=30)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(_TABLES)
        command = [sys.executable, "-m", "benchmarks.minute_program", str(path), str(model_folder())]
        began, runs = time.time(), []
        due, ticks = list(moments), [MINUTE_S * (n + 1) for n in range(minutes)]
        while due or ticks:
            passed = time.time() - began
            while due and due[0] <= passed:
                due.pop(0)
                image = base64.b64encode(pictures()[len(due) % len(pictures())]).decode()
                with connection:
                    connection.execute(
                        "INSERT INTO documents (at, image) VALUES (?, ?)", (time.time(), image)
                    )
            if ticks and ticks[0] <= passed:
                ticks.pop(0)
                runs.append(subprocess.Popen(command, stderr=subprocess.DEVNULL))
            time.sleep(0.01)
        for process in runs:
            process.wait(120)
        judged = Counter(number for (number,) in connection.execute("SELECT id FROM judged"))
        first = connection.execute(
            "SELECT min(judged.at) - documents.at FROM judged JOIN documents USING (id) GROUP BY id"
        )
        delays = sorted(delay for (delay,) in first)
        [(cpu,)] = connection.execute("SELECT sum(cpu) FROM costs")
        connection.close()
        return HandlerResult(len(moments), judged, delays, cpu)


def _theirs(name: str, found: HandlerResult) -> list[Estimate]:
    twice = sum(1 for count in found.judged.values() if count > 1)
    return [
        Estimate(f"theirs, {name}: never judged", (1 - len(found.judged) / found.pictures) * 100, "%"),
        Estimate(f"theirs, {name}: judged more than once", twice / found.pictures * 100, "%"),
        Estimate(f"theirs, {name}: delay p50", percentile(found.delays, 0.5) * SCALE, "s"),
        Estimate(f"theirs, {name}: delay p95", percentile(found.delays, 0.95) * SCALE, "s"),
        Estimate(
            f"theirs, {name}: CPU of a judged picture", found.cpu / max(1, len(found.judged)) * 1e3, "ms"
        ),
    ]


def _ours(minutes: int) -> list[Estimate]:
    """The same 100 pictures a minute, at the shortened minute's pace."""
    count = 100 * minutes
    with folder_of_pictures() as images, embedded() as place:
        source = {"camera": "top", "source": f"folder:{images}", "rate": 100 / MINUTE_S, "frames": count}
        with supervisor(
            {"encoder": ("encoder", place.settings), "publisher": ("publisher", place.settings)}
        ) as workers:
            before = sum(worker.cpu() for worker in workers.values())
            with listening(place) as heard:
                with supervisor({"camera": ("camera", {**place.settings, **source})}) as cameras:
                    camera = cameras["camera"].cpu()
                    while cameras["camera"].process.poll() is None:
                        camera = cameras["camera"].cpu()
                        pause(0.1)
                until = time.monotonic() + 30
                while len(heard.verdicts) < count and time.monotonic() < until:
                    pause(0.1)
            spent = sum(worker.cpu() for worker in workers.values()) - before + camera
    judged = Counter(verdict.frame.frame_id for _, verdict in heard.verdicts)
    twice = sum(1 for n in judged.values() if n > 1)
    delays = heard.delays_ms()
    return [
        Estimate("ours, 100 a minute: never judged", (1 - len(judged) / count) * 100, "%", "0"),
        Estimate("ours, 100 a minute: judged more than once", twice / count * 100, "%", "0"),
        Estimate("ours, 100 a minute: delay p50", percentile(delays, 0.5) / 1e3, "s"),
        Estimate("ours, 100 a minute: delay p95", percentile(delays, 0.95) / 1e3, "s"),
        Estimate(
            "ours, 100 a minute: CPU of a picture, start of the camera included", spent / count * 1e3, "ms"
        ),
    ]
