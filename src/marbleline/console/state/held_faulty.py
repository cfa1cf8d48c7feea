"""Faulty verdicts that stay on their cameras' cards until somebody has seen them: bounded, oldest first.

Of the whole console, not of a tab: what one operator has seen is seen for everybody.
"""

from bisect import insort
from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from typing import Final

from marbleline.console.state.snapshot import HeldSlab
from marbleline.domain.decision import Decision
from marbleline.domain.frame import Frame
from marbleline.domain.verdict import Verdict

OF_A_CAMERA: Final = 20
"""How many of a camera wait at most."""

WITHIN_US: Final = 600_000_000
"""Microseconds: slabs captured longer before the console's start, or others of their camera, are old."""

OF_ALL: Final = 200
"""How many of all cameras wait at most, with their thumbnails: about 4 MB."""


class HeldFaulty:
    """Not for several threads at once. ``began_at``: when the console did (microseconds UTC).

    Of too many, the oldest behind the one that is shown is dropped: the card does not change by itself.
    """

    def __init__(self, began_at: int, of_a_camera: int = OF_A_CAMERA, of_all: int = OF_ALL) -> None:
        self._since = began_at - WITHIN_US
        self._of_a_camera = of_a_camera
        self._of_all = of_all
        self._cameras: dict[str, _Waiting] = {}

    def judged(self, verdict: Verdict, newer: Sequence[Verdict], *, live: bool, labelled: bool) -> None:
        """Take note of a verdict, each frame once, in any order.

        ``newer``     those of its camera captured after it that were noted before, newest first
        ``live``      whether the line has just judged it, by a clock that may differ from ours
        ``labelled``  whether somebody has said what the slab is
        """
        frame = verdict.frame
        waiting = self._cameras.get(frame.camera)
        if waiting is not None:
            waiting.count(frame.frame_id)
        if verdict.decision is not Decision.FAULTY or labelled or self._is_old(frame, newer, live=live):
            return
        waiting = self._cameras.setdefault(frame.camera, _Waiting())
        waiting.add(_Entry(verdict, len(newer)))
        if len(waiting.entries) > self._of_a_camera:
            waiting.drop()
        if sum(len(one.entries) for one in self._cameras.values()) > self._of_all:
            name = max(self._cameras, key=lambda name: len(self._cameras[name].entries))
            self._cameras[name].drop()
            self._forget_empty()

    def release(self, frame_ids: Container[str]) -> bool:
        """Hold these no longer; returns whether any of them was held."""
        released = [waiting.release(frame_ids) for waiting in self._cameras.values()]
        self._forget_empty()
        return any(released)

    def shown(self) -> dict[str, HeldSlab]:
        """Camera -> what is on its card: the oldest that waits."""
        return {name: waiting.shown() for name, waiting in self._cameras.items()}

    def _is_old(self, frame: Frame, newer: Sequence[Verdict], *, live: bool) -> bool:
        """Whether a dead letter was replayed, or it is of the time before the console's start."""
        if newer and newer[0].frame.captured_at - frame.captured_at > WITHIN_US:
            return True
        return not live and frame.captured_at < self._since

    def _forget_empty(self) -> None:
        self._cameras = {name: one for name, one in self._cameras.items() if one.entries}


@dataclass(slots=True)
class _Entry:
    verdict: Verdict
    after: int


@dataclass(slots=True)
class _Waiting:
    """Those of one camera, in order of capture."""

    entries: list[_Entry] = field(default_factory=list)
    dropped: int = 0

    def count(self, frame_id: str) -> None:
        for entry in self.entries:
            entry.after += frame_id > entry.verdict.frame.frame_id

    def add(self, entry: _Entry) -> None:
        insort(self.entries, entry, key=lambda one: one.verdict.frame.frame_id)

    def drop(self) -> None:
        del self.entries[min(1, len(self.entries) - 1)]
        self.dropped += 1

    def release(self, frame_ids: Container[str]) -> bool:
        kept = [entry for entry in self.entries if entry.verdict.frame.frame_id not in frame_ids]
        released = len(kept) < len(self.entries)
        self.entries = kept
        return released

    def shown(self) -> HeldSlab:
        first = self.entries[0]
        return HeldSlab(first.verdict, first.after, len(self.entries) - 1, self.dropped)
