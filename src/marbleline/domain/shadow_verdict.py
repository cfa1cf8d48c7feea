"""A shadow verdict: what another version of the model says of a frame, beside the verdict that counts."""

from enum import StrEnum
from typing import ClassVar

from msgspec.structs import force_setattr

from marbleline.domain.verdict import Verdict
from marbleline.domain.wire import WireStruct


class ShadowVerdictKind(StrEnum):
    """Shadow: a candidate asked on live traffic. Rejudged: a version asked again about the past."""

    SHADOW = "shadow"
    REJUDGED = "rejudged"


class ShadowVerdict(WireStruct, frozen=True):
    """A verdict that nobody acts on and that the ledger doesn't count.

    ``shadow_verdict_id`` is worked out: one of each kind, frame and model version, so that a repeat
    changes nothing.
    """

    kind: ShadowVerdictKind
    verdict: Verdict
    shadow_verdict_id: str = ""

    time_field: ClassVar = "verdict.frame.captured_at"
    search_columns: ClassVar = {
        "shadow_verdict_id": "shadow_verdict_id",
        "frame_id": "verdict.frame.frame_id",
        "kind": "kind",
        "product": "verdict.frame.product",
        "model_version": "verdict.model.version",
        "captured_at": "verdict.frame.captured_at",
    }

    def __post_init__(self) -> None:
        """Work out the id."""
        made = f"{self.verdict.frame.frame_id}/{self.kind.value}/{self.verdict.model.version}"
        force_setattr(self, "shadow_verdict_id", made)
