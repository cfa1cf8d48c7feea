"""The publisher's work."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from msgspec.structs import replace as msgspec_replace

from marbleline.domain.classification import Classification
from marbleline.domain.decision import Decision
from marbleline.domain.encoded import Encoded
from marbleline.domain.model import Prediction
from marbleline.domain.picture import Pixels
from marbleline.domain.quality import Quality, QualityGate
from marbleline.domain.risk_claim import RiskClaim, RiskClaims
from marbleline.domain.verdict import Verdict, Windows
from marbleline.errors import ClassifierUnavailable, ModelError, PictureError, UnknownProduct
from marbleline.pipeline.handling import DeadLetterReason
from marbleline.pipeline.publisher import publishing_handler
from marbleline.ports.message import Delivery, Message
from marbleline.telemetry.metrics import VERDICTS
from tests.builders import START, FakeClock, encoded_message, make_encoded, make_frame
from tests.unit.pipeline.fakes import MANIFEST, BrightnessClassifier, EveryProduct


def of_brightness(
    sequence: int,
    value: int,
    quality: Quality | None = None,
    deadline_ms: int = 2_000,
    product: str = "marble",
) -> Message:
    encoded = make_encoded(make_frame(sequence, deadline_ms=deadline_ms, product=product))
    image = np.full((16, 16, 3), value, np.uint8)
    fields = {name: getattr(encoded, name) for name in Encoded.__slots__}
    return encoded_message(Encoded(**{**fields, "image": image, "quality": quality or encoded.quality}))


def make_deliveries(*messages: Message) -> list[Delivery]:
    return [Delivery("encoded", place, 1, message) for place, message in enumerate(messages)]


def verdict_of(outcome: object) -> tuple[Message, Verdict]:
    assert isinstance(outcome, list)
    [message] = outcome
    return message, Verdict.from_json(message.body)


def test_a_batch_is_judged_in_one_call_and_each_gets_its_own_verdict() -> None:
    classifier = BrightnessClassifier()
    work = publishing_handler(EveryProduct(classifier), QualityGate(), FakeClock(START + 3_000_000))
    outcomes = work(make_deliveries(of_brightness(1, 255), of_brightness(2, 0), of_brightness(3, 128)))
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
    [outcome] = publishing_handler(EveryProduct(BrightnessClassifier()), QualityGate(), clock)(
        make_deliveries(of_brightness(1, 0))
    )
    message, verdict = verdict_of(outcome)
    assert (verdict.model.name, verdict.model.version, verdict.model.digest) == ("marble", 3, MANIFEST.digest)
    assert verdict.thresholds == MANIFEST.thresholds
    assert verdict.stages.decided_at == clock.at
    assert verdict.frame == make_frame(1)
    assert message.headers["sequence"] == 1


def test_a_late_verdict_says_so_in_the_message() -> None:
    work = publishing_handler(
        EveryProduct(BrightnessClassifier()), QualityGate(), FakeClock(START + 3_000_000)
    )
    late, in_time = work(
        make_deliveries(of_brightness(1, 0, deadline_ms=1_999), of_brightness(1, 0, deadline_ms=2_000))
    )
    assert verdict_of(late)[0].headers["late"] == 1
    assert verdict_of(late)[1].late
    assert verdict_of(in_time)[0].headers["late"] == 0


def test_a_bad_picture_is_for_a_person() -> None:
    dark = Quality(brightness=3, contrast=20, sharpness=100)
    [outcome] = publishing_handler(EveryProduct(BrightnessClassifier()), QualityGate(), FakeClock())(
        make_deliveries(of_brightness(1, 255, dark))
    )
    _, verdict = verdict_of(outcome)
    assert (verdict.decision, verdict.reasons) == (Decision.REVIEW, ("dark",))


def test_a_bad_message_does_not_spoil_its_batch() -> None:
    broken = Message("x", "encoded.a.b", {"schema_version": "2.0"}, b"")
    work = publishing_handler(EveryProduct(BrightnessClassifier()), QualityGate(), FakeClock())
    first, bad, last = work(make_deliveries(of_brightness(1, 255), broken, of_brightness(2, 255)))
    assert isinstance(bad, DeadLetterReason)
    assert bad.reason == "bad_message"
    assert [verdict_of(one)[1].frame.sequence for one in (first, last)] == [1, 2]


@pytest.mark.parametrize("error", [ClassifierUnavailable("away"), ModelError("garbage")])
def test_no_frame_is_blamed_for_the_model(error: Exception) -> None:
    classifier = BrightnessClassifier()
    classifier.trouble = [error]
    with pytest.raises(ClassifierUnavailable):
        publishing_handler(EveryProduct(classifier), QualityGate(), FakeClock())(
            make_deliveries(of_brightness(1, 255))
        )


class Suspects(BrightnessClassifier):
    """Counts what it judged; a black picture ends its process."""

    rested = 0

    def classify(self, images: Sequence[Pixels], product: str = "") -> Classification:
        if images[0].max() == 0:
            raise PictureError("crashed_worker", "twice")
        return super().classify(images)

    def end_idle(self) -> None:
        self.rested += 1


@pytest.mark.parametrize(("count", "isolated"), [(1, False), (2, False), (3, True), (9, True)])
def test_what_may_have_ended_two_workers_is_judged_in_a_process_of_its_own(
    count: int, isolated: bool
) -> None:
    classifier, suspects = BrightnessClassifier(), Suspects()
    work = publishing_handler(EveryProduct(classifier), QualityGate(), FakeClock(), suspects=suspects)
    [outcome] = work([Delivery("encoded", 1, count, of_brightness(1, 255))])
    assert verdict_of(outcome)[1].decision is Decision.GOOD
    assert (classifier.sizes, suspects.sizes) == (([], [1]) if isolated else ([1], []))
    assert suspects.rested == (not isolated)


def test_what_ends_that_process_is_dead_lettered() -> None:
    work = publishing_handler(
        EveryProduct(BrightnessClassifier()), QualityGate(), FakeClock(), suspects=Suspects()
    )
    assert work([Delivery("encoded", 1, 3, of_brightness(1, 0))]) == [
        DeadLetterReason("crashed_worker", "twice")
    ]


class ByName:
    """Products of the names given, each with a classifier and a manifest of its name."""

    def __init__(self, *names: str) -> None:
        self.classifiers = {name: Named(name) for name in names}

    def of(self, product: str) -> "Named":
        if product not in self.classifiers:
            raise UnknownProduct(f"product {product!r} has no model version")
        return self.classifiers[product]

    def close(self) -> None:
        return None


class Named(BrightnessClassifier):
    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def classify(self, images: Sequence[Pixels]) -> Classification:
        answer = super().classify(images)
        return replace(answer, manifest=replace(answer.manifest, name=self.name))


def test_each_frame_of_a_batch_is_judged_by_its_own_product() -> None:
    classifiers = ByName("marble", "granite")
    shown: list[int] = []
    work = publishing_handler(
        classifiers, QualityGate(), FakeClock(), lambda seen: shown.extend(one.frame.sequence for one in seen)
    )
    products = ["granite", "marble", "granite", "granite", "marble"]
    messages = [of_brightness(place, 255, product=product) for place, product in enumerate(products, 1)]
    found = [verdict_of(outcome) for outcome in work(make_deliveries(*messages))]
    assert [verdict.model.name for _, verdict in found] == products
    assert [verdict.frame.product for _, verdict in found] == products
    assert [verdict.frame.sequence for _, verdict in found] == [1, 2, 3, 4, 5]
    assert [message.headers["product"] for message, _ in found] == products
    assert [classifiers.of(name).sizes for name in ("granite", "marble")] == [[3], [2]], "one call each"
    assert sorted(shown) == [1, 2, 3, 4, 5]


def test_a_frame_of_an_unknown_product_is_dead_lettered_and_its_neighbours_are_judged() -> None:
    work = publishing_handler(ByName("marble"), QualityGate(), FakeClock())
    first, unknown, last = work(
        make_deliveries(of_brightness(1, 255), of_brightness(2, 255, product="onyx"), of_brightness(3, 255))
    )
    assert isinstance(unknown, DeadLetterReason)
    assert unknown.reason == "unknown_product"
    assert "'onyx'" in unknown.detail
    assert [verdict_of(one)[1].frame.sequence for one in (first, last)] == [1, 3]


def test_while_one_product_s_model_is_away_no_verdict_of_the_batch_is_counted() -> None:
    classifiers = ByName("marble", "granite")
    classifiers.of("granite").trouble = [ClassifierUnavailable("away")]
    work = publishing_handler(classifiers, QualityGate(), FakeClock())
    batch = make_deliveries(of_brightness(1, 255), of_brightness(2, 255, product="granite"))
    counter = VERDICTS.labels(camera="camera-1", decision="good", defect="")
    before = counter._value.get()
    with pytest.raises(ClassifierUnavailable):
        work(batch)
    assert counter._value.get() == before
    assert [verdict_of(one)[1].model.name for one in work(batch)] == ["marble", "granite"]
    assert counter._value.get() == before + 2


class Reporting(BrightnessClassifier):
    """With a heat map of the size that a picture in windows needs, and claims of these targets."""

    claim = RiskClaim(target=0.02, claimed=0.02, labels=100)
    claims = RiskClaims(escapes=claim, overkill=claim, confidence=0.9, method="conformal")

    def __init__(self, windowed: float = 0.0) -> None:
        super().__init__()
        thresholds = msgspec_replace(MANIFEST.thresholds, claims=self.claims)
        self.manifest = replace(MANIFEST, thresholds=thresholds, windowed=windowed)

    def _judge(self, image: Pixels) -> Prediction:
        rows, columns = image.shape[0] // 8, image.shape[1] // 8
        return replace(super()._judge(image), heatmap=np.ones((rows, columns, 4), np.float32))


def large_one() -> Encoded:
    encoded = make_encoded(make_frame(1))
    fields = {name: getattr(encoded, name) for name in Encoded.__slots__}
    image = np.full((960, 1280, 3), 250, np.uint8)
    image[700:, 1000:] = 10
    return Encoded(**{**fields, "image": image, "width": 2560, "height": 1920})


@pytest.mark.parametrize(
    ("windowed", "of_large", "of_small"),
    [(0.0, "windows", ""), (1.0, "", "windows"), (0.5, "windows", "windows")],
)
def test_claims_stand_for_pictures_as_those_that_they_rest_on(
    windowed: float, of_large: str, of_small: str
) -> None:
    work = publishing_handler(EveryProduct(Reporting(windowed)), QualityGate(), FakeClock(START + 3_000_000))
    outcomes = work(make_deliveries(encoded_message(large_one()), of_brightness(2, 250)))
    claims = [verdict_of(outcome)[1].thresholds.claims for outcome in outcomes]
    assert [one.withdrawn for one in claims if one is not None] == [of_large, of_small]


def test_a_large_picture_is_one_verdict_with_its_windows() -> None:
    classifier, large = Reporting(), large_one()
    work = publishing_handler(EveryProduct(classifier), QualityGate(), FakeClock(START + 3_000_000))
    outcomes = work(make_deliveries(encoded_message(large), of_brightness(2, 250)))
    _, verdict = verdict_of(outcomes[0])
    assert verdict.decision is Decision.FAULTY
    assert classifier.sizes == [1, 16, 9]
    assert verdict.windows == Windows(judged=25, left=1920, top=1440, width=640, height=480)
    assert verdict.thresholds.claims is not None
    assert verdict.thresholds.claims.withdrawn == "windows"
    assert Verdict.from_json(verdict.to_json()) == verdict
    _, usual = verdict_of(outcomes[1])
    assert usual.windows is None
    assert usual.thresholds.claims == Reporting.claims
