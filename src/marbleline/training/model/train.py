"""From data folders to a model version: examples, features, heads, what is normal, export, thresholds."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from marbleline.domain.input_spec import InputSpec
from marbleline.domain.model import Thresholds
from marbleline.ports.classifier import Classifier
from marbleline.training.data.dataset import Sample, find_sets, read_index
from marbleline.training.data.recipes import Mix, plain_recipes, training_recipes
from marbleline.training.evaluate.evaluate import evaluate
from marbleline.training.evaluate.scoring import Scores, score_samples, score_synthetic
from marbleline.training.evaluate.thresholds import calibrate
from marbleline.training.finetune.build_replay import build_replay, directions, two_kinds
from marbleline.training.model.backbone import load_imagenet
from marbleline.training.model.card import write_card
from marbleline.training.model.export import export_network
from marbleline.training.model.features import Features, Shape, extract, preprocess
from marbleline.training.model.fit import Schedule, fit_head, scales_of
from marbleline.training.model.manifest import write_manifest
from marbleline.training.model.network import backbone
from marbleline.training.model.normality import normality_of
from marbleline.training.model.parameters import Parameters, judge_of, save_parameters, weights_of
from marbleline.training.model.tensors import Scales
from marbleline.training.model.texture import texture_of
from marbleline.training.monitor.reference import write_reference
from marbleline.training.progress import OnProgress

NEVER_TRAINED_ON = ("new_stone",)
"""Sets kept for measuring how a stone that was never seen is judged."""

CALIBRATION_SEED = 30_000_000

Opener = Callable[[Path], Classifier]


@dataclass(frozen=True)
class TrainingPlan:
    """What to train. ``members`` heads are trained apart and their logits averaged.

    ``processes`` make examples beside the training process.
    """

    name: str = "marble"
    seed: int = 1
    mix: Mix = field(default_factory=Mix)
    schedule: Schedule = field(default_factory=Schedule)
    members: int = 3
    processes: int = 2
    synthetic: int = 400


def train(
    root: Path, output: Path, plan: TrainingPlan, open_classifier: Opener, on_progress: OnProgress
) -> None:
    """Train a version into ``output`` (its name is the version's number).

    ``open_classifier`` opens the exported LiteRT file, which the thresholds are calibrated on: what runs
    on the line. ``on_progress`` gets each step.
    Raises SettingError, PictureError, ModelError.
    """
    begun = time.monotonic()
    spec = InputSpec()
    sets = {
        name: read_index(folder) for name, folder in find_sets(root).items() if name not in NEVER_TRAINED_ON
    }
    recipes = training_recipes(sets, plan.seed, plan.mix)
    on_progress(f"{len(recipes)} examples from {', '.join(sets)} and drawn slabs")
    net = backbone()
    load_imagenet(net)
    groups = extract(
        net, preprocess(recipes, spec, plan.processes), len(recipes), _progress(on_progress, "examples")
    )
    plain = plain_recipes(sets, plan.seed)
    on_progress(f"{len(plain)} pictures as they are, for the texture")
    texture = texture_of(extract(net, preprocess(plain, spec, plan.processes), len(plain), lambda *_: None))
    scales = scales_of(groups)
    heads = _heads(groups, scales, plan, on_progress)
    on_progress("learning what is normal")
    good = [group.coarse[group.targets == 0] for group in groups.values()]
    normality = normality_of(good, np.random.default_rng(plan.seed))
    output.mkdir(parents=True, exist_ok=True)
    on_progress("exporting")
    parameters = Parameters(
        scales=scales,
        heads=tuple(weights_of(one) for one in heads),
        texture=texture,
        normality=normality,
        project=directions(net, sets, spec),
        more_good=np.zeros((0, normality.prototypes.shape[1]), np.float32),
    )
    export_network(judge_of(parameters, net), output)
    on_progress("building the replay set")
    save_parameters(output, parameters)
    build_replay(output, net, parameters, sets, spec, plan.mix.scale)
    training = {
        "sets": {name: sum(map(_learnt, samples)) for name, samples in sets.items()},
        "examples": len(recipes),
        "seed": plan.seed,
        "members": plan.members,
        "schedule": asdict(plan.schedule),
        "mix": asdict(plan.mix),
    }
    write = _writer(output, plan.name, spec, training)
    write(Thresholds(0.5, 0.5, 1.0), {})
    on_progress("calibrating the thresholds on validation pictures")
    thresholds = _thresholds(open_classifier(output), sets, plan, on_progress)
    write(thresholds, {})
    on_progress("measuring")
    rows = list(evaluate(open_classifier(output), root, plan.synthetic, lambda _: None))
    minutes = (time.monotonic() - begun) / 60
    write(thresholds, {f"{row.data}: {row.what}": round(row.figure.value, 4) for row in rows})
    write_card(output, rows, training, minutes)
    write_reference(
        output, open_classifier(output), max(two_kinds(sets, "val").values(), key=len, default=[])
    )
    on_progress(f"version {output.name} written to {output} after {minutes:.0f} min")


def _learnt(sample: Sample) -> bool:
    return sample.split == "train" and sample.meaning != "unsure"


def _heads(
    groups: Mapping[Shape, Features], scales: Scales, plan: TrainingPlan, on_progress: OnProgress
) -> list[Any]:
    heads = []
    for member in range(plan.members):

        def on_epoch(epoch: int, loss: float, seconds: float, member: int = member) -> None:
            left = (plan.members - member) * plan.schedule.epochs - epoch
            on_progress(
                f"head {member + 1} of {plan.members}, epoch {epoch} of {plan.schedule.epochs}:"
                f" loss {loss:.3f}, {left * seconds / 60:.0f} min left"
            )

        heads.append(fit_head(groups, scales, plan.schedule, plan.seed * 100 + member, on_epoch))
    return heads


def _thresholds(
    classifier: Classifier, sets: Mapping[str, list[Sample]], plan: TrainingPlan, on_progress: OnProgress
) -> Thresholds:
    """On the validation split of every set whose pictures are good or faulty for certain, and drawn slabs."""
    known = [s for samples in sets.values() for s in samples if s.split == "val" and s.meaning != "unsure"]
    real = score_samples(classifier, known, _progress(on_progress, "validation pictures"))
    drawn = score_synthetic(classifier, 200, CALIBRATION_SEED, lambda *_: None)
    both = [Scores(*(getattr(one, name) for name in Scores.__dataclass_fields__)) for one in (real, drawn)]
    probability = np.concatenate([one.probability for one in both])
    faulty = np.concatenate([one.meanings != "good" for one in both])
    return calibrate(probability, faulty, np.concatenate([one.anomaly for one in both]))


def _writer(
    output: Path, name: str, spec: InputSpec, training: Mapping[str, Any]
) -> Callable[[Thresholds, Mapping[str, Any]], None]:
    def write(thresholds: Thresholds, metrics: Mapping[str, Any]) -> None:
        write_manifest(
            output,
            name=name,
            version=int(output.name),
            spec=spec,
            thresholds=thresholds,
            training=training,
            metrics=metrics,
        )

    return write


def _progress(on_progress: OnProgress, what: str) -> Callable[[int, int], None]:
    begun = time.monotonic()

    def progress(done: int, total: int) -> None:
        left = (time.monotonic() - begun) / done * (total - done)
        on_progress(f"{what}: {done} of {total}, {left / 60:.1f} min left")

    return progress
