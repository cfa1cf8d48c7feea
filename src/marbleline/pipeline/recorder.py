"""Recorder: writes frames, verdicts, slab verdicts and camera reports to the store, on a way of its own.

It reads queues beside the hot ones, so a store that is away delays the record and no verdict.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, Protocol

from marbleline.domain.clock import now
from marbleline.domain.frame import Frame
from marbleline.domain.product_switch import ProductChange
from marbleline.domain.reasons import REJECTED_BY_STORE
from marbleline.domain.records import CameraReport, FrameRecord, ReceivedVerdict
from marbleline.domain.slab import SlabVerdict
from marbleline.pipeline import receipts
from marbleline.pipeline.consumer import Batching
from marbleline.pipeline.handling import DeadLetterReason, Handler, HandlerResult, decode_each
from marbleline.ports.camera_reports import CameraReports
from marbleline.ports.frames import Frames
from marbleline.ports.message import Delivery
from marbleline.ports.product_switches import ProductChanges
from marbleline.ports.rejection import Rejection
from marbleline.ports.slab_verdicts import SlabVerdicts
from marbleline.ports.verdicts import Verdicts
from marbleline.telemetry import tracing
from marbleline.telemetry.metrics import RECORDS

# Nobody waits for the record, and Elasticsearch takes a verdict in a bulk of 32 for a ninth of what it costs
# in a bulk of two, a picture for less than half.
FRAMES_AT_ONCE: Final = Batching(size=32, pause_ms=500)
VERDICTS_AT_ONCE: Final = Batching(size=128, pause_ms=500)


OnRecorded = Callable[[Sequence[str]], None]
"""Gets the ids of the frames that are on record now; see ``receipts.Receipts``."""


class FrameRecordStore(Frames, CameraReports, ProductChanges, Protocol):
    """Where frames, camera reports and product changes are recorded."""


def frame_recording_handler(store: FrameRecordStore, on_recorded: OnRecorded = receipts.none) -> Handler:
    """The work on deliveries of FRAME_RECORDS: frames with their pictures, and cameras' own messages."""

    def record(deliveries: Sequence[Delivery]) -> list[HandlerResult]:
        frames: dict[int, FrameRecord] = {}
        reports: dict[int, CameraReport] = {}
        changes: dict[int, ProductChange] = {}

        def decode(place: int, delivery: Delivery) -> HandlerResult:
            headers = delivery.message.headers
            if delivery.message.key.startswith("camera."):
                reports[place] = CameraReport.from_headers(headers)
            elif delivery.message.key.startswith("product."):
                changes[place] = ProductChange.from_json(delivery.message.body)
            else:
                frames[place] = FrameRecord(Frame.from_headers(headers), delivery.message.body)
            return ()

        outcomes = decode_each(deliveries, decode)
        began_at = now()
        rejections = store.put_frames(list(frames.values())) if frames else []
        _trace("record frame", [deliveries[place] for place in frames], began_at)
        RECORDS.labels(kind="frame").inc(len(frames) - len(rejections))
        if reports:
            store.put_cameras(list(reports.values()))
        unkept = store.put_product_changes(list(changes.values())) if changes else []
        ids = {place: one.frame.frame_id for place, one in frames.items()}
        _report_recorded(on_recorded, ids.values(), rejections)
        ids |= {place: one.change_id for place, one in changes.items()}
        return _rejected(outcomes, ids, [*rejections, *unkept])

    return record


def verdict_recording_handler(store: Verdicts, on_recorded: OnRecorded = receipts.none) -> Handler:
    """The work on deliveries of VERDICT_RECORDS."""

    def record(deliveries: Sequence[Delivery]) -> list[HandlerResult]:
        verdicts: dict[int, ReceivedVerdict] = {}

        def decode(place: int, delivery: Delivery) -> HandlerResult:
            verdicts[place] = ReceivedVerdict.from_json(delivery.message.body)
            return ()

        outcomes = decode_each(deliveries, decode)
        began_at = now()
        rejections = store.put_verdicts(list(verdicts.values())) if verdicts else []
        _trace("record verdict", [deliveries[place] for place in verdicts], began_at)
        RECORDS.labels(kind="verdict").inc(len(verdicts) - len(rejections))
        ids = {place: one.frame.frame_id for place, one in verdicts.items()}
        _report_recorded(on_recorded, ids.values(), rejections)
        return _rejected(outcomes, ids, rejections)

    return record


def slab_recording_handler(store: SlabVerdicts) -> Handler:
    """The work on deliveries of SLAB_RECORDS."""

    def record(deliveries: Sequence[Delivery]) -> list[HandlerResult]:
        slabs: dict[int, SlabVerdict] = {}

        def decode(place: int, delivery: Delivery) -> HandlerResult:
            slabs[place] = SlabVerdict.from_json(delivery.message.body)
            return ()

        outcomes = decode_each(deliveries, decode)
        rejections = store.put_slab_verdicts(list(slabs.values())) if slabs else []
        RECORDS.labels(kind="slab").inc(len(slabs) - len(rejections))
        return _rejected(outcomes, {place: one.slab_verdict_id for place, one in slabs.items()}, rejections)

    return record


def _report_recorded(
    on_recorded: OnRecorded, frame_ids: Iterable[str], rejections: Sequence[Rejection]
) -> None:
    rejected = {rejection.document_id for rejection in rejections}
    if recorded := [frame_id for frame_id in frame_ids if frame_id not in rejected]:
        on_recorded(recorded)


def _trace(step: str, recorded: Sequence[Delivery], began_at: int) -> None:
    ended_at = now()
    for delivery in recorded:
        tracing.record_span(step, delivery.message.headers, began_at, ended_at, batch=len(recorded))


def _rejected(
    outcomes: list[HandlerResult], ids: dict[int, str], rejections: Sequence[Rejection]
) -> list[HandlerResult]:
    reasons = {rejection.document_id: rejection.reason for rejection in rejections}
    for place, document_id in ids.items():
        if document_id in reasons:
            outcomes[place] = DeadLetterReason(REJECTED_BY_STORE, reasons[document_id])
    return outcomes
