"""``.venv-runtimes/bin/python -m benchmarks.runtimes MODEL FOLDER``: run every candidate on pictures.

FOLDER holds ``inputs-SIDE.npz`` for each short side of an input: ``time/N``, ``calibrate/N`` and pictures
whose answers are wanted, each uint8 [height, width, 3]. Writes ``answers-N.npz`` (scores and anomaly per
picture) for candidate N and ``results.json``.
"""

import argparse
import json
import resource
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.runtimes.candidates import CANDIDATES, Candidate, Pixels, Run

SIZES: Final = {1: (1, 8, 32), 2: (1,)}
"""Threads -> the batches that are measured with so many."""
ROUNDS: Final = 5


@dataclass
class Measured:
    """``times`` are (batch, threads, CPU ms, wall ms) a picture; ``error`` says why there are none."""

    name: str
    error: str = ""
    file_bytes: int = 0
    times: list[tuple[int, int, float, float]] = field(default_factory=list)


def main() -> int:
    """Exit code 0, whatever could not be had is said in the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("folder", type=Path)
    args = parser.parse_args()
    folder: Path = args.folder
    measured, files = [], {}
    for number, candidate in enumerate(CANDIDATES):
        one = Measured(candidate.name)
        measured.append(one)
        print(f"{candidate.name} ...", file=sys.stderr, flush=True)
        inputs = _inputs(folder, candidate)
        try:
            files[number] = candidate.make(args.model, folder, _under(inputs, "calibrate"))
            _answer(candidate.open(files[number], 1), inputs, folder / f"answers-{number}.npz")
        except Exception as error:  # a converter that fails is a result, of whatever type its error is
            one.error = f"{type(error).__name__}: {error}"[:300]
            continue
        one.file_bytes = sum(path.stat().st_size for path in _parts(files[number]))
    for threads, sizes in SIZES.items():
        runs = {n: CANDIDATES[n].open(file, threads) for n, file in files.items() if not measured[n].error}
        for batch in sizes:
            batches = {
                n: np.stack(_several(_under(_inputs(folder, CANDIDATES[n]), "time"), batch)) for n in runs
            }
            for n, (cpu, wall) in _alternate(runs, batches).items():
                measured[n].times.append((batch, threads, cpu * 1e3, wall * 1e3))
    (folder / "results.json").write_text(json.dumps([vars(one) for one in measured]), encoding="utf-8")
    return 0


def _alternate(runs: dict[int, Run], batches: dict[int, Pixels]) -> dict[int, tuple[float, float]]:
    """Candidate -> CPU and wall seconds a picture: the middle of rounds in which each had its turn."""
    found: dict[int, list[tuple[float, float]]] = {n: [] for n in runs}
    for n, run in runs.items():
        run(batches[n])
    for _ in range(ROUNDS):
        for n, run in runs.items():
            batch = batches[n]
            times = max(1, 16 // len(batch))
            cpu, wall = _cpu(), time.perf_counter()
            for _ in range(times):
                run(batch)
            pictures = times * len(batch)
            found[n].append(((_cpu() - cpu) / pictures, (time.perf_counter() - wall) / pictures))
    return {
        n: (statistics.median(cpu for cpu, _ in each), statistics.median(wall for _, wall in each))
        for n, each in found.items()
    }


def _cpu() -> float:
    """User and system seconds of this process, all its threads."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _answer(run: Run, inputs: dict[str, Pixels], path: Path) -> None:
    """Write what the candidate says of each picture: its scores [4] and, last, its anomaly."""
    found: dict[str, Any] = {}
    for name, picture in inputs.items():
        if not name.startswith(("time/", "calibrate/")):
            outputs = run(picture[None])
            found[name] = np.append(outputs["scores"][0], outputs["anomaly"][0])
    np.savez(path, **found)


def _inputs(folder: Path, candidate: Candidate) -> dict[str, Pixels]:
    with np.load(folder / f"inputs-{candidate.side}.npz") as file:
        return {name: file[name] for name in file.files}


def _under(inputs: dict[str, Pixels], kind: str) -> list[Pixels]:
    return [picture for name, picture in inputs.items() if name.startswith(f"{kind}/")]


def _several(pictures: Sequence[Pixels], count: int) -> list[Pixels]:
    return [pictures[n % len(pictures)] for n in range(count)]


def _parts(file: Path) -> list[Path]:
    weights = file.with_suffix(".bin")
    return [file, weights] if weights.exists() else [file]


if __name__ == "__main__":
    sys.exit(main())
