"""From a model's answer to verdicts: the decision and its evidence, for whoever asked the model."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from marbleline.domain.classification import Classification
from marbleline.domain.clock import Clock
from marbleline.domain.decision import DRIFTED, decide
from marbleline.domain.encoded import Encoded
from marbleline.domain.model import Thresholds
from marbleline.domain.quality import QualityGate, quality_issues
from marbleline.domain.verdict import Stages, Verdict, make_verdict


@dataclass(frozen=True, slots=True)
class DriftRule:
    """What drift does to verdicts of versions that claim a risk.

    ``raised``  whether the alarm is raised for a camera
    ``review``  send the camera's frames to review then, whatever the model says
    """

    raised: Callable[[str], bool]
    review: bool


def by_product(frames: Mapping[int, Encoded]) -> dict[str, list[int]]:
    """Product -> places of its frames, in order: one question to a model is about one product."""
    places: dict[str, list[int]] = {}
    for place, encoded in frames.items():
        places.setdefault(encoded.frame.product, []).append(place)
    return places


def build_verdicts(
    frames: Sequence[Encoded],
    answer: Classification,
    gate: QualityGate,
    asked: tuple[int, int],
    clock: Clock,
    drift: DriftRule | None = None,
) -> list[Verdict]:
    """One verdict a frame, in order, by the thresholds of the version that answered.

    ``asked``: when the model was asked and when it had answered, microseconds UTC.
    """
    made = []
    for encoded, prediction in zip(frames, answer.predictions, strict=True):
        thresholds, doubts = _under_drift(answer.manifest.thresholds, encoded, drift)
        if thresholds.claims is not None and answer.manifest.windowed != (prediction.windows is not None):
            # They are about pictures as those that it was taught with: of many windows, more are mistaken.
            thresholds = replace(thresholds, claims=thresholds.claims.withdraw("windows"))
        judgement = decide(prediction, thresholds, (*quality_issues(encoded.quality, gate), *doubts))
        stages = Stages(
            captured_at=encoded.frame.captured_at,
            encoder_taken_at=encoded.taken_at,
            encoded_at=encoded.encoded_at,
            publisher_taken_at=asked[0],
            classified_at=asked[1],
            decided_at=clock(),
        )
        made.append(make_verdict(encoded, prediction, judgement, answer.model, thresholds, stages))
    return made


def _under_drift(
    thresholds: Thresholds, encoded: Encoded, drift: DriftRule | None
) -> tuple[Thresholds, tuple[str, ...]]:
    """The thresholds with their claims, or with these withdrawn; and the reason to ask a person, if any.

    The claims rest on slabs as they were when the product was taught; the alarm says that they no longer are.
    """
    claims = thresholds.claims
    if drift is None or claims is None or not drift.raised(encoded.frame.camera):
        return thresholds, ()
    return replace(thresholds, claims=claims.withdraw("drift")), (DRIFTED,) if drift.review else ()
