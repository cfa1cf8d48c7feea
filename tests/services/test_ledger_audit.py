"""The cameras' logs as Filebeat ships them, on a real Elasticsearch, beside the record."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from marbleline.adapters.brokers.sqlite import SqliteBroker
from marbleline.adapters.stores.elasticsearch import logs
from marbleline.adapters.stores.elasticsearch.logs import ShippedLogs
from marbleline.operations.audit import audit_frames
from marbleline.telemetry.logs import JsonFormatter
from tests.builders import SECOND, START, frame_message, make_frame, make_verdict
from tests.services.elasticsearch_support import Bench

# As Filebeat's own template: every text is a keyword, no text is taken for a time.
FILEBEAT = {
    "dynamic_templates": [{"texts": {"match_mapping_type": "string", "mapping": {"type": "keyword"}}}],
    "date_detection": False,
    "properties": {"message": {"type": "text"}},
}


def shipped(event: str, sequence: int) -> dict[str, object]:
    """A line as a camera writes it and Filebeat's ndjson parser expands it."""
    record = logging.LogRecord("marbleline.camera", logging.INFO, "", 0, event, None, None)
    vars(record).update(make_frame(sequence).to_headers())
    flat = json.loads(JsonFormatter("camera").format(record))
    return {"@timestamp": flat["@timestamp"], "message": flat["message"], "marbleline": flat["marbleline"]}


@pytest.fixture
def index(bench: Bench) -> Iterator[str]:
    name = f"{bench.prefix}-filebeat"
    bench.server.ask("PUT", f"/{name}", {"mappings": FILEBEAT})
    for sequence in range(1, 8):
        bench.server.ask("POST", f"/{name}/_doc", shipped("frame.captured", sequence))
    bench.server.ask("POST", f"/{name}/_doc", shipped("frame.captured", 2))
    bench.server.ask("POST", f"/{name}/_doc?refresh=true", shipped("frame.refused", 9))
    yield name


def test_frames_that_only_the_log_knows_are_missing(
    bench: Bench, index: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "_PAGE", 3)
    store, broker = bench.store(), SqliteBroker(tmp_path / "broker.db")
    store.put_verdicts([make_verdict(number) for number in (1, 2)])
    broker.publish([frame_message(make_frame(3))])
    broker.publish_dead_letter("frames", frame_message(make_frame(4)), "truncated", "cut off")
    shipped_logs = ShippedLogs(bench.server.url, index)
    logged = list(shipped_logs.captured(START, START + 20 * SECOND))
    assert [one.sequence for one in logged] == [1, 2, 2, 3, 4, 5, 6, 7]
    [entry] = audit_frames(logged, broker, store)
    assert (entry.logged, entry.judged, entry.dead_lettered, entry.pending) == (7, 2, 1, 1)
    assert list(entry.missing) == [make_frame(number).frame_id for number in (5, 6, 7)]
    early = list(shipped_logs.captured(START, START + 7 * SECOND // 2))
    assert [one.sequence for one in early] == [1, 2, 2, 3]
    shipped_logs.close()
    broker.close()
