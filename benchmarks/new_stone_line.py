"""The story of a new stone on a real line: drift, labels, retrain, gate, shadow, promote, back.

    python -m benchmarks.new_stone_line DATA [--seed 0]

DATA has the folders ``patches`` and ``new_stone``. Slabs of the known stone pass the camera, then, slab by
slab, those of the new one. Everything is done by the commands that a person would give; the pictures that are
measured on are of slabs without a label. Needs TensorFlow. Exit code: 0, or 1 where the story breaks off.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.new_stone import LABELS, MODEL
from benchmarks.workers import free_port, wait_for
from marbleline.bootstrap.adapters import open_store
from marbleline.bootstrap.catalogue import load
from marbleline.cli import EXIT_DECLINED
from marbleline.domain.clock import now
from marbleline.domain.label import new_label
from marbleline.domain.verdict import Verdict
from marbleline.ports.annotations import ShadowVerdictQuery
from marbleline.ports.store import Store
from marbleline.ports.verdicts import VerdictQuery
from marbleline.training.data.dataset import Sample, read_index
from marbleline.training.evaluate.metrics import auroc, recall_at

CALM: Final = 400  # frames of the known stone before the change
STEP: Final = 10  # frames between two looks for drift
LAST: Final = 20  # frames that are left for the version that was promoted
STARTS_S: Final = 2.0  # what a command takes until it looks
CAMERA: Final = "top"


class BrokenOff(Exception):
    """The story can't go on: what was expected and what happened."""


@dataclass(frozen=True)
class Line:
    """A running line, whose camera takes pictures by HTTP."""

    environment: Mapping[str, str]
    url: str
    store: Store
    truth: dict[str, Sample]  # by the picture's SHA-256

    def say(self, *words: str, allowed: Sequence[int] = (0,)) -> tuple[int, str]:
        """Give a command; its exit code and output. Raises BrokenOff if the code is another."""
        command = [sys.executable, "-m", "marbleline", *words]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)
        if done.returncode not in allowed:
            raise BrokenOff(f"marbleline {' '.join(words)}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done.returncode, done.stdout

    def pass_by(self, samples: Sequence[Sample]) -> list[Verdict]:
        """Let slabs pass the camera; their verdicts, in that order, once all are on record."""
        began = now()
        for one in samples:
            self.truth[one.sha256] = one
            headers = {"Content-Type": "application/octet-stream", "X-Slab-Id": one.group}
            request = urllib.request.Request(self.url, data=one.path.read_bytes(), headers=headers)
            with urllib.request.urlopen(request, timeout=60):
                pass
        found: list[Verdict] = []

        def recorded() -> bool:
            found[:] = self.store.search(VerdictQuery(camera=CAMERA, since=began), len(samples) + 1)
            return len(found) == len(samples)

        wait_for(recorded, f"{len(samples)} verdicts on record", 120, step_s=0.1)
        return found[::-1]


@contextmanager
def running(model: Path, data: Path) -> Iterator[Line]:
    """A line with a shadow, on the embedded broker, store and model."""
    port = free_port()
    settings = {"model": model, "data": data, "camera": CAMERA, "source": f"http:127.0.0.1:{port}"}
    environment = os.environ | {f"MARBLELINE_{name.upper()}": str(value) for name, value in settings.items()}
    command = [sys.executable, "-m", "marbleline", "line", "--no-console", "--quiet", "--shadow", "candidate"]
    with (
        closing(open_store(load({"data": str(data)}))) as store,
        (data / "line.log").open("wb") as log,
    ):
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            wait_for(lambda: _listens(port), "a line that takes pictures", 60)
            yield Line(environment, f"http://127.0.0.1:{port}/frames", store, {})
        finally:
            process.terminate()
            process.wait(90)


def tell(line: Line, known: Sequence[Sample], new: Sequence[Sample]) -> None:
    """The story. Raises BrokenOff."""
    line.pass_by(known[:CALM])
    code, _ = line.say("drift", *_newest(line), allowed=(0, EXIT_DECLINED))
    print(f"{CALM} frames of the known stone: {'DRIFT, falsely' if code else 'no drift'}", flush=True)

    passed = _until_drift(line, new)
    line.pass_by(new[passed:LABELS])
    first = line.store.search(VerdictQuery(camera=CAMERA), LABELS)
    labels = [new_label(one, line.truth[one.frame.sha256].meaning, "story", now()) for one in first]
    line.store.put_labels(labels)
    cracks = sum(label.truth != "good" for label in labels)
    slabs = len({label.slab_id for label in labels})
    print(f"{len(labels)} labels, {cracks} of them cracks, of {slabs} slabs", flush=True)

    dataset = line.say("dataset", "build", "--output", str(Path(line.environment["MARBLELINE_DATA"], "sets")))
    began = time.monotonic()
    code, said = line.say(
        "retrain", "--dataset", dataset[1].split()[-1], "--json", allowed=(0, EXIT_DECLINED)
    )
    print(
        f"retrained in {time.monotonic() - began:.0f} s, gate: {'REFUSED' if code else 'passed'}", flush=True
    )
    if code:
        raise BrokenOff(said)

    labelled = {label.slab_id for label in labels}
    rest = [one for one in new[LABELS:] if one.group not in labelled]
    # Not faster than a line: what comes in a rush is left out by the shadow, not by the verdicts.
    watched, last = rest[:-LAST], rest[-LAST:]
    steps = [watched[first : first + STEP] for first in range(0, len(watched), STEP)]
    judged = [one for step in steps for one in line.pass_by(step)]
    _in_the_shadow(line, judged)
    _, said = line.say("promote")
    print(said.strip(), flush=True)
    _by_version(line, last, 2)
    _, said = line.say("rollback")
    print(said.strip(), flush=True)
    _by_version(line, known[CALM : CALM + STEP], 1)
    _, said = line.say("ledger", "--json")
    total = json.loads(said)["total"]
    print(f"ledger: {total}", flush=True)


def _until_drift(line: Line, new: Sequence[Sample]) -> int:
    """How many frames of the new stone had passed when drift was raised."""
    for count in range(STEP, LABELS + 1, STEP):
        line.pass_by(new[count - STEP : count])
        code, said = line.say("drift", *_newest(line), allowed=(0, EXIT_DECLINED))
        if code:
            print(f"drift raised after {count} frames of the new stone:\n{said.rstrip()}", flush=True)
            return count
    raise BrokenOff(f"no drift after {LABELS} frames of the new stone")


def _newest(line: Line) -> tuple[str, str]:
    """A line's hour in a story that takes minutes: the time of its newest 100 frames."""
    oldest = line.store.search(VerdictQuery(camera=CAMERA), 100)[-1]
    return "--hours", f"{((now() - oldest.frame.captured_at) / 1e6 + STARTS_S) / 3_600:.9f}"


def _in_the_shadow(line: Line, judged: Sequence[Verdict]) -> None:
    """What stable and candidate said of the same frames, of slabs without a label."""
    if {one.model.version for one in judged} != {1}:
        raise BrokenOff("the candidate judged before it was promoted")
    wanted = {one.frame.frame_id for one in judged}

    said: dict[str, Verdict] = {}

    def heard() -> bool:
        found = [
            one.verdict for one in line.store.shadow_verdicts(ShadowVerdictQuery(model_version=2), 10_000)
        ]
        said.update({one.frame.frame_id: one for one in found if one.frame.frame_id in wanted})
        return len(said) >= 0.8 * len(wanted)

    wait_for(heard, "what the candidate says", 60, step_s=0.2)
    both = [one for one in judged if one.frame.frame_id in said]
    _figures("by version 1, unlabelled slabs", line, both)
    _figures("by the candidate, the same frames", line, [said[one.frame.frame_id] for one in both])
    report: dict[str, Any] = json.loads(
        line.say("shadow", "--json", "--output", line.environment["MARBLELINE_DATA"] + "/shadow")[1]
    )
    print(
        f"shadow report: {report['frames']} frames, the same decision on {report['agreed']:.0%}", flush=True
    )


def _by_version(line: Line, samples: Sequence[Sample], version: int) -> None:
    """Let slabs pass until all are judged by this version, as a move is followed within 2 s."""
    until = time.monotonic() + 30
    while (found := {one.model.version for one in line.pass_by(samples)}) != {version}:
        if time.monotonic() > until:
            raise BrokenOff(f"versions {sorted(found)} still judge, not {version} alone")


def _figures(name: str, line: Line, judged: Sequence[Verdict]) -> None:
    faulty = np.array([line.truth[one.frame.sha256].meaning != "good" for one in judged])
    probability = np.array([one.faulty_probability for one in judged])
    print(
        f"{name}: {len(judged)} frames, {faulty.sum()} cracks: AUROC {auroc(probability, faulty):.3f}, "
        f"recall at 10 % false alarms {recall_at(probability, faulty, 0.10):.2f}",
        flush=True,
    )


def _listens(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/frames", timeout=2)
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def in_order(samples: Sequence[Sample], seed: int) -> list[Sample]:
    """Slab by slab, in an order drawn by ``seed``."""
    names = np.random.default_rng(seed).permutation(np.unique([one.group for one in samples]))
    return [one for name in names for one in samples if one.group == name]


def main() -> int:
    """Tell it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--seed", type=int, default=0, help="order of the slabs")
    args = parser.parse_args()
    known = [one for one in read_index(args.data / "patches") if one.meaning != "unsure"]
    known = [known[row] for row in np.random.default_rng(args.seed).permutation(len(known))]
    with tempfile.TemporaryDirectory(prefix="marbleline-story-") as scratch:
        shutil.copytree(MODEL / "1", Path(scratch, "marble", "1"))
        Path(scratch, "data").mkdir()
        try:
            with running(Path(scratch, "marble"), Path(scratch, "data")) as line:
                tell(line, known, in_order(read_index(args.data / "new_stone"), args.seed))
        except BrokenOff as error:
            print(error, file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
