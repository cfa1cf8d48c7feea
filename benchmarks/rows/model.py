"""The model in other runtimes and precisions: what a picture costs, and what its answers are worth."""

import json
import os
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from tests.services.missing import ServerMissing

from benchmarks.pictures import pictures
from benchmarks.report import Estimate, Result
from benchmarks.runtimes.candidates import CANDIDATES
from benchmarks.workers import model_folder
from marbleline.domain.input_spec import InputSpec
from marbleline.domain.model import CLASSES, Manifest, Thresholds, load_manifest, newest_version
from marbleline.domain.picture import Pixels, fit, model_input, read
from marbleline.errors import SettingError
from marbleline.synthetic import STONES, draw
from marbleline.training.data.dataset import Sample, find_sets, read_index
from marbleline.training.evaluate import metrics
from marbleline.training.evaluate.evaluate import SYNTHETIC_SEED

ROOT: Final = Path(__file__).parents[2]
PYTHON: Final = ROOT / ".venv-runtimes" / "bin" / "python"
DATA: Final = "BENCH_DATA"
CALIBRATION: Final = 48
DRAWN: Final = 120
_CALIBRATION_SEED: Final = 30_000_000

Labelled = tuple[bool, str]
"""Whether a picture is faulty, and the slab that it is of."""


def run(quick: bool) -> Result:
    """Cost and quality of each candidate, the quality beside that of the first.

    Data sets below the folder that the variable ``BENCH_DATA`` names are judged too, but for their training
    splits; of those, some pictures calibrate.
    """
    if not PYTHON.exists():
        raise ServerMissing("the runtimes are not installed: make bench BENCH=model installs them")
    folder = newest_version(model_folder())
    manifest = load_manifest(folder)
    with tempfile.TemporaryDirectory(prefix="marbleline-bench-") as name:
        scratch = Path(name)
        labelled = _write_inputs(scratch, manifest, quick)
        subprocess.run(
            [PYTHON, "-m", "benchmarks.runtimes", folder / "model.tflite", scratch],
            check=True,
            cwd=ROOT,
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "ONEDNN_VERBOSE": "0"},
        )
        results = json.loads((scratch / "results.json").read_text(encoding="utf-8"))
        usage: list[Estimate] = []
        shipped = _answers(scratch, 0)
        for number, one in enumerate(results):
            if one["error"]:
                print(f"model: {one['name']}: {one['error']}", flush=True)
                continue
            usage += _cost(one)
            usage += _quality(one["name"], _answers(scratch, number), shipped, labelled, manifest.thresholds)
    return Result(
        "model",
        "The model in other runtimes and precisions",
        tuple(usage),
        conditions="a picture of 640x480, decoded; CPU is user and kernel time of the process, the middle of "
        "five rounds in which the candidates take turns; quality as a difference to LiteRT float32 with its "
        "95 % interval, by whole slabs; data sets without their training splits",
    )


def _cost(one: dict[str, Any]) -> list[Estimate]:
    name = one["name"]
    found = [Estimate(f"{name}: file", one["file_bytes"] / 2**20, "MiB")]
    for batch, threads, cpu, wall in one["times"]:
        how = f"{name}: batch {batch}, {threads} thread{'s' * (threads > 1)}"
        goal = "<= 5" if (batch, threads) == (8, 1) else ""
        found += [Estimate(f"{how}, CPU", cpu, "ms", goal), Estimate(f"{how}, wall", wall, "ms")]
    return found


def _quality(
    name: str,
    answers: dict[str, NDArray[np.float32]],
    shipped: dict[str, NDArray[np.float32]],
    labelled: dict[str, Labelled],
    thresholds: Thresholds,
) -> list[Estimate]:
    found = []
    for data in sorted({key.split("/")[0] for key in labelled}):
        keys = [key for key in labelled if key.split("/")[0] == data]
        faulty = np.array([labelled[key][0] for key in keys])
        groups = np.array([labelled[key][1] for key in keys])
        own, base = (np.stack([one[key] for key in keys]) for one in (answers, shipped))
        ours, theirs = 1.0 - own[:, 0].astype(np.float64), 1.0 - base[:, 0].astype(np.float64)
        decided, before = (_decided(one, thresholds) for one in (own, base))
        if faulty.any() and not faulty.all():
            found.append(Estimate(f"{name}: {data}, AUROC", metrics.auroc(ours, faulty), ""))
            found.append(
                _difference(
                    f"{name}: {data}, AUROC, difference",
                    metrics.by_group(
                        lambda rows, f=faulty, p=ours, q=theirs: (
                            metrics.auroc(p[rows], f[rows]) - metrics.auroc(q[rows], f[rows])
                        ),
                        groups,
                    ),
                )
            )
        found.append(Estimate(f"{name}: {data}, decided", float(decided.mean()) * 100, "%"))
        found.append(
            _difference(
                f"{name}: {data}, decided, difference",
                metrics.by_group(
                    lambda rows, d=decided, b=before: 100 * float(d[rows].mean() - b[rows].mean()), groups
                ),
                "points",
            )
        )
    return [] if answers is shipped else found


def _difference(name: str, found: metrics.Estimate, unit: str = "") -> Estimate:
    return Estimate(name, found.value, unit, low=found.low, high=found.high)


def _decided(answers: NDArray[np.float32], thresholds: Thresholds) -> NDArray[np.bool_]:
    """Which pictures the line decides by itself, of scores and anomaly [n, classes + 1]."""
    faulty, anomaly = 1.0 - answers[:, 0], answers[:, len(CLASSES)]
    passed = (faulty <= thresholds.good_upto) & (anomaly <= thresholds.anomaly_upto)
    return np.asarray((faulty >= thresholds.faulty_from) | passed)


def _answers(folder: Path, number: int) -> dict[str, NDArray[np.float32]]:
    path = folder / f"answers-{number}.npz"
    if not path.exists():
        return {}
    with np.load(path) as file:
        return {name: file[name] for name in file.files}


def _write_inputs(folder: Path, manifest: Manifest, quick: bool) -> dict[str, Labelled]:
    """The pictures at each size of an input that a candidate takes; returns what is known of those judged."""
    root = os.environ.get(DATA)
    samples = _samples(Path(root)) if root else []
    drawn = [
        draw(SYNTHETIC_SEED + n, stone=_stone(n), label=CLASSES[n % len(CLASSES)])
        for n in range(24 if quick else DRAWN)
    ]
    judged = [(key, sample) for key, sample in samples if sample.split != "train"][:: 8 if quick else 1]
    to_calibrate = _calibration([sample for _, sample in samples if sample.split == "train"], quick)
    for side in {candidate.side for candidate in CANDIDATES}:
        spec = manifest.input
        if side:
            spec = replace(spec, short_side=side, max_long_side=4 * side)
        inputs = {f"time/{n}": model_input(content, spec) for n, content in enumerate(pictures())}
        inputs |= {f"calibrate/{n}": fit(rgb, spec) for n, rgb in enumerate(to_calibrate)}
        inputs |= {f"drawn/{n}": fit(slab.rgb, spec) for n, slab in enumerate(drawn)}
        inputs |= {key: _input(sample, spec) for key, sample in judged}
        np.savez(folder / f"inputs-{side}.npz", **inputs)  # type: ignore[arg-type]
    known = {f"drawn/{n}": (CLASSES[n % len(CLASSES)] != "good", f"slab {n}") for n in range(len(drawn))}
    return known | {key: (sample.meaning != "good", sample.group) for key, sample in judged}


def _samples(root: Path) -> list[tuple[str, Sample]]:
    """Name and sample of every picture whose label the model knows; sets of another product are left out."""
    found = []
    for name, folder in find_sets(root).items():
        try:
            found += [(f"{name}/{number}", sample) for number, sample in enumerate(read_index(folder))]
        except SettingError as error:
            print(f"model: {error}", flush=True)
    return [(key, sample) for key, sample in found if sample.meaning != "unsure"]


def _calibration(train: list[Sample], quick: bool) -> list[Pixels]:
    """Half of them drawn, half of them of the training splits, spread evenly; all drawn without data."""
    count = 8 if quick else CALIBRATION
    real = [read(sample.path.read_bytes()).rgb for sample in train[:: max(1, len(train) // (count // 2))]]
    drawn = [
        draw(_CALIBRATION_SEED + n, stone=_stone(n), label=CLASSES[n % len(CLASSES)]).rgb
        for n in range(count - len(real))
    ]
    return [*real, *drawn]


def _input(sample: Sample, spec: InputSpec) -> Pixels:
    return fit(read(sample.path.read_bytes(), spec).rgb, spec)


def _stone(number: int) -> str:
    return list(STONES)[number // len(CLASSES) % len(STONES)]
