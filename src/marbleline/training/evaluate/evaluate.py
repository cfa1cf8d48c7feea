"""The figures of a model version, per data set, each beside its goal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from marbleline.domain.model import CLASSES, Thresholds
from marbleline.ports.classifier import Classifier
from marbleline.training.data.dataset import find_sets, read_index
from marbleline.training.evaluate.metrics import Estimate, auroc, by_group, macro_recall, recall_at
from marbleline.training.evaluate.scoring import Scores, score_samples, score_synthetic
from marbleline.training.evaluate.thresholds import shares

SYNTHETIC_SEED = 40_000_000
"""Far from every seed that training draws from."""


Measure = Callable[[Scores, NDArray[np.bool_]], float]
"""Of scores and whether each picture is faulty."""


@dataclass(frozen=True)
class MetricRow:
    """One figure. ``goal`` is None where a figure only informs."""

    data: str
    what: str
    figure: Estimate
    goal: float | None = None

    @property
    def met(self) -> bool | None:
        """Whether the goal is reached, None without one."""
        return None if self.goal is None else self.figure.value >= self.goal


Seen = Callable[[str, Scores], None]
"""Hears a split's name and the answers on its pictures."""


def evaluate(
    classifier: Classifier,
    root: Path,
    synthetic: int,
    on_progress: Callable[[str], None],
    seen: Seen = lambda *_: None,
) -> Iterator[MetricRow]:
    """All rows for the data sets below ``root`` (those that are there) and for drawn slabs.

    ``on_progress`` gets what is being done, ``seen`` the answers that real pictures got.
    Raises SettingError, PictureError, ModelError.
    """
    for name, folder in find_sets(root).items():
        samples = read_index(folder)
        scores = score_samples(classifier, samples, _progress_of(on_progress, name))
        thresholds = classifier.manifest.thresholds
        for split in sorted({*scores.splits} - {"train"}):
            chosen = scores.where(scores.splits == split)
            seen(f"{name}, {split}", chosen)
            yield from _rows(f"{name}, {split}", chosen, thresholds)
    if synthetic:
        drawn = score_synthetic(classifier, synthetic, SYNTHETIC_SEED, _progress_of(on_progress, "synthetic"))
        yield from _synthetic_rows(drawn, classifier.manifest.thresholds)


GOALS: Mapping[tuple[str, str], float] = {
    ("patches, test", "AUROC, good against faulty"): 0.99,
    ("patches, test", "crack recall at 5 % false alarms"): 0.95,
    ("tiles, val", "AUROC, good against faulty"): 0.90,
    ("new_stone, new_stone", "AUROC, good against faulty"): 0.80,
    ("cracks, test", "strongest cell on the defect"): 0.90,
    ("synthetic", "macro recall of the four classes"): 0.95,
}


def _row(data: str, what: str, figure: Estimate) -> MetricRow:
    return MetricRow(data, what, figure, GOALS.get((data, what)))


def _rows(data: str, scores: Scores, thresholds: Thresholds) -> Iterator[MetricRow]:
    known = scores.where(scores.meanings != "unsure")
    faulty = known.meanings != "good"
    if faulty.any() and not faulty.all():
        yield _row(data, "AUROC, good against faulty", _figure(known, lambda s, f: auroc(s.probability, f)))
        cracks = known.where((known.labels == "crack") | ~faulty)
        if (cracks.labels == "crack").any():
            yield _row(
                data,
                "crack recall at 5 % false alarms",
                _figure(cracks, lambda s, f: recall_at(s.probability, f, 0.05)),
            )
        yield _row(data, "AUROC of the anomaly alone", _figure(known, lambda s, f: auroc(s.anomaly, f)))
    elif faulty.all():
        yield _row(
            data,
            "share judged faulty",
            _figure(known, lambda s, _: float((s.probability >= thresholds.faulty_from).mean())),
        )
        masked = known.where(np.isfinite(known.hits))
        if len(masked):
            yield _row(
                data, "strongest cell on the defect", _figure(masked, lambda s, _: float(s.hits.mean()))
            )
    yield from _review(data, known, thresholds)


def _synthetic_rows(drawn: Scores, thresholds: Thresholds) -> Iterator[MetricRow]:
    true = np.array([CLASSES.index(label) for label in drawn.labels])
    yield _row(
        "synthetic",
        "macro recall of the four classes",
        by_group(lambda rows: macro_recall(drawn.best[rows], true[rows]), drawn.groups),
    )
    for place, name in enumerate(CLASSES):
        chosen = drawn.where(drawn.labels == name)
        yield _row("synthetic", f"recall of {name}", _figure(chosen, _recognised(place)))
    defects = drawn.where(drawn.labels != "good")
    yield _row(
        "synthetic", "strongest cell on the defect", _figure(defects, lambda s, _: float(s.hits.mean()))
    )
    yield from _review("synthetic", drawn, thresholds)


def _recognised(place: int) -> Measure:
    return lambda scores, _: float((scores.best == place).mean())


def _review(data: str, scores: Scores, thresholds: Thresholds) -> Iterator[MetricRow]:
    for place, what in enumerate(("share sent to review", "share right of the rest")):
        yield _row(data, what, _figure(scores, _share(place, thresholds)))


def _share(place: int, thresholds: Thresholds) -> Measure:
    return lambda scores, faulty: shares(scores.probability, faulty, scores.anomaly, thresholds)[place]


def _progress_of(on_progress: Callable[[str], None], name: str) -> Callable[[int, int], None]:
    return lambda done, total: on_progress(f"{name}: {done} of {total} judged")


def _figure(scores: Scores, measure: Measure) -> Estimate:
    faulty = scores.meanings != "good"

    def on(rows: NDArray[np.intp]) -> float:
        chosen = Scores(*(getattr(scores, name)[rows] for name in scores.__dataclass_fields__))
        return measure(chosen, faulty[rows])

    return by_group(on, scores.groups)
