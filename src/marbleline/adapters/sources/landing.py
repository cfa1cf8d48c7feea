"""A source for a folder in which other machines drop picture files.

A file is taken in three steps: it is claimed by a rename to ``.taken/<time>~<name>``, it lands in the spool
as a frame captured at that very time, and its claim is removed. Times only go up, so after a crash a
claim no later than the last landed frame has landed, and a later one has not.
"""

import contextlib
import errno
import logging
import os
import re
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Final

from marbleline.adapters.sources.landing_arrivals import Arrivals, being_written
from marbleline.adapters.sources.picture_files import (
    Stamp,
    open_picture,
    printable,
    read_picture,
    sync_folder,
)
from marbleline.adapters.sources.registry import LandingSettings, SourceContext
from marbleline.domain.clock import Clock, now
from marbleline.domain.frame import Frame
from marbleline.errors import SourceUnavailable
from marbleline.folder_lock import lock_folder
from marbleline.ports.source import SPOOL_FULL, CapturedImage, Source

log = logging.getLogger("marbleline.camera")

TAKEN, DONE, REJECTED = ".taken", "done", "refused"
_CLAIM: Final = re.compile(r"(\d{16,17})~(.+)", re.DOTALL)
_POLL_S: Final = 0.1


class LandingSource(Source):
    """Takes each whole picture file that appears in ``folder`` (not below it), oldest first.

    What was taken is deleted, or moved to ``done/`` with ``keep``; what can't be read or is too large moves
    to ``refused/``. Other names (hidden, ``.tmp``, ``.part``) are never touched.

    Raises DataFolderBusy from ``next_image`` if another camera takes from the same folder.
    """

    def __init__(
        self,
        folder: Path,
        max_bytes: int,
        settle_s: float = 1.0,
        keep: bool = False,
        clock: Clock = now,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._keep = keep
        self._clock = clock
        self._monotonic = monotonic
        self._sleep = sleep
        self._arrivals = Arrivals(folder, settle_s, monotonic)
        self._claims: deque[Path] = deque()  # claimed and not landed: these come first
        self._claimed_at = 0
        self._landed_at = 0
        self._lock: int | None = None

    @property
    def can_wait(self) -> bool:
        """Files wait."""
        return True

    def resume(self, last: Frame | None) -> None:
        """Claims up to the last frame's time have landed."""
        self._landed_at = self._claimed_at = last.captured_at if last else 0

    def next_image(self, wait_s: float) -> CapturedImage | None:
        """The next whole picture."""
        give_up_at = self._monotonic() + wait_s
        while True:
            try:
                self._open()
                claim = self._claim_again() if self._claims else self._claim_next()
                captured = self._read(claim) if claim else None
            except OSError as error:
                self._release_claims()
                raise SourceUnavailable(
                    f"landing folder {self._folder}: {error.strerror or error}"
                ) from error
            if captured is not None:
                return captured
            left = give_up_at - self._monotonic()
            if left <= 0:
                return None
            if claim is None:
                self._sleep(min(left, _POLL_S))

    def committed(self, captured: CapturedImage, frame: Frame) -> None:
        """Remove the file or move it to ``done/``."""
        self._landed_at = captured.captured_at
        self._finish(_token(captured))

    def rejected(self, captured: CapturedImage, reason: str, detail: str) -> None:
        """Move the file to ``refused/``, or keep it for later if the spool was full."""
        if reason == SPOOL_FULL:
            self._claims.appendleft(_token(captured))
            return
        self._landed_at = captured.captured_at
        self._reject(_token(captured), detail)

    def close(self) -> None:
        """Let another camera take from the folder."""
        self._release_claims()

    def _open(self) -> None:
        """Make ready, once, and again when the folder has been away. Raises OSError."""
        if self._lock is not None:
            return
        if not self._folder.is_dir():
            raise FileNotFoundError(2, "no such folder")
        taken = self._folder / TAKEN
        taken.mkdir(exist_ok=True)
        self._lock = _lock(taken)
        found = [path for path in taken.iterdir() if _CLAIM.fullmatch(path.name)]
        for at, path in sorted((_parsed(path)[0], path) for path in found):
            if at <= self._landed_at:
                self._finish(path)
            else:
                self._claims.append(path)
                self._claimed_at = max(self._claimed_at, at)

    def _release_claims(self) -> None:
        self._claims.clear()  # found again by _open
        if self._lock is not None:
            with contextlib.suppress(OSError):
                os.close(self._lock)
        self._lock = None

    def _claim_again(self) -> Path | None:
        """A claim that has not landed gets a new time: what waited outside a full spool is captured now."""
        old = self._claims.popleft()
        try:
            return self._claim(old, _parsed(old)[1])
        except FileNotFoundError:
            return None

    def _claim_next(self) -> Path | None:
        arrival = self._arrivals.next()
        if arrival is None:
            return None
        path = self._folder / arrival.name
        try:
            if Stamp.of(path.stat(follow_symlinks=False)) != arrival.stamp:
                self._arrivals.settle_again(arrival.name)
                return None
            return self._claim(path, arrival.name)
        except FileNotFoundError:
            if not (self._folder / TAKEN).is_dir():
                raise
            return None
        except OSError as error:
            if not self._reject(path, f"can't be taken: {error.strerror}"):
                self._arrivals.ignore(arrival)
            return None

    def _claim(self, path: Path, name: str) -> Path:
        self._claimed_at = max(self._clock(), self._claimed_at + 1)
        claim = self._folder / TAKEN / f"{self._claimed_at:016d}~{name}"
        path.rename(claim)
        # Else a power cut could undo the claim and keep the landing: the picture would be taken twice.
        with contextlib.suppress(OSError):  # network folders that know no such thing
            sync_folder(claim.parent)
        return claim

    def _read(self, claim: Path) -> CapturedImage | None:
        at, name = _parsed(claim)
        try:
            descriptor = open_picture(claim)
            before = Stamp.of(os.fstat(descriptor))
            still_written = being_written(descriptor)
            file = read_picture(descriptor, self._max_bytes)
        except FileNotFoundError:
            log.warning("picture.gone", extra={"file": printable(Path(name))})
            return None
        except OSError as error:
            self._reject(claim, error.strerror or str(error))
            return None
        if still_written or file.stamp != before:
            self._return(claim, name)
            return None
        return CapturedImage(file.content, at, printable(Path(name)), token=claim, size=file.size)

    def _return(self, claim: Path, name: str) -> None:
        """Back to the folder, to settle again; not over a file that has come under its name since."""
        try:
            os.link(claim, self._folder / name)
            claim.unlink()
        except OSError:
            claim.rename(self._folder / claim.name)

    def _finish(self, claim: Path) -> None:
        try:
            if self._keep:
                (self._folder / DONE).mkdir(exist_ok=True)
                claim.rename(self._folder / DONE / claim.name)
            else:
                claim.unlink(missing_ok=True)
        except OSError as error:
            # It stays claimed, so it is not taken again, and the next start tries again.
            log.warning("picture.not_removed", extra={"file": claim.name, "detail": error.strerror})

    def _reject(self, path: Path, detail: str) -> bool:
        aside = self._folder / REJECTED
        try:
            aside.mkdir(exist_ok=True)
            path.rename(aside / path.name)
        except OSError as error:
            log.warning(
                "landing.file_not_moved", extra={"file": printable(Path(path.name)), "detail": str(error)}
            )
            return False
        log.warning("landing.file_rejected", extra={"file": printable(Path(path.name)), "detail": detail})
        return True


def _lock(taken: Path) -> int:
    try:
        return lock_folder(taken, f"landing folder {taken.parent}", "give this camera a folder of its own")
    except OSError as error:
        if error.errno not in (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS):
            raise
        # Some network folders know no locks: then it is up to whoever names the folder in the settings.
        log.warning("landing.no_locks", extra={"folder": str(taken), "detail": error.strerror})
        return os.open(taken, os.O_RDONLY | os.O_CLOEXEC)


def _parsed(claim: Path) -> tuple[int, str]:
    match = _CLAIM.fullmatch(claim.name)
    if match is None:
        raise ValueError(f"{claim.name} is no claim")
    return int(match[1]), match[2]


def _token(captured: CapturedImage) -> Path:
    if not isinstance(captured.token, Path):
        raise TypeError("the shot is not from this source")
    return captured.token


def open_landing(context: SourceContext, settings: LandingSettings) -> LandingSource:
    """``landing:PATH``"""
    keep = settings.landed_files == "keep"
    return LandingSource(Path(context.where), context.max_frame_bytes, settings.settle_s, keep)
