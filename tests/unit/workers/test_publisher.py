"""The publisher's work."""

import numpy as np
import pytest

from marbleline.domain.decision import Decision
from marbleline.domain.encoded import Encoded
from marbleline.domain.quality import Gate, Quality
from marbleline.domain.verdict import Verdict
from marbleline.errors import ClassifierUnavailable, ModelError
from marbleline.ports.broker import Delivery, Message
from marbleline.workers.loop import Dead
from marbleline.workers.publisher import publishing
from tests.builders import START, FakeClock, encoded_message, make_encoded, make_frame
from tests.unit.workers.fakes import MANIFEST, BrightnessClassifier


def of_brightness(
    sequence: int, value: int, quality: Quality | None = None, deadline_ms: int = 2_000
) -> Message:
    encoded = make_encoded(make_frame(sequence, deadline_ms=deadline_ms))
    image = np.full((16, 16, 3), value, np.uint8)
    fields = {name: getattr(encoded, name) for name in Encoded.__slots__}
    return encoded_message(Encoded(**{**fields, "image": image, "quality": quality or encoded.quality}))


def deliveries(*messages: Message) -> list[Delivery]:
    return [Delivery("encoded", place, 1, message) for place, message in enumerate(messages)]


def verdict_of(outcome: object) -> tuple[Message, Verdict]:
    assert isinstance(outcome, list)
    [message] = outcome
    return message, Verdict.from_json(message.body)


def test_a_batch_is_judged_in_one_call_and_each_gets_its_own_verdict() -> None:
    classifier = BrightnessClassifier()
    work = publishing(classifier, Gate(), FakeClock(START + 3_000_000))
    outcomes = work(deliveries(of_brightness(1, 255), of_brightness(2, 0), of_brightness(3, 128)))
    assert classifier.sizes == [3]
    found = [verdict_of(outcome) for outcome in outcomes]
    assert [verdict.decision for _, verdict in found] == [Decision.GOOD, Decision.FAULTY, Decision.REVIEW]
    assert [verdict.frame.sequence for _, verdict in found] == [1, 2, 3]
    assert [message.key for message, _ in found] == [
        f"verdict.line-1.camera-1.{name}" for name in ("good", "faulty", "review")
    ]
    assert all(message.message_id == verdict.frame.frame_id for message, verdict in found)


def test_the_evidence_goes_with_it() -> None:
    clock = FakeClock(START + 3_000_000)
    [outcome] = publishing(BrightnessClassifier(), Gate(), clock)(deliveries(of_brightness(1, 0)))
    message, verdict = verdict_of(outcome)
    assert (verdict.model.name, verdict.model.version, verdict.model.digest) == ("marble", 3, MANIFEST.digest)
    assert verdict.thresholds == MANIFEST.thresholds
    assert verdict.stages.decided_at == clock.at
    assert verdict.frame == make_frame(1)
    assert message.headers["sequence"] == 1


def test_a_late_verdict_says_so_in_the_message() -> None:
    work = publishing(BrightnessClassifier(), Gate(), FakeClock(START + 3_000_000))
    late, in_time = work(
        deliveries(of_brightness(1, 0, deadline_ms=1_999), of_brightness(1, 0, deadline_ms=2_000))
    )
    assert verdict_of(late)[0].headers["late"] == 1
    assert verdict_of(late)[1].late
    assert verdict_of(in_time)[0].headers["late"] == 0


def test_a_bad_picture_is_for_a_person() -> None:
    dark = Quality(brightness=3, contrast=20, sharpness=100)
    [outcome] = publishing(BrightnessClassifier(), Gate(), FakeClock())(
        deliveries(of_brightness(1, 255, dark))
    )
    _, verdict = verdict_of(outcome)
    assert (verdict.decision, verdict.reasons) == (Decision.REVIEW, ("dark",))


def test_a_bad_message_does_not_spoil_its_batch() -> None:
    broken = Message("x", "encoded.a.b", {"schema_version": "1.0"}, b"")
    work = publishing(BrightnessClassifier(), Gate(), FakeClock())
    first, bad, last = work(deliveries(of_brightness(1, 255), broken, of_brightness(2, 255)))
    assert isinstance(bad, Dead)
    assert bad.reason == "bad_message"
    assert [verdict_of(one)[1].frame.sequence for one in (first, last)] == [1, 2]


@pytest.mark.parametrize("error", [ClassifierUnavailable("away"), ModelError("garbage")])
def test_no_frame_is_blamed_for_the_model(error: Exception) -> None:
    classifier = BrightnessClassifier()
    classifier.trouble = [error]
    with pytest.raises(ClassifierUnavailable):
        publishing(classifier, Gate(), FakeClock())(deliveries(of_brightness(1, 255)))
