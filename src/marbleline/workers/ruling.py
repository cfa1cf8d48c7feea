"""From a model's answer to verdicts: the decision and its evidence, for whoever asked the model."""

from collections.abc import Sequence

from marbleline.domain.answer import Answer
from marbleline.domain.clock import Clock
from marbleline.domain.decision import decide
from marbleline.domain.encoded import Encoded
from marbleline.domain.quality import Gate, complaints
from marbleline.domain.verdict import Stages, Verdict, make_verdict


def verdicts_on(
    frames: Sequence[Encoded], answer: Answer, gate: Gate, asked: tuple[int, int], clock: Clock
) -> list[Verdict]:
    """One verdict a frame, in order, by the thresholds of the version that answered.

    ``asked``: when the model was asked and when it had answered, microseconds UTC.
    """
    thresholds = answer.manifest.thresholds
    made = []
    for encoded, prediction in zip(frames, answer.predictions, strict=True):
        ruling = decide(prediction, thresholds, complaints(encoded.quality, gate))
        stages = Stages(
            captured_at=encoded.frame.captured_at,
            encoder_taken_at=encoded.taken_at,
            encoded_at=encoded.encoded_at,
            publisher_taken_at=asked[0],
            classified_at=asked[1],
            decided_at=clock(),
        )
        made.append(make_verdict(encoded, prediction, ruling, answer.model, thresholds, stages))
    return made
