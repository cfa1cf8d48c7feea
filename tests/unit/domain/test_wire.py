"""What follows from a message's declaration, for any message."""

import json

import pytest
from msgspec.structs import replace

from marbleline.domain.alarm import Alarm
from marbleline.domain.decision import Decision
from marbleline.domain.label import MarkedRegion, new_label
from marbleline.domain.notification import of_alarm, of_verdict
from marbleline.domain.records import FrameRecord, ReceivedVerdict
from marbleline.domain.shadow_verdict import ShadowVerdict, ShadowVerdictKind
from marbleline.domain.slab import SlabTrigger
from marbleline.domain.wire import WireStruct
from marbleline.errors import WireError
from tests.builders import START, make_frame, make_record, make_report, make_slab_verdict, make_verdict

VERDICT = make_verdict(1, thumbnail=b"jpeg")
MESSAGES: list[WireStruct] = [
    make_frame(1, slab_id="slab 7"),
    make_record(1),
    VERDICT,
    ShadowVerdict(ShadowVerdictKind.SHADOW, VERDICT),
    new_label(
        VERDICT, "crack", "ay\u015fe", START, region=MarkedRegion(0, 0, 1, 0.5), note="k\u00f6\u015fede"
    ),
    Alarm("line-1", "drift", "camera-1", raised=True, at=START, cause="0.4 darker", remedy="clean the lamp"),
    make_report(),
    make_slab_verdict(7, Decision.FAULTY),
    SlabTrigger("line-1", "slab-7", 7, START, 4, encoder=120_000),
]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: type(message).__name__)
def test_json_and_the_document_give_every_message_back(message: WireStruct) -> None:
    kind = type(message)
    assert kind.from_json(message.to_json()) == message
    assert kind.from_document(json.loads(message.to_json())) == message


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: type(message).__name__)
def test_every_message_names_its_version_and_reads_only_its_own(message: WireStruct) -> None:
    document = json.loads(message.to_json())
    assert document["schema_version"] == "2.0"
    later = {**document, "schema_version": "2.9", "polish": "mirror"}
    assert type(message).from_json(json.dumps(later).encode()) == message
    for version in ("1.0", "3.0"):
        with pytest.raises(WireError, match=f"'{version}': this version reads 2.x"):
            type(message).from_json(json.dumps({**document, "schema_version": version}).encode())


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        ("sequence", "7", r"field 'frame\.sequence' is wrong: Expected `int`, got `str`"),
        ("sequence", 0, r"'frame\.sequence'.*>= 1"),
        ("camera", "Top", r"'frame\.camera'.*matching regex"),
        ("captured_at", "yesterday", r"'frame\.captured_at'.*ISO 8601: 'yesterday'"),
        ("captured_at", 1_750_000_000_000_000, r"'frame\.captured_at'.*ISO 8601"),
        ("sha256", "d" * 63, r"'frame\.sha256'"),
    ],
)
def test_a_wrong_field_is_named_with_the_way_to_it(place: str, value: object, said: str) -> None:
    document = json.loads(VERDICT.to_json())
    document["frame"][place] = value
    with pytest.raises(WireError, match=said):
        type(VERDICT).from_json(json.dumps(document).encode())


def test_a_missing_field_of_a_part_is_named_with_the_way_to_it() -> None:
    document = json.loads(VERDICT.to_json())
    del document["stages"]["decided_at"]
    with pytest.raises(WireError, match=r"field 'stages\.decided_at' is missing"):
        type(VERDICT).from_json(json.dumps(document).encode())


@pytest.mark.parametrize("figure", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_is_not_written(figure: float) -> None:
    wrong = [
        replace(VERDICT, anomaly=figure),
        replace(VERDICT, scores={**VERDICT.scores, "dot": figure}),
        replace(VERDICT, quality=replace(VERDICT.quality, contrast=figure)),
    ]
    for verdict in [*wrong, *(ShadowVerdict(ShadowVerdictKind.SHADOW, one) for one in wrong)]:
        with pytest.raises(ValueError, match="finite"):
            verdict.to_json()


def test_a_part_of_a_list_that_is_no_number_is_not_written() -> None:
    slab = make_slab_verdict(7, Decision.FAULTY)
    tiles = (slab.tiles[0], replace(slab.tiles[1], left=float("nan")))
    with pytest.raises(ValueError, match=r"tiles\[1\]\.left is no finite number"):
        replace(slab, tiles=tiles).to_json()


def test_what_follows_from_other_fields_is_worked_out_and_not_believed() -> None:
    late = make_verdict(1, decided_after_ms=3_000)
    document = {**json.loads(late.to_json()), "late": False, "lateness_ms": 0, "latency_ms": 1}
    assert type(late).from_json(json.dumps(document).encode()) == late
    assert late.late


def test_a_received_verdict_is_passed_on_as_it_came() -> None:
    body = json.dumps({**json.loads(VERDICT.to_json()), "moisture": 3}, indent=2).encode()
    received = ReceivedVerdict.from_json(body)
    assert received.to_json() is body
    assert received.frame == VERDICT.frame
    assert json.loads(of_verdict(received).body)["data"]["moisture"] == 3


def test_a_notice_carries_the_document() -> None:
    alarm = next(message for message in MESSAGES if isinstance(message, Alarm))
    body = json.loads(of_alarm(alarm).body)
    assert (body["type"], body["timestamp"]) == ("alarm.raised", "2025-06-15T15:06:40.000000Z")
    assert Alarm.from_document(body["data"]) == alarm


def test_pictures_do_not_fill_the_log() -> None:
    assert repr(FrameRecord(make_frame(1), bytes(1_000_000))).endswith("image=<1000000 bytes>)")
