"""The file beside a spool that says until when its camera was watching, and how long it was blind before.

It is overwritten in place several times a second and not synced: ``kill -9`` loses nothing of it, a power cut
the last seconds. Two copies take turns, so that one is whole whenever the writing ends; and as the file keeps
its size, it can be written on a full disk.
"""

import contextlib
import json
import logging
import os
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from marbleline.domain.records import BlindCause

log = logging.getLogger("marbleline.camera")

NAME: Final = "watch"
_COPY: Final = 1024


@dataclass(frozen=True, slots=True)
class WatchMark:
    """``up`` and ``at`` say when it was made: seconds since the machine's start, microseconds UTC.

    ``boot``     which start of the machine that is, empty where the system does not tell
    ``told``     whether the worker was told to stop
    ``ended``    whether the source ended: nothing more is to be captured
    ``since``    when the counting began (microseconds UTC)
    ``blind_s``  seconds by cause
    ``last``     the last blind span: when it ended (microseconds UTC), seconds, cause
    ``report``   the number that a report has at that moment, see ``CameraReport``
    ``trigger``  the newest trigger that was captured; ``triggers`` and ``missed`` count up to it
    """

    up: float
    at: int
    boot: str
    since: int
    told: bool = False
    ended: bool = False
    blind_s: Mapping[str, float] = field(default_factory=dict)
    last: tuple[int, float, BlindCause] | None = None
    report: int = 0
    trigger: int | None = None
    triggers: int = 0
    missed: int = 0


class WatchFile:
    """The marks of one camera. Never raises: a camera that can't write here counts in memory."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self._number = 0
        self._descriptor: int | None = None

    def read(self) -> WatchMark | None:
        """The newest whole mark; None in a new spool or if both copies are damaged."""
        found = [copy for copy in map(_decode, self._copies()) if copy is not None]
        if not found:
            return None
        self._number, mark = max(found, key=lambda one: one[0])
        return mark

    def exists(self) -> bool:
        """Whether there ever was a mark."""
        return self._path.exists()

    def write(self, mark: WatchMark) -> None:
        """Put it over the older copy."""
        self._number += 1
        try:
            if self._descriptor is None:
                self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            os.pwrite(self._descriptor, _encode(self._number, mark), self._number % 2 * _COPY)
        except OSError as error:
            log.debug("camera.mark_failed", extra={"detail": str(error)})

    def close(self) -> None:
        """Close the file."""
        if self._descriptor is not None:
            with contextlib.suppress(OSError):
                os.close(self._descriptor)
            self._descriptor = None

    def _copies(self) -> list[bytes]:
        try:
            content = self._path.read_bytes()
        except OSError:
            return []
        return [content[:_COPY], content[_COPY:]]


def boot_id() -> str:
    """Which start of this machine it is: another text after each; empty where the system does not tell."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _encode(number: int, mark: WatchMark) -> bytes:
    text = json.dumps({"number": number, **asdict(mark)}).encode()
    return b"%08x %b" % (zlib.crc32(text), text.ljust(_COPY - 10)) + b"\n"


def _decode(copy: bytes) -> tuple[int, WatchMark] | None:
    text = copy[9:].rstrip()
    try:
        if int(copy[:8], 16) != zlib.crc32(text):
            return None
        fields: dict[str, Any] = json.loads(text)
        last = fields.pop("last")
        fields["last"] = (last[0], last[1], BlindCause(last[2])) if last else None
        return int(fields.pop("number")), WatchMark(**fields)
    except (ValueError, TypeError, KeyError):
        return None
