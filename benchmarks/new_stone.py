"""The story of a new stone on real pictures, with figures: drift, a hundred labels, retrain, gate.

    python -m benchmarks.new_stone DATA [--choices 10]

DATA has the folders ``patches`` (the stone that the line knows) and ``new_stone``. Needs TensorFlow.
"""

import argparse
import csv
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from marbleline.adapters.classifiers.litert import LiteRtClassifier
from marbleline.domain.input_spec import InputSpec
from marbleline.domain.model import load_manifest
from marbleline.domain.picture import fit
from marbleline.training.data.dataset import Sample, load_picture, read_index
from marbleline.training.evaluate.gate import Build, GateScores, judge_candidate
from marbleline.training.evaluate.metrics import auroc, recall_at
from marbleline.training.evaluate.scoring import Scores, score_samples
from marbleline.training.evaluate.thresholds import calibrate
from marbleline.training.finetune.predictions import advised, faulty_probability
from marbleline.training.finetune.replay_set import GOLDEN_FILE, REPLAY_FILE, ReplaySet, load_replay
from marbleline.training.monitor.drift import measure_drift, reference_of
from marbleline.training.monitor.drift_alarm import alarm_of
from marbleline.training.monitor.reference import Observation, observations

if TYPE_CHECKING:
    from marbleline.training.finetune.fine_tune import FitResult

MODEL = Path(__file__).parents[1] / "model_repo" / "marble"
LABELS = 100
Rows = NDArray[np.intp]


def draw_labels(groups: NDArray[np.str_], seed: int, *, by_slab: bool) -> tuple[Rows, Rows]:
    """(the rows of 100 labels, the rows to measure on).

    ``by_slab``: whole slabs drawn at random until there are 100 pictures, measured on slabs without any
    label; else single pictures of all slabs, measured on the others.
    """
    rng = np.random.default_rng(seed)
    if not by_slab:
        order = rng.permutation(len(groups))
        return np.sort(order[:LABELS]), np.sort(order[LABELS:])
    names = rng.permutation(np.unique(groups))
    chosen = np.concatenate([np.flatnonzero(groups == name) for name in names])[:LABELS]
    return chosen, np.flatnonzero(~np.isin(groups, groups[chosen]))


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


def drift(known: Sequence[Observation], new: Sequence[Observation], rounds: int = 300) -> None:
    """How many frames of the new stone raise the alarm, and how often it is raised without a cause."""
    rng = np.random.default_rng(0)
    half = len(known) // 2
    needed, false = [], 0
    for _ in range(rounds):
        order = rng.permutation(len(known))
        reference = reference_of([known[n] for n in order[:half]])
        rest, there = order[half:], rng.permutation(len(new))
        calm = [known[n] for n in rng.choice(rest, 100, replace=False)]
        false += bool(measure_drift(calm, reference).found)
        for count in range(5, 101, 5):
            # The newest 100 frames: what is left of the old stone, and the new one.
            if measure_drift([*calm[: 100 - count], *(new[n] for n in there[:count])], reference).found:
                needed.append(count)
                break
    print(
        f"drift: raised in {len(needed)} of {rounds} switches, after {np.median(needed):.0f} frames (median),"
        f" {max(needed)} at most; falsely in {false} of {rounds} spans without a switch"
    )
    reference = reference_of(known)
    print("alarm:", alarm_of("line-1", "camera-1", measure_drift(new[:100], reference), 0).cause)


def usage(name: str, scores: Scores) -> tuple[float, float]:
    """Print and return AUROC and crack recall at 10 % false alarms."""
    faulty = scores.meanings != "good"
    found = auroc(scores.probability, faulty), recall_at(scores.probability, faulty, 0.10)
    print(f"{name}: AUROC {found[0]:.3f}, recall at 10 % false alarms {found[1]:.3f}", flush=True)
    return found


def choices(new: ReplaySet, old: ReplaySet, count: int, *, by_slab: bool) -> None:
    """Many draws of labels, on what backbone and heads make of pictures; the exported file says the same."""
    from marbleline.training.finetune.fine_tune import fine_tune
    from marbleline.training.model.parameters import load_parameters

    replayed = load_replay(MODEL / "1" / REPLAY_FILE)
    golden = load_replay(MODEL / "1" / GOLDEN_FILE)
    project = load_parameters(MODEL / "1").project
    passed = 0
    rows = []
    for seed in range(count):
        labelled, rest = draw_labels(new.groups, seed, by_slab=by_slab)
        fit = fine_tune(replayed, new.where(labelled), project)
        found = []
        for domain_head in (None, fit.domain_head):
            probability = faulty_probability(advised(domain_head, new.where(rest)))
            faulty = new.faulty[rest]
            found += [auroc(probability, faulty), recall_at(probability, faulty, 0.10)]
        found.append(auroc(faulty_probability(advised(fit.domain_head, old)), old.faulty))
        rows.append(found)
        passed += through_gate(fit, golden, new.where(labelled))
        shown = ", ".join(f"{one:.3f}" for one in found)
        print(f"draw {seed}: {len(rest)} pictures, {new.faulty[rest].sum()} cracks: {shown}", flush=True)
    names = ("AUROC before", "recall before", "AUROC after", "recall after", "old stone's AUROC after")
    print("labels of whole slabs:" if by_slab else "labels of all slabs:", f"gate passed {passed} of {count}")
    for name, values in zip(names, np.array(rows).T, strict=True):
        print(f"  {name}: mean {values.mean():.3f}, worst {values.min():.3f}", flush=True)


def through_gate(fit: "FitResult", golden: ReplaySet, labelled: ReplaySet) -> bool:
    """Whether a fit passes the gate; sizes and costs are those that the whole run found."""
    manifest = load_manifest(MODEL / "1")
    on_golden = faulty_probability(advised(fit.domain_head, golden))
    held_out = faulty_probability(fit.held_out)
    faulty = np.concatenate([golden.faulty, labelled.faulty])
    after = calibrate(np.concatenate([on_golden, held_out]), faulty, np.zeros(len(faulty)))
    pairs = [
        GateScores(faulty_probability(one.logits), candidate, one.faulty, one.groups, one.sources)
        for one, candidate in ((golden, on_golden), (labelled, held_out))
    ]
    outcome = judge_candidate(*pairs, Build(14.2, 4.1, 0.0, 0.0, 1.3), manifest.thresholds, after)
    for reason in outcome.reasons:
        print("  refused:", reason)
    return outcome.passed


def whole(samples: Sequence[Sample], old: Sequence[Sample], scratch: Path) -> None:
    """The first draw through all steps: retrain, gate, promote, and the exported file's figures."""
    from marbleline.training.finetune.retrain import retrain
    from marbleline.training.monitor.promotion import promote

    model = scratch / "marble"
    shutil.copytree(MODEL / "1", model / "1")
    groups = np.array([one.group for one in samples])
    labelled, rest = draw_labels(groups, 0, by_slab=True)
    chosen = [samples[row] for row in labelled]
    data = write_index(scratch / "data", chosen, [one.label for one in chosen])
    done = retrain(model, data, LiteRtClassifier, lambda _: None)
    for check in done.outcome.checks:
        print(f"  {'ok' if check.passed else 'FAILED'} {check.name}: {check.detail}")
    if done.outcome.passed:
        promote(model, None, "bench", 0)
        print("  promoted")
    unlabelled = [samples[row] for row in rest]
    for name, folder in (("before", model / "1"), ("after", done.folder)):
        classifier = LiteRtClassifier(folder)
        usage(f"  new stone, {name}", score_samples(classifier, unlabelled, lambda *_: None))
        usage(f"  old stone, {name}", score_samples(classifier, old, lambda *_: None))


def main() -> None:
    """Tell it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--choices", type=int, default=10)
    args = parser.parse_args()
    known = [one for one in read_index(args.data / "patches") if one.meaning != "unsure"]
    samples = read_index(args.data / "new_stone")
    classifier = LiteRtClassifier(MODEL / "1")
    drift(observations(classifier, known), observations(classifier, samples))
    test = [one for one in known if one.split == "test"]
    with tempfile.TemporaryDirectory() as scratch:
        whole(samples, test, Path(scratch))
    new, old = observed(samples), observed(test)
    for by_slab in (True, False):
        choices(new, old, args.choices, by_slab=by_slab)


def observed(samples: Sequence[Sample]) -> ReplaySet:
    """What version 1's backbone and heads make of pictures."""
    from marbleline.training.finetune.feature_extractor import FeatureExtractor, LabelledImage
    from marbleline.training.model.backbone import load_imagenet
    from marbleline.training.model.network import backbone
    from marbleline.training.model.parameters import load_parameters

    features = backbone()
    load_imagenet(features)
    extractor = FeatureExtractor(features, load_parameters(MODEL / "1"))
    spec = InputSpec()
    return extractor.extract(
        LabelledImage(fit(load_picture(one), spec), one.meaning, one.group, "labels", one.sha256)
        for one in samples
    )


if __name__ == "__main__":
    main()
