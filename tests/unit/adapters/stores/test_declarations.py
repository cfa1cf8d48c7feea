"""Mapping and columns follow from the messages' declarations, and from nothing else."""

import sqlite3
from typing import Annotated, ClassVar

import pytest
from msgspec import Meta

from marbleline.adapters.sqlite import checksums
from marbleline.adapters.stores.elasticsearch.documents import one_line
from marbleline.adapters.stores.elasticsearch.mapping import WORD, Fields, properties
from marbleline.adapters.stores.elasticsearch.schema import mappings
from marbleline.adapters.stores.sqlite.columns import columns, insert, row
from marbleline.adapters.stores.sqlite.schema import SCHEMA
from marbleline.domain.alarm import Alarm
from marbleline.domain.alarm_event import AlarmEvent
from marbleline.domain.clock import Time
from marbleline.domain.decision import Decision
from marbleline.domain.label import Label
from marbleline.domain.records import CameraReport, FrameRecord, ReceivedVerdict
from marbleline.domain.shadow_verdict import ShadowVerdict
from marbleline.domain.verdict import Verdict
from marbleline.domain.wire import PROSE, UNSEARCHED, WireStruct
from tests.builders import START, make_verdict

TABLES: dict[str, type[WireStruct]] = {
    "frames": FrameRecord,
    "verdicts": Verdict,
    "cameras": CameraReport,
    "labels": Label,
    "shadow_verdicts": ShadowVerdict,
    "alarms": Alarm,
    "alarm_events": AlarmEvent,
}


class Part(WireStruct, frozen=True):
    share: Annotated[float, UNSEARCHED]
    count: int


class Sample(WireStruct, frozen=True):
    name: str
    note: Annotated[str | None, PROSE]
    decision: Decision
    part: Part
    picture: bytes
    shares: Annotated[dict[str, float], Meta(extra={"keys": ("a", "b")})]
    reasons: tuple[str, ...]
    wet: bool
    at: Time | None = None

    time_field: ClassVar = "at"
    search_columns: ClassVar = {
        "name": "name",
        "decision": "decision",
        "amount": "part.count",
        "wet": "wet",
        "at": "at",
    }


def test_each_type_has_its_mapping() -> None:
    assert properties(Sample) == {
        "@timestamp": {"type": "alias", "path": "at"},
        "amount": {"type": "alias", "path": "part.count"},
        "schema_version": WORD,
        "name": WORD,
        "note": {"type": "text"},
        "decision": WORD,
        "part": {"properties": {"share": {"type": "double", "index": False}, "count": {"type": "long"}}},
        "picture": {"type": "binary"},
        "shares": {"properties": {"a": {"type": "double"}, "b": {"type": "double"}}},
        "reasons": WORD,
        "wet": {"type": "boolean"},
        "at": {"type": "date_nanos"},
    }


def test_each_type_has_its_column() -> None:
    assert columns(Sample, key="name").split(",\n")[:-1] == [
        "    name TEXT NOT NULL PRIMARY KEY",
        "    decision TEXT NOT NULL",
        "    amount INTEGER NOT NULL",
        "    wet INTEGER NOT NULL",
        "    at INTEGER",
    ]


def test_a_row_is_what_the_columns_name() -> None:
    sample = Sample("a", None, Decision.GOOD, Part(0.5, 3), b"", {}, (), wet=True, at=START)
    database = sqlite3.connect(":memory:")
    database.execute(f"CREATE TABLE samples ({columns(Sample)} document BLOB, checksum INTEGER)")
    checksums.register(database)
    database.execute(insert("samples", Sample, "document"), (*row(sample), sample.to_json()))
    whole = ("a", "good", 3, 1, START, sample.to_json())
    assert database.execute("SELECT * FROM samples").fetchall() == [
        (*whole, checksums.row_checksum("samples", *whole))
    ]
    database.close()


@pytest.mark.parametrize("kind", TABLES)
def test_the_stores_know_all_that_is_declared(kind: str) -> None:
    declared = TABLES[kind]
    assert mappings(kind) == {"dynamic": False, "properties": properties(declared)}
    database = sqlite3.connect(":memory:")
    for step in SCHEMA.steps:
        database.executescript(step)
    found = [name for _, name, *_ in database.execute(f"PRAGMA table_info({kind})")]
    assert [name for name in found if name in declared.search_columns] == list(declared.search_columns)
    database.close()


@pytest.mark.parametrize("kind", TABLES)
def test_every_field_of_a_document_is_mapped(kind: str) -> None:
    def leaves(fields: Fields) -> set[str]:
        inner = (leaves(field["properties"]) if "properties" in field else set() for field in fields.values())
        return set(fields).union(*inner)

    def names(of: object) -> set[str]:
        return set(of).union(*map(names, of.values())) if isinstance(of, dict) else set()

    if kind == "verdicts":
        assert names(make_verdict(1).to_document()) <= leaves(properties(Verdict))
    assert set(TABLES[kind].__struct_fields__) <= set(properties(TABLES[kind]))


def test_a_document_that_came_in_several_lines_is_stored_in_one() -> None:
    body = make_verdict(1).to_json().replace(b",", b",\r\n")
    line = one_line(ReceivedVerdict.from_json(body))
    assert b"\n" not in line
    assert Verdict.from_json(line) == make_verdict(1)
