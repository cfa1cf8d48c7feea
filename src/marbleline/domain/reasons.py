"""Why a message was put away: every reason that a dead letter can have, and what it means."""

from typing import Final

from marbleline.domain.picture import REASONS as PICTURE_REASONS

BAD_MESSAGE: Final = "bad_message"
CORRUPT: Final = "corrupt"
DELIVERY_LIMIT: Final = "delivery_limit"
INTERNAL_ERROR: Final = "internal_error"
REJECTED_BY_STORE: Final = "rejected_by_store"
WEBHOOK_GAVE_UP: Final = "webhook_gave_up"
WEBHOOK_REFUSED: Final = "webhook_refused"

REASONS: Final = {
    **PICTURE_REASONS,
    BAD_MESSAGE: "a header or field of the message is missing or of a wrong type",
    CORRUPT: "the picture's bytes are not those that were captured: their SHA-256 differs",
    DELIVERY_LIMIT: "delivered again and again without success",
    INTERNAL_ERROR: "a defect of Marbleline's own; its log has the trace",
    REJECTED_BY_STORE: "the store will never take this document; the detail says why",
    WEBHOOK_GAVE_UP: "the webhook could not be told within webhook_give_up_s; the detail has its last answer",
    WEBHOOK_REFUSED: "the webhook will never take this notice; the detail has its answer",
}
