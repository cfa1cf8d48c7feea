"""What a line looks like with this version: the reference that drift is measured against."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from marbleline.domain.decision import Decision, decide
from marbleline.domain.picture import fit
from marbleline.domain.quality import Quality, measure
from marbleline.ports.classifier import Classifier
from marbleline.training.data.dataset import Sample, load_picture
from marbleline.training.monitor.drift import LEAST, reference_of
from marbleline.training.monitor.drift_comparison import REFERENCE_FILE


@dataclass(frozen=True, slots=True)
class Observation:
    """What drift looks at in a verdict."""

    quality: Quality
    decision: Decision
    anomaly: float
    faulty_probability: float


def observations(classifier: Classifier, samples: Sequence[Sample]) -> list[Observation]:
    """Judge pictures as the line would. Raises PictureError, ModelError."""
    found = []
    for sample in samples:
        image = fit(load_picture(sample), classifier.manifest.input)
        answer = classifier.classify([image])
        judgement = decide(answer.predictions[0], answer.manifest.thresholds)
        seen = Observation(
            measure(image), judgement.decision, answer.predictions[0].anomaly, judgement.faulty_probability
        )
        found.append(seen)
    return found


def write_reference(folder: Path, classifier: Classifier, samples: Sequence[Sample]) -> None:
    """Write ``reference.json`` into a version's folder, unless the pictures are too few to make one."""
    if len(samples) < LEAST:
        return
    fields = reference_of(observations(classifier, samples)).to_document()
    (folder / REFERENCE_FILE).write_text(json.dumps(fields) + "\n", encoding="utf-8")
