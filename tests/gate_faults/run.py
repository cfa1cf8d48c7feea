"""A run: slabs go by, eight a second, while one thing after the other is broken; then all are checked."""

import json
import signal
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.domain.verdict import Verdict
from marbleline.ports.verdicts import VerdictQuery
from tests.builders import wait_until
from tests.gate_faults.account import Account, count
from tests.gate_faults.faults import Faults, belt_with_faults
from tests.gate_faults.plant import GatePlant

# Before the first slab comes all processes are up.
_AHEAD_S: Final = 8.0
_RECORD_S: Final = 120.0


@dataclass(frozen=True, slots=True)
class Run:
    """What a run showed. ``latencies`` from trigger to valid, milliseconds, sorted."""

    account: Account
    faults: Counter[str]
    triggers_lost: int
    triggers_bounced: int
    latencies: list[float]


def run(folder: Path, slabs: int, faults: int, seed: int = 1, *, trusting: bool = False) -> Run:
    """Let so many slabs go by while so many things are broken.

    Raises AssertionError if a process ended by itself.
    """
    belt = belt_with_faults(time.monotonic() + _AHEAD_S, slabs, seed)
    plant = GatePlant(folder, belt, trusting)
    breaking = Faults(plant, seed)
    over = threading.Event()
    last = belt.start + (slabs * belt.pitch_mm + belt.gate_mm) / belt.speed_mm_s
    try:
        plant.start_line()
        plant.start_plc()
        plant.start_station()
        time.sleep(max(0.0, belt.start - time.monotonic()))
        breaking.run(faults, last - 5.0, over)
        while belt.passed_gate(time.monotonic()) < slabs:
            time.sleep(0.1)
        for name in plant.processes:
            assert plant.alive(name), f"{name} ended by itself\n{plant.logs()}"
        # The belt goes on, so the spool is seldom empty: what counts is what it held after the last slab.
        held = _spooled(plant)
        wait_until(lambda: not held & _spooled(plant), _RECORD_S, f"the record\n{plant.logs()}")
        plant.signal("station", signal.SIGTERM)
        plant.processes["station"].process.wait(20)
        verdicts = _verdicts(plant)
        account = count(slabs, belt, plant.events(), verdicts)
    finally:
        over.set()
        plant.close()
    bounced = sum(slab <= slabs for slab in belt.bounces)
    return Run(account, breaking.done, len(belt.lost), bounced, _latencies(plant))


def as_text(result: Run) -> str:
    """What a person reads, with the account's line last."""
    account = result.account
    lines = ["Faults:"]
    lines += [f"  {number:5d}  {name}" for name, number in result.faults.most_common()]
    lines += [
        f"  {result.triggers_lost:5d}  triggers lost",
        f"  {result.triggers_bounced:5d}  triggers doubled",
    ]
    lines += ["False rejects by cause:"]
    lines += [f"  {number:5d}  {cause}" for cause, number in account.rejected.most_common()]
    found = result.latencies
    if found:
        p50, p95, p99 = (found[min(len(found) - 1, int(len(found) * part))] for part in (0.5, 0.95, 0.99))
        lines += [f"Trigger to valid: p50 {p50:.0f}, p95 {p95:.0f}, p99 {p99:.0f} ms ({len(found)} results)"]
    lines += [f"Passed: {account.passed}, faulty and rejected: {account.faulty_rejected}"]
    lines += [*account.wrong[:20], *account.torn[:20], account.line()]
    return "\n".join(lines)


def _verdicts(plant: GatePlant) -> list[Verdict]:
    store = SqliteStore(plant.data / "store.db")
    try:
        found: list[Verdict] = []
        after: str | None = None
        while page := store.search(VerdictQuery(), 1000, after):
            found += page
            after = page[-1].frame.frame_id
    finally:
        store.close()
    return found


def _spooled(plant: GatePlant) -> set[str]:
    """The frames in the station's spool that nobody has confirmed; the newest may stay, as its counter."""
    return {frame.name for frame in (plant.data / "spool" / "camera" / "frames").glob("*.frame")}


def _latencies(plant: GatePlant) -> list[float]:
    lines = (plant.folder / "station.log").read_text(errors="replace").splitlines()
    told = [json.loads(line)["marbleline"] for line in lines if '"gate.result"' in line and line[-1] == "}"]
    return sorted(float(one["after_ms"]) for one in told if one["outcome"] == "told")
