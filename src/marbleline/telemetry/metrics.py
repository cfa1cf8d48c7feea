"""Every metric that a worker serves: name, kind, meaning and labels, in this one list.

Names and units follow OpenMetrics. Counters only go up, so that a scrape that was missed loses nothing. A
label takes few values: cameras, queues and words of ours; never a frame, a slab or an error's text.
"""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram, Info

# From a few milliseconds to a minute: an embedded line stands at the left end, an outage at the right.
_SECONDS: Final = (0.005, 0.01, 0.02, 0.035, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1, 2, 5, 10, 30, 60)

FRAMES_CAPTURED: Final = Counter(
    "marbleline_frames_captured", "Pictures that got an id and were written to the spool.", ["camera"]
)
FRAMES_SKIPPED: Final = Counter(
    "marbleline_frames_skipped",
    "Pictures skipped before they got an id: the spool was full.",
    ["camera"],
)
FRAMES_INCOMPLETE: Final = Counter(
    "marbleline_frames_incomplete",
    "Frames of a genicam camera that lost packets and were discarded; they count as skipped, too.",
    ["camera"],
)
FRAMES_DEAD_LETTERED: Final = Counter(
    "marbleline_frames_dead_lettered", "Messages dead-lettered with a reason.", ["queue", "reason"]
)
VERDICTS: Final = Counter(
    "marbleline_verdicts",
    "Verdicts made; redelivered frames are judged again.",
    ["camera", "decision", "defect"],
)
VERDICTS_LATE: Final = Counter("marbleline_verdicts_late", "Verdicts made after their deadline.", ["camera"])
VERDICTS_FALLBACK: Final = Counter(
    "marbleline_verdicts_fallback",
    "Verdicts that the publisher's own runtime made because the model server was unavailable.",
    ["camera"],
)
SHADOW_FRAMES: Final = Counter(
    "marbleline_shadow_frames",
    "Frames offered to the shadow: judged, or skipped because it was too slow.",
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


GATE_TRIGGERS: Final = Counter(
    "marbleline_gate_triggers", "Triggers of the PLC: seen, or missed by the gate station.", ["outcome"]
)
GATE_RESULTS: Final = Counter(
    "marbleline_gate_results",
    "Results for the PLC by decision: told, late (not sent), or unconfirmed (the link failed meanwhile).",
    ["decision", "outcome"],
)
GATE_SECONDS: Final = Histogram(
    "marbleline_gate_seconds",
    "From the trigger, as old as it can be, until the PLC has confirmed the valid word.",
    unit="seconds",
    buckets=_SECONDS,
)
GATE_LINK_UP: Final = Gauge("marbleline_gate_link_up", "Whether the PLC of the reject gate answers.")


def observe_span(histogram: Histogram, began_at: int, ended_at: int) -> None:
    """Observe the seconds between two times in microseconds UTC.

    Two machines' clocks, or one that was set back, may give a negative span; OpenMetrics allows no negative
    sum, and a scraper would refuse every metric of the worker for it.
    """
    histogram.observe(max(0, ended_at - began_at) / 1e6)


BATCH_MESSAGES: Final = Histogram(
    "marbleline_batch_messages",
    "Messages received in one batch.",
    ["queue"],
    buckets=(1, 2, 4, 8, 16, 32, 64),
)
DEPENDENCY_ERRORS: Final = Counter(
    "marbleline_dependency_errors",
    "Failed attempts to use something that a worker needs (broker, store, classifier, sink).",
    ["loop", "what"],
)
RECORDS: Final = Counter(
    "marbleline_records",
    "Frames and verdicts that the store accepted; a repeated write counts again.",
    ["kind"],
)
RECONNECTS: Final = Counter(
    "marbleline_reconnects",
    "Reconnects to the broker (by the connection's purpose) or to a camera's stream.",
    ["to"],
)
SINK_SENT: Final = Counter(
    "marbleline_sink_sent",
    "Notifications sent to a sink: delivered, refused (not retried), failed (retried), gave_up.",
    ["sink", "outcome"],
)
SINK_SECONDS: Final = Histogram(
    "marbleline_sink_seconds",
    "Response time of a sink.",
    ["sink"],
    unit="seconds",
    buckets=_SECONDS,
)
SLABS: Final = Counter("marbleline_slabs", "Slab verdicts published.", ["line", "decision"])
SLAB_TILES_TOO_LATE: Final = Counter(
    "marbleline_slab_tiles_too_late", "Verdicts of tiles that came after their slab's verdict.", ["camera"]
)
SLAB_LATENCY_SECONDS: Final = Histogram(
    "marbleline_slab_latency_seconds",
    "From a slab's trigger, or its first frame, to its verdict.",
    ["line"],
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
CAMERA_BLIND: Final = Counter(
    "marbleline_camera_blind",
    "Seconds in which the camera could capture nothing; counted on from the worker before.",
    ["camera", "cause"],
    unit="seconds",
)
TRIGGERS_MISSED: Final = Counter(
    "marbleline_triggers_missed",
    "Triggers without a picture of the camera; counted on from the worker before.",
    ["camera"],
)
CAMERA_STATE: Final = Gauge(
    "marbleline_camera_state", "1 for the state that the camera is in, 0 for the others.", ["camera", "state"]
)

FILE_DAMAGED: Final = Gauge(
    "marbleline_file_damaged", "1 if a file of the embedded line is damaged, else 0.", ["file"]
)
FILE_CHECK_SECONDS: Final = Gauge(
    "marbleline_file_check_seconds",
    "CPU time of the last integrity check of a file of the embedded line.",
    ["file"],
    unit="seconds",
)

WORKER: Final = Info("marbleline_worker", "1, with the worker's kind and version.")

ALL: Final = (
    FRAMES_CAPTURED,
    FRAMES_INCOMPLETE,
    FRAMES_SKIPPED,
    FRAMES_DEAD_LETTERED,
    VERDICTS,
    VERDICTS_LATE,
    VERDICTS_FALLBACK,
    SHADOW_FRAMES,
    STAGE_SECONDS,
    LATENCY_SECONDS,
    BATCH_MESSAGES,
    DEPENDENCY_ERRORS,
    RECORDS,
    RECONNECTS,
    SINK_SENT,
    SINK_SECONDS,
    SLABS,
    SLAB_TILES_TOO_LATE,
    SLAB_LATENCY_SECONDS,
    SPOOL_FRAMES,
    SPOOL_BYTES,
    SPOOL_OLDEST_SECONDS,
    CAMERA_STATE,
    CAMERA_BLIND,
    TRIGGERS_MISSED,
    FILE_DAMAGED,
    FILE_CHECK_SECONDS,
    WORKER,
)
