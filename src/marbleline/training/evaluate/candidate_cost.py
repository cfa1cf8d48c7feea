"""A candidate's files, measured: size, parity of the runtimes, cost beside the stable version."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from marbleline.domain.picture import fit
from marbleline.ports.classifier import Classifier
from marbleline.training.data.dataset import Sample, load_picture
from marbleline.training.evaluate.gate import Build
from marbleline.training.evaluate.runtimes import cost_of, parity
from marbleline.training.finetune.predictions import advised, faulty_probability
from marbleline.training.finetune.replay_set import ReplaySet
from marbleline.training.model.domain_head import DomainHead

_TRIED = 24


def measured(
    folder: Path,
    stable: Path,
    classifier: Classifier,
    samples: Sequence[Sample],
    domain_head: DomainHead,
    labelled: ReplaySet,
) -> Build:
    """Measure on some of the labelled pictures; ``labelled`` begins with one row per sample, in order."""
    rows = np.unique(np.linspace(0, len(samples) - 1, min(_TRIED, len(samples))).astype(int))
    images = [fit(load_picture(samples[row]), classifier.manifest.input) for row in rows]
    trained = faulty_probability(advised(domain_head, labelled.where(rows)))
    answered = [1.0 - float(classifier.classify([image]).predictions[0].scores[0]) for image in images]
    ours, theirs = cost_of((folder, stable))
    files = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
    return Build(
        megabytes=sum(files) / 1e6,
        litert_megabytes=(folder / "model.tflite").stat().st_size / 1e6,
        apart=parity(folder, images).scores,
        apart_from_training=float(np.abs(trained - np.array(answered)).max()),
        times=ours / theirs,
    )
