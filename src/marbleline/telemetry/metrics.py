"""Every metric that a worker serves: name, kind, meaning and labels, in this one list.

Names and units follow OpenMetrics. Counters only go up, so that a scrape that was missed loses nothing. A
label takes few values: cameras, queues and words of ours; never a frame, a slab or an error's text.
"""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram, Info

# From a few milliseconds to a minute: an embedded line stands at the left end, an outage at the right.
_SECONDS: Final = (0.005, 0.01, 0.02, 0.035, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1, 2, 5, 10, 30, 60)

FRAMES_CAPTURED: Final = Counter(
    "marbleline_frames_captured", "Pictures that got an identity and landed in the spool.", ["camera"]
)
FRAMES_SKIPPED: Final = Counter(
    "marbleline_frames_skipped",
    "Pictures dropped before they got an identity: the spool was full.",
    ["camera"],
)
FRAMES_DEAD_LETTERED: Final = Counter(
    "marbleline_frames_dead_lettered", "Messages put away with a reason.", ["queue", "reason"]
)
VERDICTS: Final = Counter(
    "marbleline_verdicts",
    "Verdicts made; redelivered frames are judged again.",
    ["camera", "decision", "defect"],
)
VERDICTS_LATE: Final = Counter("marbleline_verdicts_late", "Verdicts made after their deadline.", ["camera"])
VERDICTS_FALLBACK: Final = Counter(
    "marbleline_verdicts_fallback",
    "Verdicts made by the publisher itself: the model server was away.",
    ["camera"],
)
SHADOW_FRAMES: Final = Counter(
    "marbleline_shadow_frames",
    "Frames offered to the shadow: judged, or left_out for want of time.",
    ["outcome"],
)
STAGE_SECONDS: Final = Histogram(
    "marbleline_stage_seconds",
    "How long a frame was waiting_to_encode, encoding, waiting_to_publish, classifying.",
    ["stage"],
    unit="seconds",
    buckets=_SECONDS,
)
LATENCY_SECONDS: Final = Histogram(
    "marbleline_latency_seconds", "From capture to decision.", ["camera"], unit="seconds", buckets=_SECONDS
)
BATCH_MESSAGES: Final = Histogram(
    "marbleline_batch_messages", "Messages taken at once.", ["queue"], buckets=(1, 2, 4, 8, 16, 32, 64)
)
TROUBLE: Final = Counter(
    "marbleline_trouble", "How often something a worker needs could not be used.", ["loop", "what"]
)
RECORDS: Final = Counter(
    "marbleline_records", "Frames and verdicts that the store took; sent again counts again.", ["kind"]
)
RECONNECTS: Final = Counter(
    "marbleline_reconnects",
    "Connections made anew after one was lost: to a broker (by what it does) or a camera's stream.",
    ["to"],
)
WEBHOOK_SENT: Final = Counter(
    "marbleline_webhook_sent",
    "Tries to tell a webhook: delivered, refused (never tried again), failed (tried again), gave_up.",
    ["webhook", "outcome"],
)
WEBHOOK_SECONDS: Final = Histogram(
    "marbleline_webhook_seconds",
    "How long a webhook took to answer.",
    ["webhook"],
    unit="seconds",
    buckets=_SECONDS,
)
SPOOL_FRAMES: Final = Gauge("marbleline_spool_frames", "Frames in the spool now.", ["camera"])
SPOOL_BYTES: Final = Gauge("marbleline_spool_bytes", "Bytes in the spool now.", ["camera"], unit="bytes")
SPOOL_OLDEST_SECONDS: Final = Gauge(
    "marbleline_spool_oldest_seconds",
    "Age of the oldest frame in the spool, 0 if it is empty.",
    ["camera"],
    unit="seconds",
)
CAMERA_STATE: Final = Gauge(
    "marbleline_camera_state", "1 for the state that the camera is in, 0 for the others.", ["camera", "state"]
)

WORKER: Final = Info("marbleline_worker", "1, with the worker's kind and version.")

ALL: Final = (
    FRAMES_CAPTURED,
    FRAMES_SKIPPED,
    FRAMES_DEAD_LETTERED,
    VERDICTS,
    VERDICTS_LATE,
    VERDICTS_FALLBACK,
    SHADOW_FRAMES,
    STAGE_SECONDS,
    LATENCY_SECONDS,
    BATCH_MESSAGES,
    TROUBLE,
    RECORDS,
    RECONNECTS,
    WEBHOOK_SENT,
    WEBHOOK_SECONDS,
    SPOOL_FRAMES,
    SPOOL_BYTES,
    SPOOL_OLDEST_SECONDS,
    CAMERA_STATE,
    WORKER,
)
