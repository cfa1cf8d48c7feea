"""The part of the store that keeps what the cameras report of themselves."""

from collections.abc import Sequence
from typing import Protocol

from marbleline.domain.records import CameraReport


class CameraReports(Protocol):
    """Used by one thread at a time."""

    def put_cameras(self, reports: Sequence[CameraReport]) -> None:
        """Keep each camera's newest report, by ``order``. Raises StoreUnavailable."""
        ...

    def cameras(self) -> list[CameraReport]:
        """The newest report of each camera, by name. Raises StoreUnavailable."""
        ...
