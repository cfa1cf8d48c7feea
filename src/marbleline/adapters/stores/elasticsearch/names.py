"""Which alias a document is written to. It follows from the document's id alone, and never changes.

Elasticsearch keeps an id unique within one index only. So that "the first verdict of a frame stays" holds
for a retry of any age, the index of a frame is read from its id: see
``docs/decisions/0011-index-name-from-the-document-id.md``.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from marbleline.errors import SettingError

KINDS: Final = (
    "frames",
    "verdicts",
    "labels",
    "shadow_verdicts",
    "slab_verdicts",
    "alarms",
    "alarm_events",
    "cameras",
    "camera_setups",
    "guide_entries",
    "product_changes",
    "review_queue",
    "judged",
)
# Where frames lie whose id tells no time: those of another capture software.
UNDATED: Final = "undated"

_VERSION_7: Final = re.compile(r"([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_PREFIX: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_LATEST_MS: Final = 253_402_300_799_999  # the year 9999


@dataclass(frozen=True, slots=True)
class Names:
    """Aliases under one prefix. ``frames``, ``verdicts`` ... are read; those with a period are written."""

    prefix: str

    def __post_init__(self) -> None:
        """Raises SettingError unless the prefix can begin an index's name."""
        if not _PREFIX.fullmatch(self.prefix):
            raise SettingError(f"store prefix {self.prefix!r}: use lower-case letters, digits, inner hyphens")

    def alias(self, kind: str) -> str:
        """The alias over all indices of a kind."""
        return f"{self.prefix}-{kind}"

    def frames_of(self, frame_id: str) -> str:
        """The alias that this frame is written to and read from: one a day, since pictures are large."""
        return f"{self.alias('frames')}-{_period(frame_id, '%Y.%m.%d')}"

    def verdicts_of(self, frame_id: str) -> str:
        """The alias that this frame's verdict is written to and read from: one a month."""
        return f"{self.alias('verdicts')}-{_period(frame_id, '%Y.%m')}"

    def shadow_verdicts_of(self, frame_id: str) -> str:
        """The alias that shadow verdicts on this frame are written to: one a month, as verdicts."""
        return f"{self.alias('shadow_verdicts')}-{_period(frame_id, '%Y.%m')}"

    def review_queue_of(self, frame_id: str) -> str:
        """The alias that this frame's entry of the review queue is written to: one a month, as verdicts."""
        return f"{self.alias('review_queue')}-{_period(frame_id, '%Y.%m')}"

    def kind_of(self, alias: str) -> str:
        """The kind that an alias, with or without a period, belongs to."""
        return next(kind for kind in KINDS if f"{alias}-".startswith(f"{self.alias(kind)}-"))


def _period(frame_id: str, form: str) -> str:
    found = _VERSION_7.fullmatch(frame_id)
    milliseconds = int(found[1] + found[2], 16) if found else _LATEST_MS + 1
    if milliseconds > _LATEST_MS:
        return UNDATED
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime(form)
