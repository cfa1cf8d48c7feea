"""Every reason that a dead letter can have, and what it means."""

from typing import Final

from marbleline.domain.picture import REASONS as PICTURE_REASONS

BAD_MESSAGE: Final = "bad_message"
CORRUPT: Final = "corrupt"
CRASHED_WORKER: Final = "crashed_worker"
DELIVERY_LIMIT: Final = "delivery_limit"
INTERNAL_ERROR: Final = "internal_error"
REJECTED_BY_STORE: Final = "rejected_by_store"
UNKNOWN_PRODUCT: Final = "unknown_product"
SINK_GAVE_UP: Final = "sink_gave_up"
SINK_REFUSED: Final = "sink_refused"

REASONS: Final = {
    **PICTURE_REASONS,
    BAD_MESSAGE: "a header or field of the message is missing or of a wrong type",
    CORRUPT: "the picture's bytes are not those that were captured: their SHA-256 differs",
    CRASHED_WORKER: "it took down the process that worked on it alone, twice",
    DELIVERY_LIMIT: "delivered again and again without success",
    INTERNAL_ERROR: "a defect of Marbleline's own; its log has the trace",
    REJECTED_BY_STORE: "the store will never take this document; the detail says why",
    UNKNOWN_PRODUCT: "its product is unknown here or has no model yet; no other product's model judges it",
    SINK_GAVE_UP: "the sink could not be reached within sink_give_up_s; the detail has its last answer",
    SINK_REFUSED: "the sink will never take this notification; the detail has its answer",
}
