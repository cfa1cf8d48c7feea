"""The part of the store that keeps frames with their pictures, and deletes these."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from marbleline.domain.decision import Decision
from marbleline.domain.records import FrameRecord
from marbleline.ports.rejection import Rejection


@dataclass(frozen=True, slots=True)
class KeptPicture:
    """A picture in the store: ``size`` in bytes, ``decision`` of its verdict, None while it has none."""

    frame_id: str
    captured_at: int
    size: int
    decision: Decision | None


class Frames(Protocol):
    """Used by one thread at a time. Every write is idempotent by ``frame_id``.

    Retention removes pictures; verdicts and labels stay.
    """

    def put_frames(self, records: Sequence[FrameRecord]) -> list[Rejection]:
        """Write frames with their pictures; durable when it returns. Raises StoreUnavailable."""
        ...

    def image(self, frame_id: str) -> bytes | None:
        """The picture's bytes as captured, or None. Raises StoreUnavailable."""
        ...

    def pictures(self, until: int, limit: int, after: str | None = None) -> list[KeptPicture]:
        """Pictures captured up to ``until`` (microseconds UTC), oldest first, after the given ``frame_id``.

        Raises StoreUnavailable.
        """
        ...

    def picture_bytes(self) -> int:
        """Bytes of all pictures, as captured. Raises StoreUnavailable."""
        ...

    def forget_pictures(self, frame_ids: Sequence[str]) -> None:
        """Remove pictures for good; those that are gone already are no error. Raises StoreUnavailable."""
        ...
