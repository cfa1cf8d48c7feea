"""The part of the store that keeps what people set of cameras, with every change."""

from collections.abc import Sequence
from typing import Protocol

from marbleline.domain.camera_setup import CameraSetup
from marbleline.ports.rejection import Rejection


class CameraSetups(Protocol):
    """Writes are idempotent by ``setup_id``; a change is never changed.

    A question sees all that was put before it was asked: a change is on the screen at once.
    """

    def put_camera_setups(self, setups: Sequence[CameraSetup]) -> list[Rejection]:
        """Write changes; durable when it returns. Raises StoreUnavailable."""
        ...

    def camera_setups(self, line: str, camera: str, limit: int) -> list[CameraSetup]:
        """The changes of a camera, newest first (by ``setup_id``). Raises StoreUnavailable."""
        ...

    def current_camera_setups(self, line: str) -> list[CameraSetup]:
        """The newest change of each camera of a line, by camera. Raises StoreUnavailable."""
        ...
