"""A source that replays the pictures of a folder, once or round and round."""

import bisect
import errno
import logging
import os
import re
from pathlib import Path
from typing import Final

from marbleline.adapters.sources.frame_interval import FrameInterval
from marbleline.adapters.sources.picture_files import is_picture_name, open_picture, printable, read_picture
from marbleline.adapters.sources.registry import FolderSettings, SourceContext
from marbleline.domain.clock import Clock, now
from marbleline.domain.frame import Frame
from marbleline.domain.slab import TileIdentity
from marbleline.errors import SourceEnded, SourceUnavailable
from marbleline.ports.source import SPOOL_FULL, CapturedImage, Source

log = logging.getLogger("marbleline.camera")

_ORIGIN: Final = re.compile(r"(.*?)(?: \(round (\d+)\))?", re.DOTALL)


class FolderSource(Source):
    """All pictures in a folder and those below it, sorted by path, ``rate`` a second.

    The origin is the path below the folder, with the round from the second on: ``a/b.jpg (round 2)``.
    A restarted camera goes on after the last one that landed. The folder is listed anew each round.

    With ``slab_folders`` each folder that holds pictures is a slab of its name, its pictures the tiles.
    """

    def __init__(
        self,
        folder: Path,
        rate: float,
        repeat: bool,
        max_bytes: int,
        clock: Clock = now,
        interval: FrameInterval | None = None,
        *,
        slab_folders: bool = False,
    ) -> None:
        self._folder = folder
        self._slab_folders = slab_folders
        self._repeat = repeat
        self._max_bytes = max_bytes
        self._clock = clock
        self._pace = interval or FrameInterval(rate)
        self._round = 1
        self._after: str | None = None
        self._names: list[str] | None = None
        self._next = 0
        self._given_in_round = 0

    @property
    def can_wait(self) -> bool:
        """Files wait."""
        return True

    def resume(self, last: Frame | None) -> None:
        """Go on after the last picture that landed, also if it is no longer there."""
        if last is None or last.origin is None:
            return
        match = _ORIGIN.fullmatch(last.origin)
        if match:
            self._after, self._round = match[1], int(match[2] or 1)

    def next_image(self, wait_s: float) -> CapturedImage | None:
        """The next picture when it is due; a file that can't be read is skipped."""
        if not self._pace.wait(wait_s):
            return None
        names = self._listed()
        while self._next < len(names):
            name = names[self._next]
            try:
                file = read_picture(open_picture(_followed(self._folder, name)), self._max_bytes)
            except OSError as error:
                self._next += 1
                log.warning(
                    "picture.unreadable",
                    extra={"file": printable(Path(name)), "detail": error.strerror or str(error)},
                )
                continue
            self._pace.passed()
            again = f" (round {self._round})" if self._round > 1 else ""
            tile = _tile(names, self._next, again) if self._slab_folders else None
            slab_id = tile.slab_id if tile else None
            origin = printable(Path(name)) + again
            return CapturedImage(file.content, self._clock(), origin, slab_id, tile, size=file.size)
        self._end_round()
        return None

    def committed(self, captured: CapturedImage, frame: Frame) -> None:
        """Go on to the next."""
        self._next += 1
        self._given_in_round += 1

    def rejected(self, captured: CapturedImage, reason: str, detail: str) -> None:
        """Give it again if it wasn't taken."""
        if reason != SPOOL_FULL:
            self._next += 1
            self._given_in_round += 1

    def _listed(self) -> list[str]:
        if self._names is None:
            self._names = _list(self._folder)
            self._next = 0
            self._given_in_round = 0
            if self._after is not None:
                keys = [printable(Path(name)) for name in self._names]
                self._next = bisect.bisect_right(keys, self._after)
                self._given_in_round = self._next
        return self._names

    def _end_round(self) -> None:
        count, given = len(self._names or ()), self._given_in_round
        self._names = None
        self._after = None if self._repeat else self._after
        if not self._repeat:
            self._names, self._next = [], 0
            raise SourceEnded(f"all {count} pictures in {self._folder} were replayed")
        if not given:
            raise SourceUnavailable(f"folder {self._folder} holds no picture that can be read")
        self._round += 1


def _followed(folder: Path, name: str) -> Path:
    """Where a picture lies: Kubernetes mounts a ConfigMap's files as links to a hidden folder beside them.

    Raises OSError if it leads out of the folder, or in a circle.
    """
    path = folder / name
    try:
        found = path.resolve(strict=True)
    except RuntimeError as error:  # Python 3.11 and 3.12 say a circle of links so
        raise OSError(errno.ELOOP, "links in a circle", str(path)) from error
    if not found.is_relative_to(folder.resolve()):
        raise OSError(errno.EPERM, "links to outside of the folder", str(path))
    return found


def _tile(names: list[str], place: int, again: str) -> TileIdentity | None:
    """Which tile a picture is among those of its folder; None for one that lies in no folder."""
    folder = Path(names[place]).parent
    if folder == Path():
        return None
    tiles = [one for one in names if Path(one).parent == folder]
    return TileIdentity(printable(folder) + again, tiles.index(names[place]) + 1, len(tiles))


def _list(folder: Path) -> list[str]:
    """Paths below the folder, sorted as ``printable`` shows them, so that a position can be found again."""
    names: list[str] = []

    def gone(error: OSError) -> None:
        if Path(error.filename) == folder:
            raise SourceUnavailable(f"folder {folder}: {error.strerror}") from error
        log.warning("folder.unreadable", extra={"folder": str(error.filename), "detail": error.strerror})

    for place, folders, files in os.walk(folder, onerror=gone):
        folders[:] = [name for name in folders if not name.startswith(".")]
        below = Path(place).relative_to(folder)
        names.extend(str(below / name) for name in files if is_picture_name(name))
    return sorted(names, key=lambda name: printable(Path(name)))


def open_folder(context: SourceContext, settings: FolderSettings) -> FolderSource:
    """``folder:PATH``"""
    return FolderSource(
        Path(context.where),
        settings.rate,
        settings.repeat,
        context.max_frame_bytes,
        slab_folders=settings.slab_folders,
    )
