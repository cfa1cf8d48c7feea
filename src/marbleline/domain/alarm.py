"""An alarm: something beyond single frames that a person has to act on, with its cause in words."""

from typing import Annotated, ClassVar, Final

from marbleline.domain.clock import Time
from marbleline.domain.wire import PROSE, WireStruct

DRIFT: Final = "drift"
GOLDEN_SAMPLE: Final = "golden_sample"
DAMAGED: Final = "damaged"
GATE: Final = "gate"
CALIBRATION: Final = "calibration"


class Alarm(WireStruct, frozen=True):
    """Raised, or cleared again; of each line, kind and subject the newest counts.

    ``subject``  a camera's or model's name, or whatever else the kind is about
    ``at``       microseconds UTC
    ``cause``    what was found, with figures; ``remedy`` what to do
    """

    line: str
    kind: str
    subject: str
    raised: bool
    at: Time
    cause: Annotated[str, PROSE]
    remedy: Annotated[str, PROSE]

    time_field: ClassVar = "at"
    search_columns: ClassVar = {"alarm_id": "alarm_id", "at": "at"}

    @property
    def alarm_id(self) -> str:
        """What its newer state replaces it by."""
        return f"{self.line}/{self.kind}/{self.subject}"
