"""The part of the store that lets go of pictures; verdicts and labels stay."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from marbleline.domain.decision import Decision


@dataclass(frozen=True, slots=True)
class KeptPicture:
    """A picture in the store: ``size`` in bytes, ``decision`` of its verdict, None while it has none."""

    frame_id: str
    captured_at: int
    size: int
    decision: Decision | None


class Pictures(Protocol):
    """What retention needs to know and do."""

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
