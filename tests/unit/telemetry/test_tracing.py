"""Traces: from capture to verdict and record, at a real collector, and no cost while they are off."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from marbleline.adapters.brokers.sqlite import SqliteBroker
from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.domain.clock import now
from marbleline.domain.input_spec import InputSpec
from marbleline.domain.picture import Limits
from marbleline.domain.quality import QualityGate
from marbleline.pipeline.camera.spool import Spool
from marbleline.pipeline.camera.worker import CameraOptions, run_camera
from marbleline.pipeline.encoder import encoding_handler
from marbleline.pipeline.handling import DeadLetterReason, Handler
from marbleline.pipeline.publisher import publishing_handler
from marbleline.pipeline.recorder import frame_recording_handler, verdict_recording_handler
from marbleline.ports.topology import ENCODED, FRAME_RECORDS, FRAMES, VERDICT_RECORDS
from marbleline.telemetry import otlp, tracing
from tests.builders import make_frame_id, make_picture
from tests.unit.pipeline.camera.camera_fakes import ScriptedSource, captured
from tests.unit.pipeline.fakes import BrightnessClassifier, EveryProduct
from tests.unit.telemetry.collector import Collector, collecting

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as collector:
        yield collector
        tracing.stop()


def run_line(folder: Path) -> str:
    """One picture through camera, encoder, publisher and both recorders; returns its frame_id."""
    broker, store = SqliteBroker(folder / "broker.db"), SqliteStore(folder / "store.db")
    spool = Spool(folder / "spool", 1_000_000)
    source = ScriptedSource([captured(1, make_picture(1, 320, 240))])
    run_camera(
        source,
        lambda: SqliteBroker(folder / "broker.db"),
        spool,
        CameraOptions("line-1", "top", frames=1),
        threading.Event(),
    )
    spool.close()
    steps: list[tuple[str, Handler]] = [
        (FRAMES.name, encoding_handler(lambda product: InputSpec(), Limits(), now)),
        (ENCODED.name, publishing_handler(EveryProduct(BrightnessClassifier()), QualityGate(), now)),
        (VERDICT_RECORDS.name, verdict_recording_handler(store)),
        (FRAME_RECORDS.name, frame_recording_handler(store)),
    ]
    frame_id = ""
    for queue, work in steps:
        deliveries = broker.receive(queue, 1 if queue != FRAME_RECORDS.name else 10, 5)
        for delivery, outcome in zip(deliveries, work(deliveries), strict=True):
            assert outcome is not None
            assert not isinstance(outcome, DeadLetterReason)
            broker.publish_and_ack([delivery], outcome)
            if queue == FRAMES.name:
                frame_id = delivery.message.message_id
    broker.close()
    store.close()
    return frame_id


def test_a_frame_s_way_is_one_trace_whose_id_is_the_frame_s(collector: Collector, tmp_path: Path) -> None:
    tracing.start(collector.address, "line", 1.0)
    frame_id = run_line(tmp_path)
    tracing.stop()
    assert collector.paths == {"/v1/traces"}
    assert collector.workers == {"line"}
    assert {span.trace_id.hex() for span in collector.spans} == {frame_id.replace("-", "")}
    by_id = {span.span_id: span.name for span in collector.spans}
    ways = {span.name: by_id.get(span.parent_span_id) for span in collector.spans}
    assert ways == {
        "capture": None,
        "encode": "capture",
        "classify": "encode",
        "decide": "classify",
        "record verdict": "decide",
        "record frame": "capture",
    }
    for span in collector.spans:
        about = collector.attributes(span)
        assert (about["marbleline.frame_id"], about["marbleline.camera"]) == (frame_id, "top")
        assert span.start_time_unix_nano <= span.end_time_unix_nano
    [decide] = [span for span in collector.spans if span.name == "decide"]
    assert collector.attributes(decide)["marbleline.decision"] in ("good", "faulty", "review")


def test_all_workers_choose_the_same_share_of_the_frames(collector: Collector) -> None:
    tracing.start(collector.address, "camera", 0.25)
    ids = [make_frame_id(number) for number in range(400)]
    marks = [str(tracing.begin(frame_id)[tracing.TRACEPARENT]) for frame_id in ids]
    chosen = [mark for mark in marks if mark.endswith("-01")]
    assert 60 < len(chosen) < 140
    for mark in marks:
        tracing.record_span("encode", {tracing.TRACEPARENT: mark}, 1, 2)
    tracing.stop()
    assert len(collector.spans) == len(chosen)


def test_a_worker_that_does_not_trace_passes_the_context_on() -> None:
    headers = {tracing.TRACEPARENT: PARENT, "frame_id": "x"}
    assert tracing.record_span("encode", headers, 1, 2) == {tracing.TRACEPARENT: PARENT}
    assert tracing.record_span("encode", {}, 1, 2) == {}
    assert tracing.begin(make_frame_id(1)) == {}


def test_the_trace_state_of_other_vendors_travels_with_the_context(collector: Collector) -> None:
    """https://www.w3.org/TR/trace-context/, section 3.5: whoever takes part has to pass tracestate on."""
    headers = {tracing.TRACEPARENT: PARENT, "tracestate": "rojo=00f067aa0ba902b7"}
    assert tracing.record_span("encode", headers, 1, 2) == headers  # not traced here
    tracing.start(collector.address, "encoder", 1.0)
    made = tracing.record_span("encode", headers, 1, 2)
    tracing.stop()
    assert made["tracestate"] == "rojo=00f067aa0ba902b7"
    [span] = collector.spans
    assert made[tracing.TRACEPARENT] == f"00-{span.trace_id.hex()}-{span.span_id.hex()}-01"
    assert (span.trace_id.hex(), span.parent_span_id.hex()) == (PARENT[3:35], PARENT[36:52])


@pytest.mark.parametrize("given", ["", "garbage", "00-zz-yy-01", f"{PARENT}-more"])
def test_a_context_that_is_none_is_passed_on_and_starts_nothing(collector: Collector, given: str) -> None:
    tracing.start(collector.address, "encoder", 1.0)
    assert tracing.record_span("encode", {tracing.TRACEPARENT: given}, 1, 2) == {tracing.TRACEPARENT: given}
    tracing.stop()
    assert not collector.spans


def test_a_collector_that_is_away_holds_up_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(otlp, "_TIMEOUT_S", 0.2)
    monkeypatch.setattr(otlp, "_FLUSH_MS", 200)
    with collecting() as gone:
        address = gone.address
    tracing.start(address, "line", 1.0)
    assert run_line(tmp_path)
    tracing.stop()


def test_while_it_is_off_opentelemetry_is_not_imported() -> None:
    program = (
        "import sys; from marbleline.pipeline import encoder, publisher, recorder, camera; "
        "from marbleline.bootstrap import process; "
        "sys.exit(any(name.startswith('opentelemetry') for name in sys.modules))"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
