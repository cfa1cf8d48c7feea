"""The verdict's wire form, held to its published schema."""

import json

import jsonschema
import numpy as np
import pytest
from hypothesis import given, settings
from msgspec.structs import fields

from marbleline.domain.decision import Decision, Judgement
from marbleline.domain.model import CLASSES, Prediction
from marbleline.domain.schema import verdict_schema
from marbleline.domain.strangest_patch import JudgedPatch, StrangestPatch
from marbleline.domain.verdict import Verdict, heatmap_of, make_verdict
from marbleline.errors import WireError
from tests.builders import MODEL, THRESHOLDS, make_encoded, make_frame
from tests.builders import make_verdict as sample
from tests.unit.domain.strategies import verdicts

SCHEMA = jsonschema.Draft202012Validator(verdict_schema())


@given(verdicts())
@settings(max_examples=50)
def test_json_gives_the_verdict_back_and_keeps_the_published_schema(verdict: Verdict) -> None:
    assert Verdict.from_json(verdict.to_json()) == verdict
    SCHEMA.validate(json.loads(verdict.to_json()))


def test_the_schema_describes_every_field() -> None:
    document = sample().to_document()
    schema = verdict_schema()
    assert set(schema["required"]) == set(schema["properties"]) == set(document)  # type: ignore[call-overload]


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(verdict_schema())


def test_fields_of_a_newer_version_are_passed_over() -> None:
    document = {**sample().to_document(), "schema_version": "2.9", "polish": "mirror"}
    SCHEMA.validate(document)
    assert Verdict.from_document(document) == sample()


@pytest.mark.parametrize(
    "name",
    # Those with a default are worked out from the others.
    ["schema_version", *(field.name for field in fields(Verdict) if field.required)],
)
def test_a_missing_field_is_named(name: str) -> None:
    document = sample().to_document()
    del document[name]
    with pytest.raises(WireError, match=name):
        Verdict.from_document(document)


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"null", b"\xff"])
def test_what_is_no_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(WireError):
        Verdict.from_json(body)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("decision", "maybe"),
        ("scores", {"good": "high"}),
        ("reasons", "unsure"),
        ("thumbnail", "***"),
        ("thresholds", {"good_upto": 0.9, "faulty_from": 0.1, "anomaly_upto": 1}),
    ],
)
def test_a_wrong_value_is_refused(name: str, value: object) -> None:
    with pytest.raises(WireError):
        Verdict.from_document({**sample().to_document(), name: value})


def test_late_is_after_the_deadline_and_not_at_it() -> None:
    frame = make_frame(deadline_ms=100)
    in_time, late = sample(frame=frame, decided_after_ms=100), sample(frame=frame, decided_after_ms=101)
    assert (in_time.late, in_time.lateness_ms) == (False, 0)
    assert (late.late, late.lateness_ms) == (True, 1)
    assert late.latency_ms == 101


def test_times_are_utc_with_microseconds() -> None:
    stages = sample().to_document()["stages"]
    assert stages["captured_at"] == "2025-06-15T15:06:41.000000Z"  # type: ignore[index]


def test_a_verdict_carries_all_its_evidence() -> None:
    encoded = make_encoded()
    heat = np.zeros((3, 4, 4), np.float32)
    heat[..., 0] = 1
    heat[1, 2] = (0, 1, 0, 0)
    prediction = Prediction(np.array([0.1, 0.7, 0.1, 0.1], np.float32), 2.5, heat)
    judgement = Judgement(Decision.FAULTY, "crack", 0.9, ())
    verdict = make_verdict(encoded, prediction, judgement, MODEL, THRESHOLDS, sample().stages)
    assert verdict.frame.sha256 == encoded.frame.sha256
    assert verdict.model.digest == MODEL.digest
    assert dict(verdict.scores) == pytest.approx(dict(zip(CLASSES, (0.1, 0.7, 0.1, 0.1), strict=True)))
    cells = np.frombuffer(verdict.heatmap.cells, np.uint8).reshape(3, 4)
    assert cells[1, 2] == 255
    assert cells.sum() == 255
    (region,) = verdict.defects
    assert region.probability == 1
    assert region.outline == ((0.5, 0.3333), (0.75, 0.3333), (0.75, 0.6667), (0.5, 0.6667))


def test_only_a_slab_that_is_not_good_has_defects_and_a_strangest_patch() -> None:
    patch = JudgedPatch(0.0, 0.5, 0.25, 1.0, 7, 2.0)
    scores, heat = np.array([0.9, 0.1, 0, 0], np.float32), np.full((3, 4, 4), 0.25, np.float32)
    prediction = Prediction(scores, 0.5, heat, strangest=patch)

    def decided(judgement: Judgement) -> Verdict:
        return make_verdict(make_encoded(), prediction, judgement, MODEL, THRESHOLDS, sample().stages)

    good = decided(Judgement(Decision.GOOD, None, 0.1, ()))
    assert (good.defects, good.strangest) == ((), None)
    review = decided(Judgement(Decision.REVIEW, "dot", 0.1, ("unsure",)))
    assert len(review.defects) == 1
    assert review.strangest == StrangestPatch(0.0, 0.5, 0.25, 0.5, 7, 2.0)


def test_what_an_older_worker_wrote_has_no_defects() -> None:
    document = sample().to_document()
    del document["defects"], document["strangest"]
    assert Verdict.from_document(document) == sample()


def test_heat_is_what_is_not_good() -> None:
    heat = np.full((1, 2, 4), 0.25, np.float32)
    assert heatmap_of(heat).cells == bytes([191, 191])
