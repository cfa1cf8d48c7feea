"""The story of a new stone on real pictures, with figures: drift, a hundred labels, retrain, gate.

    python -m tests.bench.new_stone DATA [--choices 10]

DATA has the folders ``patches`` (the stone that the line knows) and ``new_stone``. Needs TensorFlow. Slabs
for labelling are drawn at random, whole ones until there are 100 pictures; figures are on slabs without any
label.
"""

import argparse
import csv
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from marbleline.adapters.classifier_litert import LiteRtClassifier
from marbleline.training.dataset import Sample, read_index
from marbleline.training.drift import look, reference_of
from marbleline.training.drift_alarm import alarm_of
from marbleline.training.figures import auroc, recall_at
from marbleline.training.references import Look, looks
from marbleline.training.scoring import Scores, score_samples

MODEL = Path(__file__).parents[2] / "model_repo" / "marble"
LABELS = 100


def draw_labels(samples: Sequence[Sample], seed: int) -> tuple[list[Sample], list[Sample]]:
    """(100 pictures of whole slabs drawn at random, the pictures of slabs without a label)."""
    groups = np.array([sample.group for sample in samples])
    order = np.random.default_rng(seed).permutation(np.unique(groups))
    chosen = [one for group in order for one in samples if one.group == group][:LABELS]
    labelled = {one.group for one in chosen}
    return chosen, [one for one in samples if one.group not in labelled]


def write_index(folder: Path, samples: Sequence[Sample], labels: Sequence[str]) -> Path:
    """A data set that names pictures where they lie."""
    folder.mkdir(parents=True)
    with (folder / "index.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("path", "label", "split", "group", "mask", "sha256"))
        rows.writerows(
            (one.path.resolve(), label, "train", one.group, "", one.sha256)
            for one, label in zip(samples, labels, strict=True)
        )
    return folder


def drift(known: Sequence[Look], new: Sequence[Look], rounds: int = 300) -> None:
    """How many frames of the new stone raise the alarm, and how often it is raised without a cause."""
    rng = np.random.default_rng(0)
    half = len(known) // 2
    needed, false = [], 0
    for _ in range(rounds):
        order = rng.permutation(len(known))
        reference = reference_of([known[n] for n in order[:half]])
        rest, there = order[half:], rng.permutation(len(new))
        calm = [known[n] for n in rng.choice(rest, 100, replace=False)]
        false += bool(look(calm, reference).found)
        for count in range(5, 101, 5):
            # The newest 100 frames: what is left of the old stone, and the new one.
            if look([*calm[: 100 - count], *(new[n] for n in there[:count])], reference).found:
                needed.append(count)
                break
    print(
        f"drift: raised in {len(needed)} of {rounds} switches, after {np.median(needed):.0f} frames (median),"
        f" {max(needed)} at most; falsely in {false} of {rounds} spans without a switch"
    )
    reference = reference_of(known)
    print("alarm:", alarm_of("line-1", "camera-1", look(new[:100], reference), 0).cause)


def figures(name: str, scores: Scores) -> tuple[float, float]:
    """Print and return AUROC and crack recall at 10 % false alarms."""
    faulty = scores.meanings != "good"
    found = auroc(scores.probability, faulty), recall_at(scores.probability, faulty, 0.10)
    print(f"{name}: AUROC {found[0]:.3f}, recall at 10 % false alarms {found[1]:.3f}", flush=True)
    return found


def story(samples: Sequence[Sample], old: Sequence[Sample], seed: int, scratch: Path) -> list[float]:
    """One draw of labels: retrain through the gate, and measure on slabs without a label."""
    from marbleline.training.retrain import retrain

    model = scratch / f"model-{seed}"
    shutil.copytree(MODEL, model)
    labelled, rest = draw_labels(samples, seed)
    data = write_index(scratch / f"data-{seed}", labelled, [one.label for one in labelled])
    done = retrain(model, data, LiteRtClassifier, lambda _: None)
    print(f"draw {seed}: gate {'passed' if done.outcome.passed else done.outcome.reasons}")
    before = figures("  before", score_samples(LiteRtClassifier(MODEL / "1"), rest, lambda *_: None))
    after = LiteRtClassifier(done.folder)
    found = figures("  after ", score_samples(after, rest, lambda *_: None))
    kept = figures("  old stone, test", score_samples(after, old, lambda *_: None))
    shutil.rmtree(model)
    return [float(done.outcome.passed), *before, *found, kept[0]]


def main() -> None:
    """Tell it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--choices", type=int, default=10)
    args = parser.parse_args()
    known = [one for one in read_index(args.data / "patches") if one.meaning != "unsure"]
    new = read_index(args.data / "new_stone")
    classifier = LiteRtClassifier(MODEL / "1")
    drift(looks(classifier, known), looks(classifier, new))
    test = [one for one in known if one.split == "test"]
    with tempfile.TemporaryDirectory() as scratch:
        table = np.array([story(new, test, seed, Path(scratch)) for seed in range(args.choices)])
    names = ("gate passed", "AUROC before", "recall before", "AUROC after", "recall after", "old stone AUROC")
    for name, values in zip(names, table.T, strict=True):
        print(f"{name}: mean {values.mean():.3f}, worst {values.min():.3f}")


if __name__ == "__main__":
    main()
