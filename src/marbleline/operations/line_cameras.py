"""What the line on this machine says of its cameras, in a file of its data folder: the console reads it.

It is also the line's own memory of what was set of them: a line that starts while the store is away starts
the cameras that it knew. A line on a cluster writes none.
"""

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec

from marbleline.domain.durable_file import replace_file
from marbleline.errors import SettingError

STALE_US: Final = 15_000_000
"""A line that has not written for so long does not run (microseconds)."""

_NAME: Final = "line-cameras.json"


class CameraProcess(StrEnum):
    """What the line does with a camera that is set in the console.

    ``GIVEN``    another one of this name is in the line's own flags or file, and wins
    ``REFUSED``  its settings can't be used, ``detail`` says why; it is not started
    """

    RUNNING = "running"
    STOPPING = "stopping"
    RESTARTING = "restarting"
    ENDED = "ended"
    REFUSED = "refused"
    GIVEN = "given"


@dataclass(frozen=True, slots=True)
class CameraProcessState:
    """A camera's process now."""

    state: CameraProcess
    detail: str = ""


@dataclass(frozen=True, slots=True)
class LineCameras:
    """``given``: cameras of the line's flags or file: only these change them.

    ``wanted``   what was last known to be set in the console: texts by name of each camera, secrets hidden;
                 None: the line is to run without it
    ``states``   of the cameras that are set in the console
    ``at``       when a line last said so (microseconds UTC)
    """

    given: tuple[str, ...] = ()
    wanted: Mapping[str, Mapping[str, str] | None] = field(default_factory=dict)
    states: Mapping[str, CameraProcessState] = field(default_factory=dict)
    at: int = 0

    def runs(self, now: int) -> bool:
        """Whether a line runs that follows what is set."""
        return abs(now - self.at) < STALE_US


def read_line_cameras(data: Path) -> LineCameras | None:
    """What the line on this folder wrote last; None if none ever did, or it can't be read."""
    try:
        with (data / _NAME).open("rb") as file:
            at = os.fstat(file.fileno()).st_mtime_ns // 1000
            return replace(msgspec.json.decode(file.read(), type=LineCameras), at=at)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return None


def write_line_cameras(data: Path, report: LineCameras) -> None:
    """Replace what the line reports. Raises SettingError if it can't be written."""
    file = data / _NAME
    try:
        replace_file(file, msgspec.json.encode(report))
    except OSError as error:
        raise SettingError(
            f"{file}: can't be written ({error.strerror}); make the folder writable"
        ) from error


def touch_line_cameras(data: Path) -> None:
    """Confirm what was written last: set the file's time to now. Never raises."""
    with suppress(OSError):
        os.utime(data / _NAME)
