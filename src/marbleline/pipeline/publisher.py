"""Publisher: asks each frame's product's model, decides, and publishes one verdict per frame."""

import logging
from collections.abc import Callable, Sequence

from marbleline.domain.classification import Classification
from marbleline.domain.clock import Clock
from marbleline.domain.encoded import Encoded
from marbleline.domain.picture import Pixels
from marbleline.domain.quality import QualityGate
from marbleline.domain.verdict import Verdict
from marbleline.domain.windows import judge_pictures
from marbleline.domain.wire import SCHEMA_VERSION, Headers
from marbleline.errors import ClassifierUnavailable, ModelError, PictureError
from marbleline.pipeline.batch_parts import suspected
from marbleline.pipeline.handling import DeadLetterReason, Handler, HandlerResult, decode_each
from marbleline.pipeline.verdict_builder import DriftRule, build_verdicts, by_product
from marbleline.ports.classifier import ProductClassifiers, SuspectClassifier
from marbleline.ports.message import Delivery, Message
from marbleline.ports.topology import verdict_key
from marbleline.telemetry import tracing
from marbleline.telemetry.metrics import (
    LATENCY_SECONDS,
    STAGE_SECONDS,
    VERDICTS,
    VERDICTS_FALLBACK,
    VERDICTS_LATE,
    observe_span,
)

log = logging.getLogger("marbleline.publisher")


def ignored(frames: Sequence[Encoded]) -> None:
    """What a publisher without a shadow does with the frames that it has judged."""


def publishing_handler(
    classifiers: ProductClassifiers,
    gate: QualityGate,
    clock: Clock,
    also: Callable[[Sequence[Encoded]], None] = ignored,
    suspects: SuspectClassifier | None = None,
    drift: DriftRule | None = None,
) -> Handler:
    """Work on deliveries of ENCODED, for ``pipeline.consumer.consume`` with ``alone=redelivered``.

    A batch is asked about in one call for each product in it; a frame of an unknown product is dead-lettered.

    ``suspects`` judges what may have ended two workers. It is None where the model runs on a server, which a
    picture does not take down with the worker.

    ``drift`` withdraws risk claims of cameras whose pictures have changed; None: nobody watches for that.

    ``also`` is shown the frames once they are judged; it returns at once, whatever it makes of them.

    It raises ClassifierUnavailable while the model can't be asked, or answers what its manifest
    does not promise: no frame is to blame for that, so the batch is tried again.
    """

    def publish(deliveries: Sequence[Delivery]) -> list[HandlerResult]:
        taken_at = clock()
        frames: dict[int, Encoded] = {}

        def decode(place: int, delivery: Delivery) -> HandlerResult:
            frames[place] = Encoded.from_message(delivery.message.headers, delivery.message.body)
            return None

        results = decode_each(deliveries, decode)
        isolated = suspects if any(suspected(delivery) for delivery in deliveries) else None
        if suspects is not None and isolated is None:
            suspects.end_idle()
        judged: dict[int, Verdict] = {}
        for product, places in by_product(frames).items():
            batch = [frames[place] for place in places]
            try:
                answer = _classify(batch, product, classifiers, isolated)
            except PictureError as error:
                for place in places:
                    results[place] = DeadLetterReason(error.reason, error.detail)
                continue
            made = build_verdicts(batch, answer, gate, (taken_at, clock()), clock, drift)
            judged |= zip(places, made, strict=True)
        # Not before all have been asked about: while one product's model is away, the batch is tried again.
        for place, verdict in judged.items():
            _report(verdict)
            results[place] = [verdict_message(verdict, _trace(deliveries[place], verdict, len(judged)))]
        also([frames[place] for place in judged])
        return results

    return publish


def _classify(
    batch: Sequence[Encoded],
    product: str,
    classifiers: ProductClassifiers,
    isolated: SuspectClassifier | None,
) -> Classification:
    """Ask the product's model about a batch, in a process of its own with ``isolated``.

    Raises PictureError for what ended that process, UnknownProduct, ClassifierUnavailable.
    """

    def ask(images: Sequence[Pixels]) -> Classification:
        if isolated is not None:
            return isolated.classify(images, product)
        return classifiers.of(product).classify(images)

    try:
        return judge_pictures(
            ask,
            [encoded.image for encoded in batch],
            classifiers.of(product).manifest,
            [encoded.frame.judged_region() for encoded in batch],
        )
    except ModelError as error:
        raise ClassifierUnavailable(str(error)) from error


def verdict_message(verdict: Verdict, traced: Headers | None = None) -> Message:
    """A verdict on the wire: its JSON, and in the headers what a subscriber sorts by, and its trace."""
    frame = verdict.frame
    return Message(
        message_id=frame.frame_id,
        key=verdict_key(frame, verdict.decision.value),
        headers={
            "schema_version": SCHEMA_VERSION,
            "frame_id": frame.frame_id,
            "line": frame.line,
            "camera": frame.camera,
            "sequence": frame.sequence,
            "product": frame.product,
            "decision": verdict.decision.value,
            "late": int(verdict.late),
            **(traced or {}),
        },
        body=verdict.to_json(),
    )


def _report(verdict: Verdict) -> None:
    """Count and log the verdict."""
    _measure(verdict)
    log.debug(
        "verdict.decided",
        extra={
            "frame_id": verdict.frame.frame_id,
            "camera": verdict.frame.camera,
            "decision": verdict.decision.value,
            "latency_ms": verdict.latency_ms,
        },
    )


def _trace(delivery: Delivery, verdict: Verdict, batch: int) -> Headers:
    stages, headers = verdict.stages, delivery.message.headers
    if tracing.TRACEPARENT not in headers:
        return {}
    asked = tracing.record_span(
        "classify", headers, stages.publisher_taken_at, stages.classified_at, batch=batch, **_model(verdict)
    )
    about = {"decision": verdict.decision.value, "defect": verdict.defect or "", "late": int(verdict.late)}
    return tracing.record_span(
        "decide", {**headers, **asked}, stages.classified_at, stages.decided_at, **about
    )


def _model(verdict: Verdict) -> dict[str, str | int]:
    return {"model_version": verdict.model.version, "runtime": verdict.model.runtime}


def _measure(verdict: Verdict) -> None:
    camera, stages = verdict.frame.camera, verdict.stages
    VERDICTS.labels(camera=camera, decision=verdict.decision.value, defect=verdict.defect or "").inc()
    if verdict.late:
        VERDICTS_LATE.labels(camera=camera).inc()
    if verdict.model.fallback:
        VERDICTS_FALLBACK.labels(camera=camera).inc()
    observe_span(LATENCY_SECONDS.labels(camera=camera), stages.captured_at, stages.decided_at)
    waited, classifying = (
        STAGE_SECONDS.labels(stage="waiting_to_publish"),
        STAGE_SECONDS.labels(stage="classifying"),
    )
    observe_span(waited, stages.encoded_at, stages.publisher_taken_at)
    observe_span(classifying, stages.publisher_taken_at, stages.classified_at)
