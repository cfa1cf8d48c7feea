"""An alarm: something beyond single frames that a person has to act on, with its cause in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from marbleline.domain.clock import from_iso, to_iso
from marbleline.domain.wire import SCHEMA_VERSION, check_version, flag, text

DRIFT: Final = "drift"
GOLDEN_SAMPLE: Final = "golden_sample"


@dataclass(frozen=True, slots=True)
class Alarm:
    """Raised, or cleared again; of each line, kind and subject the newest counts.

    ``subject``  a camera's or model's name, or whatever else the kind is about
    ``at``       microseconds UTC
    ``cause``    what was found, with figures; ``remedy`` what to do
    """

    line: str
    kind: str
    subject: str
    raised: bool
    at: int
    cause: str
    remedy: str

    @property
    def alarm_id(self) -> str:
        """What its newer state replaces it by."""
        return f"{self.line}/{self.kind}/{self.subject}"

    def to_document(self) -> dict[str, object]:
        """The JSON form as a dict."""
        return {
            "schema_version": SCHEMA_VERSION,
            "line": self.line,
            "kind": self.kind,
            "subject": self.subject,
            "raised": self.raised,
            "at": to_iso(self.at),
            "cause": self.cause,
            "remedy": self.remedy,
        }

    @classmethod
    def from_document(cls, fields: Mapping[str, object]) -> "Alarm":
        """The inverse of ``to_document``. Raises WireError."""
        check_version(fields)
        return cls(
            line=text(fields, "line"),
            kind=text(fields, "kind"),
            subject=text(fields, "subject"),
            raised=flag(fields, "raised"),
            at=from_iso(text(fields, "at")),
            cause=text(fields, "cause"),
            remedy=text(fields, "remedy"),
        )
