"""Recorder: writes frames, verdicts and camera reports to the store, on a way of its own.

It reads queues beside the hot ones, so a store that is away delays the record and no verdict.
"""

from collections.abc import Callable, Sequence
from typing import Final

from marbleline.domain.clock import now
from marbleline.domain.frame import Frame
from marbleline.domain.reasons import REJECTED_BY_STORE
from marbleline.domain.records import CameraReport, FrameRecord
from marbleline.domain.verdict import Verdict
from marbleline.ports.broker import Delivery
from marbleline.ports.store import Rejection, Store
from marbleline.telemetry import tracing
from marbleline.telemetry.metrics import RECORDS
from marbleline.workers.loop import Batching, Dead, Outcome, Work, guarded

# Nobody waits for the record, and Elasticsearch takes a verdict in a bulk of 32 for a ninth of what it costs
# in a bulk of two, a picture for less than half.
FRAMES_AT_ONCE: Final = Batching(size=32, rest_ms=500)
VERDICTS_AT_ONCE: Final = Batching(size=128, rest_ms=500)


def frame_recording(store: Store) -> Work:
    """The work on deliveries of FRAME_RECORDS: frames with their pictures, and camera reports."""

    def record(taken: Sequence[Delivery]) -> list[Outcome]:
        frames: dict[int, FrameRecord] = {}
        reports: dict[int, CameraReport] = {}

        def decode(place: int, delivery: Delivery) -> Outcome:
            headers = delivery.message.headers
            if delivery.message.key.startswith("camera."):
                reports[place] = CameraReport.from_headers(headers)
            else:
                frames[place] = FrameRecord(Frame.from_headers(headers), delivery.message.body)
            return ()

        outcomes = _decoded(taken, decode)
        began_at = now()
        rejections = store.put_frames(list(frames.values())) if frames else []
        _trace("record frame", [taken[place] for place in frames], began_at)
        RECORDS.labels(kind="frame").inc(len(frames) - len(rejections))
        if reports:
            store.put_cameras(list(reports.values()))
        return _rejected(outcomes, {place: one.frame.frame_id for place, one in frames.items()}, rejections)

    return record


def verdict_recording(store: Store) -> Work:
    """The work on deliveries of VERDICT_RECORDS."""

    def record(taken: Sequence[Delivery]) -> list[Outcome]:
        verdicts: dict[int, Verdict] = {}

        def decode(place: int, delivery: Delivery) -> Outcome:
            verdicts[place] = Verdict.from_json(delivery.message.body)
            return ()

        outcomes = _decoded(taken, decode)
        began_at = now()
        rejections = store.put_verdicts(list(verdicts.values())) if verdicts else []
        _trace("record verdict", [taken[place] for place in verdicts], began_at)
        RECORDS.labels(kind="verdict").inc(len(verdicts) - len(rejections))
        return _rejected(outcomes, {place: one.frame.frame_id for place, one in verdicts.items()}, rejections)

    return record


def _trace(step: str, recorded: Sequence[Delivery], began_at: int) -> None:
    ended_at = now()
    for delivery in recorded:
        tracing.note(step, delivery.message.headers, began_at, ended_at, batch=len(recorded))


def _decoded(taken: Sequence[Delivery], decode: Callable[[int, Delivery], Outcome]) -> list[Outcome]:
    def at(place: int) -> Outcome:
        return guarded(lambda delivery: decode(place, delivery), taken[place])

    return [at(place) for place in range(len(taken))]


def _rejected(outcomes: list[Outcome], ids: dict[int, str], rejections: Sequence[Rejection]) -> list[Outcome]:
    reasons = {rejection.document_id: rejection.reason for rejection in rejections}
    for place, document_id in ids.items():
        if document_id in reasons:
            outcomes[place] = Dead(REJECTED_BY_STORE, reasons[document_id])
    return outcomes
