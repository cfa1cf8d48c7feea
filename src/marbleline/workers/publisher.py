"""Publisher: asks the model about a batch, decides, and publishes one verdict per frame."""

import logging
from collections.abc import Callable, Sequence

from marbleline.domain.clock import Clock
from marbleline.domain.encoded import Encoded
from marbleline.domain.quality import Gate
from marbleline.domain.verdict import Verdict
from marbleline.domain.wire import SCHEMA_VERSION, Headers
from marbleline.errors import ClassifierUnavailable, ModelError
from marbleline.ports.broker import Delivery, Message
from marbleline.ports.classifier import Classifier
from marbleline.ports.topology import verdict_key
from marbleline.telemetry import tracing
from marbleline.telemetry.metrics import (
    LATENCY_SECONDS,
    STAGE_SECONDS,
    VERDICTS,
    VERDICTS_FALLBACK,
    VERDICTS_LATE,
)
from marbleline.workers.loop import Outcome, Work, guarded
from marbleline.workers.ruling import verdicts_on

log = logging.getLogger("marbleline.publisher")


def ignored(frames: Sequence[Encoded]) -> None:
    """What a publisher without a shadow does with the frames that it has judged."""


def publishing(
    classifier: Classifier, gate: Gate, clock: Clock, also: Callable[[Sequence[Encoded]], None] = ignored
) -> Work:
    """The publisher's work on deliveries of ENCODED, for ``loop.consume``.

    ``also`` is shown the frames once they are judged; it returns at once, whatever it makes of them.

    It raises ClassifierUnavailable while the model can't be asked, or answers what its manifest
    does not promise: no frame is to blame for that, so the batch is tried again.
    """

    def publish(taken: Sequence[Delivery]) -> list[Outcome]:
        taken_at = clock()
        frames: dict[int, Encoded] = {}
        outcomes: list[Outcome] = []
        for place, delivery in enumerate(taken):

            def decode(delivery: Delivery, place: int = place) -> Outcome:
                frames[place] = Encoded.from_message(delivery.message.headers, delivery.message.body)
                return None

            outcomes.append(guarded(decode, delivery))
        try:
            answer = classifier.classify([encoded.image for encoded in frames.values()])
        except ModelError as error:
            raise ClassifierUnavailable(str(error)) from error
        made = verdicts_on(list(frames.values()), answer, gate, (taken_at, clock()), clock)
        for place, verdict in zip(frames, made, strict=True):
            _tell(verdict)
            outcomes[place] = [verdict_message(verdict, _trace(taken[place], verdict, len(frames)))]
        also(list(frames.values()))
        return outcomes

    return publish


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
            "decision": verdict.decision.value,
            "late": int(verdict.late),
            **(traced or {}),
        },
        body=verdict.to_json(),
    )


def _tell(verdict: Verdict) -> None:
    """The verdict in metrics and log."""
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
    asked = tracing.note(
        "classify", headers, stages.publisher_taken_at, stages.classified_at, batch=batch, **_model(verdict)
    )
    about = {"decision": verdict.decision.value, "defect": verdict.defect or "", "late": int(verdict.late)}
    return tracing.note("decide", {**headers, **asked}, stages.classified_at, stages.decided_at, **about)


def _model(verdict: Verdict) -> dict[str, str | int]:
    return {"model_version": verdict.model.version, "runtime": verdict.model.runtime}


def _measure(verdict: Verdict) -> None:
    camera, stages = verdict.frame.camera, verdict.stages
    VERDICTS.labels(camera=camera, decision=verdict.decision.value, defect=verdict.defect or "").inc()
    if verdict.late:
        VERDICTS_LATE.labels(camera=camera).inc()
    if verdict.model.fallback:
        VERDICTS_FALLBACK.labels(camera=camera).inc()
    LATENCY_SECONDS.labels(camera=camera).observe(verdict.latency_ms / 1000)
    waited, classifying = (
        STAGE_SECONDS.labels(stage="waiting_to_publish"),
        STAGE_SECONDS.labels(stage="classifying"),
    )
    waited.observe((stages.publisher_taken_at - stages.encoded_at) / 1e6)
    classifying.observe((stages.classified_at - stages.publisher_taken_at) / 1e6)
