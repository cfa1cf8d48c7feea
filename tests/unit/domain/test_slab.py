"""A slab's identity, its messages, and their published schema."""

import json

import jsonschema
import pytest
from msgspec.structs import replace

from marbleline.domain.decision import Decision
from marbleline.domain.schema import slab_verdict_schema
from marbleline.domain.slab import SlabVerdict, TileIdentity, key_of_frame
from marbleline.errors import WireError
from tests.builders import START, make_frame, make_slab_verdict

SCHEMA = jsonschema.Draft202012Validator(slab_verdict_schema())


@pytest.mark.parametrize("decision", Decision)
def test_a_slab_verdict_keeps_the_published_schema(decision: Decision) -> None:
    slab = make_slab_verdict(7, decision)
    document = json.loads(slab.to_json())
    SCHEMA.validate(document)
    assert set(document) == set(slab_verdict_schema()["required"])  # type: ignore[call-overload]
    assert SlabVerdict.from_json(slab.to_json()) == slab


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(slab_verdict_schema())


def test_what_follows_from_other_fields_is_worked_out() -> None:
    slab = make_slab_verdict(7)
    late = replace(slab, decided_at=slab.deadline_at + 1)
    assert (slab.late, late.late) == (False, True)
    assert slab.latency_ms == 1_000
    assert slab.slab_verdict_id == "line-1/-/#7"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"slab_id": ""}, "slab_id is empty"),
        ({"tile": 0}, "tile 0 of 6"),
        ({"tile": 7}, "tile 7 of 6"),
        ({"trigger": 0}, "trigger 0"),
        ({"encoder_start": 5}, "needs both start and end"),
        ({"encoder_start": 5, "encoder_end": 4}, "end 4 is before its start 5"),
    ],
)
def test_an_identity_that_cannot_be_is_refused(fields: dict[str, object], said: str) -> None:
    sane = {"slab_id": "slab-7", "tile": 1, "tiles": 6}
    with pytest.raises(WireError, match=said):
        TileIdentity(**{**sane, **fields})  # type: ignore[arg-type]


def test_the_same_barcode_at_another_trigger_is_another_inspection() -> None:
    first, second = (make_frame(1, slab_id="B-1", trigger=trigger, tile=1, tiles=1) for trigger in (4, 5))
    assert key_of_frame(first) != key_of_frame(second)


def test_a_frame_without_slab_is_a_slab_of_its_own() -> None:
    first, second = make_frame(1), make_frame(2)
    assert key_of_frame(first) != key_of_frame(second)


def test_a_trigger_without_an_id_names_the_slab() -> None:
    first, second = (make_frame(n, trigger=9, tile=n, tiles=2, captured_at=START) for n in (1, 2))
    assert key_of_frame(first) == key_of_frame(second) == "line-1/-/#9"


def test_each_station_counts_its_own_slabs() -> None:
    front, back = (make_frame(1, slab_id="B-1", trigger=4, station=one) for one in ("front", "back"))
    assert key_of_frame(front) != key_of_frame(back)
