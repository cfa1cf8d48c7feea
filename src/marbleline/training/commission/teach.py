"""Teaches a product: from answers to a model version with heads and thresholds of its own.

Needs no TensorFlow, and takes a minute or two on two cores, so that it can be done at the line.
"""

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np

from marbleline.adapters.classifiers.feature_graph import with_features
from marbleline.domain.input_spec import InputSpec
from marbleline.domain.model import Thresholds, load_manifest, read_file
from marbleline.domain.normal_pictures import NORMAL_PICTURES_FILE
from marbleline.domain.normal_pictures import to_bytes as pictures_to_bytes
from marbleline.domain.product import Product
from marbleline.domain.product_features import CELL
from marbleline.domain.product_heads import HEADS_FILE, to_bytes
from marbleline.errors import SettingError
from marbleline.training.arrays import Values
from marbleline.training.commission.answers import Answer
from marbleline.training.commission.backbone import Backbone, CachedOutput
from marbleline.training.commission.bank import NormalBank
from marbleline.training.commission.estimate import Forecast, forecast, prevalence_of
from marbleline.training.commission.heads import HeadsPlan, cross_fit_heads
from marbleline.training.commission.labelled_slabs import LabelledSlabs
from marbleline.training.commission.learning_curve import CurvePoint, learning_curve
from marbleline.training.commission.learnt_windows import marked_windows
from marbleline.training.commission.normal_pictures import normal_pictures
from marbleline.training.commission.patch_projection import head_inputs_of, projection, views_of
from marbleline.training.commission.risk import SideRisk
from marbleline.training.commission.thresholds import LEAST_GOOD, probability_of, set_thresholds
from marbleline.training.commission.views import further_views
from marbleline.training.model.manifest import LITERT_FILE, write_manifest
from marbleline.training.progress import OnProgress

MOST_WINDOWS: Final = 10_000
"""Of all pictures together, where there are several of each: what is kept of each takes 81 KB of memory."""


@dataclass(frozen=True, slots=True)
class Result:
    """A version that was taught, and what is known of its decisions.

    ``held_out`` float64 [n]: logit of faulty of each answer, by heads that saw nothing of its slab.
    ``curve``  what more answers of faulty slabs would do; empty with too few answers to tell.
    ``normal``  which of the answers the normal patches are of.
    """

    folder: Path
    answers: Sequence[Answer]
    labelled: LabelledSlabs
    held_out: Values
    thresholds: Thresholds
    confidence: float
    escapes: SideRisk
    overkill: SideRisk
    forecast: Forecast
    seconds: float
    curve: tuple[CurvePoint, ...] = ()
    normal: NormalBank | None = None


def teach(
    product: Product,
    base: Path,
    answers: Sequence[Answer],
    output: Path,
    plan: HeadsPlan | None = None,
    cache: Path | None = None,
    on_progress: OnProgress = lambda _: None,
    watched: int | None = None,
) -> Result:
    """Teach a version into ``output`` (its name is the version's number).

    ``base`` is the folder of the version whose backbone and heads it starts from; ``cache`` keeps what was
    seen of each picture for the next time. ``watched`` slabs are those that it was chosen from which to ask
    about, None if that is not known: then asked answers make thresholds more careful than they need be.
    Raises SettingError if the answers can't teach, PictureError, ModelError.
    """
    begun = time.monotonic()
    manifest = load_manifest(base)
    check_answers(answers)
    graph = with_features(read_file(base, manifest, LITERT_FILE), str(base / LITERT_FILE))
    labelled = _run_backbone(Backbone(graph, manifest.input, cache=cache), answers, on_progress)
    fitted = cross_fit_heads(labelled, plan or HeadsPlan(), on_progress)
    asked = np.array([answer.asked for answer in answers])
    thresholds, escapes, overkill = set_thresholds(fitted, labelled, product.risk, asked, watched)
    random_share = prevalence_of(asked, labelled.faulty)
    expected = forecast(
        np.array([probability_of(float(one)) for one in fitted.held_out]),
        fitted.found[:, 0].astype(np.float64),
        labelled.faulty,
        labelled.groups,
        thresholds,
        product.prevalence if random_share is None else random_share,
    )
    output.mkdir(parents=True, exist_ok=True)
    (output / LITERT_FILE).write_bytes(graph)
    (output / HEADS_FILE).write_bytes(to_bytes(fitted.heads))
    if fitted.normal is not None:
        on_progress("pictures of normal patches")
        cut = normal_pictures(fitted.normal, [answer.path for answer in answers], manifest.input)
        (output / NORMAL_PICTURES_FILE).write_bytes(pictures_to_bytes(cut))
    write_manifest(
        output,
        name=product.name,
        version=int(output.name),
        spec=manifest.input,
        thresholds=thresholds,
        training={
            "base": {"name": manifest.name, "version": manifest.version, "digest": manifest.digest},
            "answers": len(answers),
            "faulty": int(labelled.faulty.sum()),
            "slabs": len(np.unique(labelled.groups)),
            "plan": asdict(plan or HeadsPlan()),
        },
        metrics={"escapes": asdict(escapes), "overkill": asdict(overkill)},
        stride=CELL,
        windowed=float(np.mean([len(one) > 1 for one in labelled.windows])),
    )
    seconds = time.monotonic() - begun
    on_progress(f"version {output.name} of {product.name} written after {seconds:.0f} s")
    return Result(
        output,
        answers,
        labelled,
        fitted.held_out,
        thresholds,
        product.risk.confidence,
        escapes,
        overkill,
        expected,
        seconds,
        learning_curve(fitted.held_out, labelled.faulty, labelled.groups, product.risk, expected.prevalence),
        fitted.normal,
    )


def check_answers(answers: Sequence[Answer]) -> None:
    """Raises SettingError if there are too few good pictures to know what is normal."""
    good = [answer for answer in answers if not answer.faulty]
    slabs = len({answer.group for answer in good})
    if len(good) < LEAST_GOOD or slabs < 2:
        raise SettingError(
            f"{len(good)} good pictures of {slabs} slabs: teaching needs {LEAST_GOOD} of 2 slabs or more;"
            " answer more of them"
        )


def _run_backbone(observer: Backbone, answers: Sequence[Answer], on_progress: OnProgress) -> LabelledSlabs:
    seen: deque[tuple[CachedOutput, ...]] = deque()
    windows = 0
    for done, outputs in enumerate(observer.files(answer.path for answer in answers), start=1):
        seen.append(outputs)
        windows += len(outputs)
        if windows > max(MOST_WINDOWS, len(answers)):
            raise SettingError(
                f"{done} of {len(answers)} answers have {windows} windows: learning looks at {MOST_WINDOWS}"
                " together; teach a version with a larger window, or with fewer answers"
            )
        if done % 50 == 0 or done == len(answers):
            in_windows = f", {windows} windows" if windows > done else ""
            on_progress(f"pictures: {done} of {len(answers)}{in_windows}")
    project = projection([output for outputs in seen for output in outputs])
    # One picture after the other: features and head inputs of all of them need not be there at once.
    inputs = head_inputs_of((seen.popleft() for _ in range(len(answers))), project)
    wanted = further_views(windows)
    if wanted:
        on_progress(f"pictures turned and mirrored: {len(wanted)} further views of each")
    return LabelledSlabs(
        project,
        [one[0] for one in inputs],
        np.array([answer.faulty for answer in answers]),
        np.array([answer.group for answer in answers]),
        np.array([answer.meaning for answer in answers]),
        views_of(observer, [answer.path for answer in answers], project, wanted),
        [one[1:] for one in inputs],
        [_marked(answer, observer.spec, len(one)) for answer, one in zip(answers, inputs, strict=True)],
    )


def _marked(answer: Answer, spec: InputSpec, windows: int) -> list[int]:
    if answer.mark is None or not answer.faulty or windows == 1:
        return []
    return marked_windows(answer.path.read_bytes(), spec, answer.mark)
