"""A rehearsal of commissioning: a stone that no model knows is watched, asked about, learnt and shown.

The slabs are drawn, so their labels are known and answer for a person. Red and blue of a drawn stone are
exchanged: the shipped version was trained on drawn stones, but on none of such a colour.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from marbleline.adapters.classifiers.litert import LiteRtClassifier
from marbleline.domain.decision import Decision, decide
from marbleline.domain.picture import Pixels, fit
from marbleline.domain.product import Product
from marbleline.errors import SettingError
from marbleline.synthetic import LABELS, draw
from marbleline.training.arrays import Flags, Values
from marbleline.training.commission.answers import read_answers
from marbleline.training.commission.ask import Question, next_questions
from marbleline.training.commission.heads import HeadsPlan, cross_fit_heads
from marbleline.training.commission.labelled_slabs import LabelledSlabs
from marbleline.training.commission.patch_projection import strangeness_of
from marbleline.training.commission.replay import highest_scores
from marbleline.training.commission.replay_data import backbone_of, labelled_slabs_of
from marbleline.training.commission.report import report
from marbleline.training.commission.teach import Result, teach
from marbleline.training.progress import OnProgress

ROUNDS: Final = (30, 60, 100)
_STONE: Final = "crema"
_SEED: Final = 970_000_000
_SIZE: Final = (240, 320)
_FAULTY: Final = 0.25
_SHOWN: Final = 6


@dataclass(frozen=True, slots=True)
class Measured:
    """What the version that was taught did with slabs that were never asked about, against the truth."""

    slabs: int
    decided: int
    wrong: int


def rehearse(
    folder: Path, base: Path, slabs: int, say: OnProgress, rounds: Sequence[int] = ROUNDS
) -> Measured:
    """Go through watch, ask, learn and show; pictures, answers and the version go below ``folder``.

    ``slabs`` are watched, and as many again are only measured on. ``rounds``: answers after which it learns.
    Raises SettingError if there are fewer slabs than answers, PictureError, ModelError.
    """
    if slabs < rounds[-1]:
        raise SettingError(f"{slabs} slabs: {rounds[-1]} answers are asked for; watch as many or more")
    images = folder / "images"
    images.mkdir(parents=True, exist_ok=True)
    say(f"1 WATCH  {slabs} slabs of a stone that no model knows pass the camera, without a label ...")
    truth = [_slab(images, number) for number in range(slabs)]
    backbone = backbone_of(base, folder / "cache")
    paths = [images / f"{number:04d}.png" for number in range(slabs)]
    pool = labelled_slabs_of(list(backbone.files(paths)), truth, [path.name for path in paths])
    rng = np.random.default_rng(1)
    strangeness: Values = strangeness_of(pool.windows, rng)
    logits: Values | None = None
    answered = np.zeros(slabs, bool)
    rows: list[tuple[str, str, str, str]] = []
    result: Result | None = None
    for number, goal in enumerate(rounds, start=1):
        faulty = int((pool.faulty & answered).sum())
        asked = next_questions(goal - len(rows), strangeness, logits, answered, faulty, rng)
        _say_questions(asked, truth, say)
        answered[[one.number for one in asked]] = True
        rows += [
            (paths[one.number].name, truth[one.number], paths[one.number].name, one.why) for one in asked
        ]
        _write(images / "index.csv", rows)
        say(f"3 LEARN  from {len(rows)} answers ...")
        answers = read_answers(images / "index.csv", images)
        product = Product(name="rehearsal")
        result = teach(
            product,
            base,
            answers,
            folder / product.name / str(number),
            cache=folder / "cache",
            watched=slabs,
        )
        say(f"         {result.forecast.decided.value:.0%} would be decided now; {result.seconds:.0f} s")
        if number < len(rounds):
            strangeness, logits = _scores(pool, answered)
    if result is None:
        raise SettingError("no round of answers: name one or more")
    say(f"4 SHOW\n\n{report(result)}")
    return _measure(result, slabs, say)


def _slab(images: Path, number: int) -> str:
    """Draw one slab into the folder; its label is the answer that a person would give."""
    rgb, label = _drawn(number)
    path = images / f"{number:04d}.png"
    if not path.is_file():
        Image.fromarray(rgb).save(path)
    return label


def _drawn(number: int) -> tuple[Pixels, str]:
    rng = np.random.default_rng([_SEED, number])
    label = str(rng.choice(LABELS[1:])) if rng.random() < _FAULTY else LABELS[0]
    return draw(_SEED + number, _SIZE, stone=_STONE, label=label).rgb[:, :, ::-1].copy(), label


def _say_questions(asked: Sequence[Question], truth: Sequence[str], say: OnProgress) -> None:
    say(f"2 ASK    {len(asked)} slabs, the simulated person answers:")
    for one in asked[:_SHOWN]:
        say(f"         slab {one.number:4d}  asked because {one.why:<10} answer: {truth[one.number]}")
    say(f"         ... and {max(0, len(asked) - _SHOWN)} more")


def _write(path: Path, rows: Sequence[tuple[str, str, str, str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("path", "label", "group", "asked"))
        writer.writerows(rows)


def _scores(pool: LabelledSlabs, answered: Flags) -> tuple[Values, Values]:
    return highest_scores(cross_fit_heads(pool.where(answered), HeadsPlan(folds=3)), pool)


def _measure(result: Result, slabs: int, say: OnProgress) -> Measured:
    classifier = LiteRtClassifier(result.folder)
    decided = wrong = 0
    for number in range(slabs, 2 * slabs):
        rgb, label = _drawn(number)
        [prediction] = classifier.classify([fit(rgb, classifier.manifest.input)]).predictions
        decision = decide(prediction, result.thresholds).decision
        decided += decision is not Decision.REVIEW
        wrong += decision is (Decision.FAULTY if label == LABELS[0] else Decision.GOOD)
    found = Measured(slabs, decided, wrong)
    say(
        f"\nOn {slabs} further slabs that nobody was asked about, it decided {decided / slabs:.0%};"
        f" {wrong} of these {decided} wrongly."
    )
    return found
