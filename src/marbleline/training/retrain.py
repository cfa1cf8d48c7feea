"""From the stable version and a data set of labels to a candidate: look, teach, export, calibrate, gate."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from marbleline.domain.model import Manifest, Thresholds, load_manifest, versions_in
from marbleline.domain.picture import InputSpec, fit
from marbleline.domain.version_labels import CANDIDATE, STABLE, move_label, read_labels, stable_version
from marbleline.errors import ModelError, SettingError
from marbleline.ports.classifier import Classifier
from marbleline.training.advice import advised, faulty_probability
from marbleline.training.backbone import load_imagenet
from marbleline.training.build import measured
from marbleline.training.dataset import Sample, load_picture, read_index
from marbleline.training.export import export_network, write_manifest
from marbleline.training.gate import Answers, Outcome, judge_candidate
from marbleline.training.gate_report import Mistake, write_report
from marbleline.training.memory import (
    GOLDEN_FILE,
    REHEARSAL_FILE,
    Memory,
    joined,
    load_memory,
    save_memory,
)
from marbleline.training.network import backbone
from marbleline.training.normality import prototypes
from marbleline.training.observe import Observer, Sight
from marbleline.training.parameters import Parameters, judge_of, load_parameters, save_parameters
from marbleline.training.references import write_reference
from marbleline.training.taught_card import write_taught_card
from marbleline.training.teach import Lesson, check_teachable, teach
from marbleline.training.thresholds import calibrate

LABELS = "labels"
"""The source of memories that come from labels; all others are replayed as they were."""

REFUSED = "refused"
_MORE_PROTOTYPES = 32

Told = Callable[[str], None]
Opener = Callable[[Path], Classifier]


@dataclass(frozen=True)
class Done:
    """The candidate's folder (below ``refused`` if the gate says no), its number, and the gate's word."""

    folder: Path
    version: int
    outcome: Outcome


@dataclass(frozen=True)
class _Taught:
    """What there was before, what the labels are, and what was learnt of them."""

    folder: Path
    before: Parameters
    manifest: Manifest
    labelled: Memory
    fresh: Any
    lesson: Lesson
    after: Parameters


def retrain(model: Path, data: Path, open_classifier: Opener, told: Told, seed: int = 1) -> Done:
    """Make a candidate of the stable version in ``model`` and the labelled pictures of ``data``.

    ``data`` has an ``index.csv`` (see `training.dataset`); rows whose split is ``train`` are learnt from.
    What was looked at is kept in ``model/.retrain`` until the candidate stands, so a run that was cut short
    goes on from there. The same versions, labels and seed give the same weights. If the gate refuses, the
    candidate goes to ``model/refused`` and no label moves.
    Raises SettingError if the labels can't teach, ModelError, PictureError, OSError.
    """
    stable = stable_version(model)
    version = max(versions_in(model)) + 1
    samples = _teachable(read_index(data), data)
    features = backbone()
    load_imagenet(features)
    before = load_parameters(stable)
    work = model / ".retrain" / _run_id(stable, samples, seed)
    work.mkdir(parents=True, exist_ok=True)
    taught = _teach(stable, before, features, samples, work, seed, told)
    folder = work / str(version)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    told("exporting SavedModel and LiteRT file")
    export_network(judge_of(taught.after, features), folder)
    outcome = _finish(taught, folder, version, samples, open_classifier, told)
    place = _put(model, folder, version, passed=outcome.passed, stable=int(stable.name))
    shutil.rmtree(work, ignore_errors=True)
    with contextlib.suppress(OSError):  # another run may keep something there
        work.parent.rmdir()
    return Done(place, version, outcome)


def _teachable(samples: Sequence[Sample], data: Path) -> list[Sample]:
    known = [s for s in samples if s.split == "train" and s.meaning != "unsure"]
    if not known:
        raise SettingError(f"{data}: has no row whose split is train and whose label is sure")
    return sorted(known, key=lambda sample: (sample.group, sample.sha256, sample.path.name))


def _run_id(stable: Path, samples: Sequence[Sample], seed: int) -> str:
    content = [load_manifest(stable).digest, str(seed)]
    content += [f"{one.sha256 or one.path} {one.meaning} {one.group}" for one in samples]
    return hashlib.sha256("\n".join(content).encode()).hexdigest()[:12]


def _teach(
    stable: Path,
    before: Parameters,
    features: Any,
    samples: Sequence[Sample],
    work: Path,
    seed: int,
    told: Told,
) -> _Taught:
    manifest = load_manifest(stable)
    observer = Observer(features, before)
    fresh = _looked_at(observer, samples, manifest.input, work, told)
    known = load_memory(stable / REHEARSAL_FILE)
    earlier = known.where((known.sources == LABELS) & ~np.isin(known.sha256, fresh.sha256))
    labelled = joined([fresh, earlier])
    new = ~np.isin(labelled.sha256, known.sha256[known.sources == LABELS])
    if not new.any():
        raise SettingError(f"version {manifest.version} was taught with all of these labels: nothing is new")
    check_teachable(labelled)
    replayed = known.where(known.sources != LABELS)
    told(f"{len(labelled)} labelled pictures ({int(labelled.faulty.sum())} faulty), {len(replayed)} replayed")
    lesson = teach(replayed, labelled, before.project, told)
    good = [sample for sample in samples if sample.meaning == "good"]
    told("learning what good stone looks like")
    after = replace(
        before,
        specialist=lesson.specialist,
        more_good=np.concatenate([before.more_good, _more_good(observer, good, manifest.input, seed)]),
    )
    save_memory(work / REHEARSAL_FILE, joined([replayed, labelled]))
    return _Taught(stable, before, manifest, labelled, new, lesson, after)


def _looked_at(
    observer: Observer, samples: Sequence[Sample], spec: InputSpec, work: Path, told: Told
) -> Memory:
    kept = work / "looked-at.npz"
    if kept.exists():
        told("going on with pictures looked at before")
        return load_memory(kept)

    def done(count: int) -> None:
        if count % 25 == 0 or count == len(samples):
            told(f"looked at {count} of {len(samples)} pictures")

    memory = observer.look(_sights(samples, spec), done)
    partial = work / "looked-at.partial.npz"
    save_memory(partial, memory)
    partial.replace(kept)
    return memory


def _sights(samples: Sequence[Sample], spec: InputSpec) -> Iterator[Sight]:
    for one in samples:
        # A picture without a hash in the index has one of its own: the next version has to know it again.
        sha256 = one.sha256 if len(one.sha256) == 64 else hashlib.sha256(one.path.read_bytes()).hexdigest()
        yield Sight(fit(load_picture(one), spec), one.meaning, one.group, LABELS, sha256)


def _more_good(observer: Observer, good: Sequence[Sample], spec: InputSpec, seed: int) -> Any:
    cells = np.concatenate([observer.cells(fit(load_picture(one), spec)) for one in good])
    return prototypes(cells, min(_MORE_PROTOTYPES, len(cells)), np.random.default_rng(seed))


def _finish(
    taught: _Taught,
    folder: Path,
    version: int,
    samples: Sequence[Sample],
    open_classifier: Opener,
    told: Told,
) -> Outcome:
    golden = load_memory(taught.folder / GOLDEN_FILE)
    held_out = faulty_probability(taught.lesson.held_out)
    on_golden = faulty_probability(advised(taught.lesson.specialist, golden))
    thresholds = _thresholds(taught, golden, on_golden, held_out)
    training = {"from_version": taught.manifest.version, "labels": len(taught.labelled)}
    training["faulty_labels"] = int(taught.labelled.faulty.sum())

    def write(metrics: dict[str, float]) -> None:
        write_manifest(
            folder,
            name=taught.manifest.name,
            version=version,
            spec=taught.manifest.input,
            thresholds=thresholds,
            training=training,
            metrics=metrics,
        )

    write({})
    save_parameters(folder, taught.after)
    shutil.copyfile(taught.folder / GOLDEN_FILE, folder / GOLDEN_FILE)
    shutil.copyfile(folder.parent / REHEARSAL_FILE, folder / REHEARSAL_FILE)
    told("comparing the runtimes and the cost")
    classifier = open_classifier(folder)
    build = measured(folder, taught.folder, classifier, samples, taught.lesson.specialist, taught.labelled)
    new = taught.fresh
    answers = Answers(
        faulty_probability(advised(taught.before.specialist, taught.labelled.where(new))),
        held_out[new],
        taught.labelled.faulty[new],
        taught.labelled.groups[new],
        taught.labelled.sources[new],
    )
    gold = Answers(
        faulty_probability(advised(taught.before.specialist, golden)),
        on_golden,
        golden.faulty,
        golden.groups,
        golden.sources,
    )
    outcome = judge_candidate(gold, answers, build, taught.manifest.thresholds, thresholds)
    told("writing report, card and reference")
    write_reference(folder, classifier, samples)
    write({name: round(value, 4) for name, value in outcome.figures.items()})
    write_taught_card(folder, version, taught.manifest.version, taught.labelled, outcome)
    write_report(folder, version, outcome, _mistakes(taught, held_out, samples), thresholds, answers)
    return outcome


def _thresholds(taught: _Taught, golden: Memory, on_golden: Any, held_out: Any) -> Thresholds:
    """On the golden set and the labelled pictures held out; the anomaly's limit stays what it was."""
    probability = np.concatenate([on_golden, held_out])
    faulty = np.concatenate([golden.faulty, taught.labelled.faulty])
    found = calibrate(probability, faulty, np.zeros(len(faulty)))
    return replace(found, anomaly_upto=taught.manifest.thresholds.anomaly_upto)


def _mistakes(taught: _Taught, held_out: Any, samples: Sequence[Sample]) -> list[Mistake]:
    """The labelled pictures of this data set that were taken most wrongly, the worst first."""
    count = len(samples)
    wrong = np.where(taught.labelled.faulty[:count], 1.0 - held_out[:count], held_out[:count])
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
