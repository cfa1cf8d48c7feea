"""An opinion: what another version of the model says of a frame, beside the verdict that counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from marbleline.domain.verdict import Verdict
from marbleline.domain.wire import text
from marbleline.errors import WireError


class OpinionKind(StrEnum):
    """Shadow: a candidate asked on live traffic. Rejudged: a version asked again about the past."""

    SHADOW = "shadow"
    REJUDGED = "rejudged"


@dataclass(frozen=True, slots=True)
class Opinion:
    """A verdict that nobody acts on and that the ledger doesn't count."""

    kind: OpinionKind
    verdict: Verdict

    @property
    def opinion_id(self) -> str:
        """One opinion of each kind, frame and model version: a repeat changes nothing."""
        return f"{self.verdict.frame.frame_id}/{self.kind.value}/{self.verdict.model.version}"

    def to_document(self) -> dict[str, object]:
        """The verdict's JSON form with the opinion's id and kind."""
        return {**self.verdict.to_document(), "opinion_id": self.opinion_id, "kind": self.kind.value}

    @classmethod
    def from_document(cls, fields: Mapping[str, object]) -> "Opinion":
        """The inverse of ``to_document``. Raises WireError."""
        kind = text(fields, "kind")
        if kind not in set(OpinionKind):
            raise WireError(f"kind {kind!r}: expected one of {', '.join(OpinionKind)}")
        return cls(OpinionKind(kind), Verdict.from_document(fields))
