"""The record of what the station judged: frames go out with their verdicts, by the spool and its outbox.

A verdict is kept in a file beside the spool until its frame is on record. A frame whose verdict was lost with
the process, or that could not be judged here, goes the line's usual way: it is judged again, by encoder and
publisher, for the record alone.
"""

import contextlib
import logging
import threading
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Final

from marbleline.domain.verdict import Verdict
from marbleline.errors import WireError
from marbleline.pipeline.camera.outbox import frame_message
from marbleline.pipeline.camera.spool_file import Entry
from marbleline.pipeline.publisher import verdict_message
from marbleline.ports.message import Message
from marbleline.ports.topology import judged_key

log = logging.getLogger("marbleline.gate")

FOLDER: Final = "verdicts"
_PRUNE_EVERY: Final = 256


class JudgedFrames:
    """The verdicts of one camera's frames, by frame id. For any thread."""

    def __init__(self, spool: Path) -> None:
        self._folder = spool / FOLDER
        self._folder.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        # Frames that are being judged now: they are not published before that is over.
        self._judging: set[str] = set()
        self._kept = 0

    def begin(self, frame_id: str) -> None:
        """The frame is about to land in the spool, and will be judged."""
        with self._lock:
            self._judging.add(frame_id)

    def end(self, frame_id: str, verdict: Verdict | None, held: Callable[[], Collection[str]]) -> None:
        """It was judged, or could not be. ``held`` gives the ids of all frames in the spool.

        A disk that can't be written costs no verdict: the frame is judged again, by the line.
        """
        if verdict is not None:
            path = self._folder / f"{frame_id}.json"
            try:
                path.with_suffix(".tmp").write_bytes(verdict.to_json())
                path.with_suffix(".tmp").replace(path)
            except OSError as error:
                log.warning("gate.verdict_not_kept", extra={"frame_id": frame_id, "detail": str(error)})
        with self._lock:
            self._judging.discard(frame_id)
            self._kept += 1
            due = self._kept % _PRUNE_EVERY == 0
        if due:
            self._prune({*held(), frame_id})

    def messages(self, entry: Entry) -> list[Message] | None:
        """What is published of a frame of the spool; None while it is being judged."""
        frame = entry.frame
        with self._lock:
            if frame.frame_id in self._judging:
                return None
        usual = frame_message(entry)
        try:
            verdict = Verdict.from_json((self._folder / f"{frame.frame_id}.json").read_bytes())
        except FileNotFoundError:
            return [usual]
        except (OSError, WireError) as error:
            log.warning("gate.verdict_damaged", extra={"frame_id": frame.frame_id, "detail": str(error)})
            return [usual]
        recorded = Message(usual.message_id, judged_key(frame), usual.headers, usual.body)
        return [recorded, verdict_message(verdict)]

    def _prune(self, held: set[str]) -> None:
        for path in self._folder.iterdir():
            if path.stem not in held:
                with contextlib.suppress(OSError):
                    path.unlink()
