"""Makes a candidate of the stable version and labels: extract, fine-tune, export, calibrate, gate."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from marbleline.domain.input_spec import InputSpec
from marbleline.domain.model import Manifest, Thresholds, load_manifest, versions_in
from marbleline.domain.picture import fit
from marbleline.domain.version_labels import CANDIDATE, STABLE, move_label, read_labels, stable_version
from marbleline.errors import ModelError, SettingError
from marbleline.ports.classifier import Classifier
from marbleline.training.data.dataset import Sample, load_picture, read_index
from marbleline.training.evaluate.candidate_cost import measured
from marbleline.training.evaluate.gate import CandidateGateResult, GateScores, judge_candidate
from marbleline.training.evaluate.gate_report import Mistake, write_report
from marbleline.training.evaluate.thresholds import calibrate
from marbleline.training.finetune.card import write_finetuned_card
from marbleline.training.finetune.feature_extractor import FeatureExtractor, LabelledImage
from marbleline.training.finetune.fine_tune import FitResult, check_trainable, fine_tune
from marbleline.training.finetune.predictions import advised, faulty_probability
from marbleline.training.finetune.replay_set import (
    GOLDEN_FILE,
    REPLAY_FILE,
    ReplaySet,
    joined,
    load_replay,
    save_replay,
)
from marbleline.training.model.backbone import load_imagenet
from marbleline.training.model.export import export_network
from marbleline.training.model.manifest import write_manifest
from marbleline.training.model.network import backbone
from marbleline.training.model.normality import prototypes
from marbleline.training.model.parameters import Parameters, judge_of, load_parameters, save_parameters
from marbleline.training.monitor.reference import write_reference
from marbleline.training.progress import OnProgress

LABELS = "labels"
"""The source of the replay set's rows that come from labels; all others are replayed as they were."""

REFUSED = "refused"
_MORE_PROTOTYPES = 32

Opener = Callable[[Path], Classifier]


@dataclass(frozen=True)
class RetrainResult:
    """The candidate's folder (below ``refused`` if the gate says no), its number, and the gate's result."""

    folder: Path
    version: int
    outcome: CandidateGateResult


@dataclass(frozen=True)
class _FineTuned:
    """What there was before, what the labels are, and what was learnt of them."""

    folder: Path
    before: Parameters
    manifest: Manifest
    labelled: ReplaySet
    fresh: Any
    fit: FitResult
    after: Parameters


def retrain(
    model: Path, data: Path, open_classifier: Opener, on_progress: OnProgress, seed: int = 1
) -> RetrainResult:
    """Make a candidate of the stable version in ``model`` and the labelled pictures of ``data``.

    ``data`` has an ``index.csv`` (see `training.data.dataset`); rows of the split ``train`` are learnt from.
    Extracted features are kept in ``model/.retrain`` until the candidate stands, so a run that was cut short
    goes on from there. The same versions, labels and seed give the same weights. If the gate refuses, the
    candidate goes to ``model/refused`` and no label moves.
    Raises SettingError if the labels are too few, ModelError, PictureError, OSError.
    """
    stable = stable_version(model)
    version = max(versions_in(model)) + 1
    samples = _trainable(read_index(data), data)
    features = backbone()
    load_imagenet(features)
    before = load_parameters(stable)
    work = model / ".retrain" / _run_id(stable, samples, seed)
    work.mkdir(parents=True, exist_ok=True)
    fine_tuned = _fine_tune(stable, before, features, samples, work, seed, on_progress)
    folder = work / str(version)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    on_progress("exporting SavedModel and LiteRT file")
    export_network(judge_of(fine_tuned.after, features), folder)
    outcome = _finish(fine_tuned, folder, version, samples, open_classifier, on_progress)
    place = _put(model, folder, version, passed=outcome.passed, stable=int(stable.name))
    shutil.rmtree(work, ignore_errors=True)
    with contextlib.suppress(OSError):  # another run may keep something there
        work.parent.rmdir()
    return RetrainResult(place, version, outcome)


def _trainable(samples: Sequence[Sample], data: Path) -> list[Sample]:
    known = [s for s in samples if s.split == "train" and s.meaning != "unsure"]
    if not known:
        raise SettingError(f"{data}: has no row whose split is train and whose label is sure")
    return sorted(known, key=lambda sample: (sample.group, sample.sha256, sample.path.name))


def _run_id(stable: Path, samples: Sequence[Sample], seed: int) -> str:
    content = [load_manifest(stable).digest, str(seed)]
    content += [f"{one.sha256 or one.path} {one.meaning} {one.group}" for one in samples]
    return hashlib.sha256("\n".join(content).encode()).hexdigest()[:12]


def _fine_tune(
    stable: Path,
    before: Parameters,
    features: Any,
    samples: Sequence[Sample],
    work: Path,
    seed: int,
    on_progress: OnProgress,
) -> _FineTuned:
    manifest = load_manifest(stable)
    extractor = FeatureExtractor(features, before)
    fresh = _features_of(extractor, samples, manifest.input, work, on_progress)
    known = load_replay(stable / REPLAY_FILE)
    earlier = known.where((known.sources == LABELS) & ~np.isin(known.sha256, fresh.sha256))
    labelled = joined([fresh, earlier])
    new = ~np.isin(labelled.sha256, known.sha256[known.sources == LABELS])
    if not new.any():
        raise SettingError(f"version {manifest.version} has learnt from all of these labels: nothing is new")
    check_trainable(labelled)
    replayed = known.where(known.sources != LABELS)
    on_progress(
        f"{len(labelled)} labelled pictures ({int(labelled.faulty.sum())} faulty), {len(replayed)} replayed"
    )
    fit = fine_tune(replayed, labelled, before.project, on_progress)
    good = [sample for sample in samples if sample.meaning == "good"]
    on_progress("learning what good stone looks like")
    after = replace(
        before,
        domain_head=fit.domain_head,
        more_good=np.concatenate([before.more_good, _more_good(extractor, good, manifest.input, seed)]),
    )
    save_replay(work / REPLAY_FILE, joined([replayed, labelled]))
    return _FineTuned(stable, before, manifest, labelled, new, fit, after)


def _features_of(
    extractor: FeatureExtractor,
    samples: Sequence[Sample],
    spec: InputSpec,
    work: Path,
    on_progress: OnProgress,
) -> ReplaySet:
    kept = work / "features.npz"
    if kept.exists():
        on_progress("continuing with the features of an earlier run")
        return load_replay(kept)

    def done(count: int) -> None:
        if count % 25 == 0 or count == len(samples):
            on_progress(f"features of {count} of {len(samples)} pictures")

    found = extractor.extract(_images(samples, spec), done)
    partial = work / "features.partial.npz"
    save_replay(partial, found)
    partial.replace(kept)
    return found


def _images(samples: Sequence[Sample], spec: InputSpec) -> Iterator[LabelledImage]:
    for one in samples:
        # A picture without a hash in the index has one of its own: the next version has to know it again.
        sha256 = one.sha256 if len(one.sha256) == 64 else hashlib.sha256(one.path.read_bytes()).hexdigest()
        yield LabelledImage(fit(load_picture(one), spec), one.meaning, one.group, LABELS, sha256)


def _more_good(extractor: FeatureExtractor, good: Sequence[Sample], spec: InputSpec, seed: int) -> Any:
    cells = np.concatenate([extractor.cells(fit(load_picture(one), spec)) for one in good])
    return prototypes(cells, min(_MORE_PROTOTYPES, len(cells)), np.random.default_rng(seed))


def _finish(
    fine_tuned: _FineTuned,
    folder: Path,
    version: int,
    samples: Sequence[Sample],
    open_classifier: Opener,
    on_progress: OnProgress,
) -> CandidateGateResult:
    golden = load_replay(fine_tuned.folder / GOLDEN_FILE)
    held_out = faulty_probability(fine_tuned.fit.held_out)
    on_golden = faulty_probability(advised(fine_tuned.fit.domain_head, golden))
    thresholds = _thresholds(fine_tuned, golden, on_golden, held_out)
    training = {"from_version": fine_tuned.manifest.version, "labels": len(fine_tuned.labelled)}
    training["faulty_labels"] = int(fine_tuned.labelled.faulty.sum())

    def write(metrics: dict[str, float]) -> None:
        write_manifest(
            folder,
            name=fine_tuned.manifest.name,
            version=version,
            spec=fine_tuned.manifest.input,
            thresholds=thresholds,
            training=training,
            metrics=metrics,
        )

    write({})
    save_parameters(folder, fine_tuned.after)
    shutil.copyfile(fine_tuned.folder / GOLDEN_FILE, folder / GOLDEN_FILE)
    shutil.copyfile(folder.parent / REPLAY_FILE, folder / REPLAY_FILE)
    on_progress("comparing the runtimes and the cost")
    classifier = open_classifier(folder)
    build = measured(
        folder, fine_tuned.folder, classifier, samples, fine_tuned.fit.domain_head, fine_tuned.labelled
    )
    new = fine_tuned.fresh
    answers = GateScores(
        faulty_probability(advised(fine_tuned.before.domain_head, fine_tuned.labelled.where(new))),
        held_out[new],
        fine_tuned.labelled.faulty[new],
        fine_tuned.labelled.groups[new],
        fine_tuned.labelled.sources[new],
    )
    gold = GateScores(
        faulty_probability(advised(fine_tuned.before.domain_head, golden)),
        on_golden,
        golden.faulty,
        golden.groups,
        golden.sources,
    )
    outcome = judge_candidate(gold, answers, build, fine_tuned.manifest.thresholds, thresholds)
    on_progress("writing report, card and reference")
    write_reference(folder, classifier, samples)
    write({name: round(value, 4) for name, value in outcome.figures.items()})
    write_finetuned_card(folder, version, fine_tuned.manifest.version, fine_tuned.labelled, outcome)
    write_report(folder, version, outcome, _mistakes(fine_tuned, held_out, samples), thresholds, answers)
    return outcome


def _thresholds(fine_tuned: _FineTuned, golden: ReplaySet, on_golden: Any, held_out: Any) -> Thresholds:
    """On the golden set and the labelled pictures held out; the anomaly's limit stays what it was."""
    probability = np.concatenate([on_golden, held_out])
    faulty = np.concatenate([golden.faulty, fine_tuned.labelled.faulty])
    found = calibrate(probability, faulty, np.zeros(len(faulty)))
    return msgspec.structs.replace(found, anomaly_upto=fine_tuned.manifest.thresholds.anomaly_upto)


def _mistakes(fine_tuned: _FineTuned, held_out: Any, samples: Sequence[Sample]) -> list[Mistake]:
    """The labelled pictures of this data set that were taken most wrongly, the worst first."""
    count = len(samples)
    wrong = np.where(fine_tuned.labelled.faulty[:count], 1.0 - held_out[:count], held_out[:count])
    worst = np.argsort(-wrong, kind="stable")[:12]
    return [Mistake(samples[n].path, samples[n].meaning, float(held_out[n]), samples[n].group) for n in worst]


def _put(model: Path, folder: Path, version: int, *, passed: bool, stable: int) -> Path:
    if not passed:
        place = model / REFUSED / folder.parent.name
        shutil.rmtree(place, ignore_errors=True)
        place.parent.mkdir(exist_ok=True)
        folder.replace(place)
        return place
    if STABLE not in read_labels(model):
        # Without a label the newest version judges: a candidate must not, unasked.
        move_label(model, STABLE, stable)
    place = model / str(version)
    if place.exists():
        raise ModelError(f"{place}: appeared meanwhile; another training runs, so start this one again")
    folder.replace(place)
    move_label(model, CANDIDATE, version)
    return place
