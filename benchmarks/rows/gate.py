"""From the PLC's trigger to the valid word, beside the model's time; station and soft PLC as processes."""

import json
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from tests.builders import wait_until
from tests.services.processes import free_ports

from benchmarks.listener import pause, percentile
from benchmarks.report import Estimate, Result
from marbleline.bootstrap.adapters import open_store
from marbleline.bootstrap.catalogue import load
from marbleline.ports.verdicts import VerdictQuery

RATE: Final = 2.0
_CAMERAS: Final = '[[cameras]]\ncamera = "camera-{number}"\nsource = "belt:{belt}"\n'


def run(quick: bool) -> Result:
    """One and four cameras, the shipped model."""
    usage: list[Estimate] = []
    for cameras in (1, 4):
        seconds = 10 if quick else 60
        with tempfile.TemporaryDirectory() as folder:
            latencies, models = inspect(Path(folder), cameras, seconds)
        name = f"{cameras} camera(s)"
        goals = {0.5: "", 0.95: "<= 60", 0.99: "<= 100"}
        usage += [
            Estimate(f"{name}: p{round(q * 100)}", percentile(latencies, q), "ms", goal)
            for q, goal in goals.items()
        ]
        usage.append(Estimate(f"{name}: model, p50", percentile(models, 0.5), "ms"))
        usage.append(Estimate(f"{name}: told of triggers", 100 * len(latencies) / (seconds * RATE), "%"))
    return Result(
        "gate",
        "Trigger to the confirmed valid word at the reject gate",
        tuple(usage),
        conditions=f"shipped model in process, 640x480 JPEG, {RATE:g} slabs a second, Modbus TCP on this"
        " machine; from the earliest that the trigger can have come",
    )


def inspect(folder: Path, cameras: int, seconds: float) -> tuple[list[float], list[float]]:
    """Milliseconds from trigger to valid, and of the model per slab, of a station that runs for so long."""
    [port] = free_ports(1)
    belt, log, data = folder / "belt", folder / "gate.log", ["--data", str(folder / "data")]
    settings = folder / "station.toml"
    own = (_CAMERAS.format(number=number, belt=belt) for number in range(1, cameras + 1))
    settings.write_text("".join(own), encoding="utf-8")
    station = ["gate", *data, "--config", str(settings), "--gate", f"modbus:127.0.0.1:{port}"]
    station += ["--gate-deadline-ms", "300", "--gate-exposure-ms", "200", "--log-format", "json"]
    with ExitStack() as running:
        _start(
            running, ["softplc", str(belt), "--modbus", str(port), "--rate", str(RATE)], folder / "plc.log"
        )
        wait_until((belt / "belt.json").exists, 60, "the soft PLC")
        _start(running, ["publisher", *data], folder / "publisher.log")
        _start(running, station, log)
        wait_until(lambda: "gate.result" in log.read_text(encoding="utf-8"), 60, "the first result")
        pause(3.0)  # the first slabs meet an interpreter and caches that are cold
        skipped = len(log.read_text(encoding="utf-8"))
        pause(seconds)
        lines = log.read_text(encoding="utf-8")[skipped:].splitlines()
        wait_until(lambda: len(_models(folder)) > seconds, 60, "the record")
    told = [json.loads(line)["marbleline"] for line in lines if '"gate.result"' in line and line[-1] == "}"]
    return sorted(one["after_ms"] for one in told if one["outcome"] == "told"), _models(folder)


def _models(folder: Path) -> list[float]:
    """How long the model took for each slab of the newest frames on record, milliseconds, sorted."""
    store = open_store(load({"data": str(folder / "data")}, {}))
    try:
        found = store.search(VerdictQuery(), 400, None)
    finally:
        store.close()
    stages = [one.stages for one in found if (one.frame.tile or 1) == 1]
    return sorted((one.classified_at - one.publisher_taken_at) / 1000 for one in stages)


def _start(running: ExitStack, command: list[str], log: Path) -> None:
    with log.open("wb") as sink:
        process = subprocess.Popen([sys.executable, "-m", "marbleline", *command], stdout=sink, stderr=sink)
    running.callback(_stop, process)


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    process.wait(30)
