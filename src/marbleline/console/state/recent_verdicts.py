"""What the console keeps in mind of a line: bounded, in order of capture, each frame once."""

import re
from bisect import insort
from collections import OrderedDict, deque
from itertools import takewhile
from typing import Final

from msgspec.structs import replace

from marbleline.console.state.snapshot import CameraView
from marbleline.domain.records import CameraReport
from marbleline.domain.verdict import Heatmap, Verdict

MOST_THUMBNAIL_BYTES: Final = 300_000
MOST_CELLS: Final = 65_536

_NUMBERS: Final = re.compile(r"(\d+)")


class RecentVerdicts:
    """The last ``bound`` verdicts and each camera's own; not for several threads at once.

    Verdicts may come late, twice or in any order: ``frame_id`` tells which slab is newer. ``seen_bound``
    is how many frame ids it knows again, so that a verdict that comes twice counts once.
    """

    def __init__(self, bound: int = 200, seen_bound: int = 10_000, cameras_bound: int = 500) -> None:
        self._bound = bound
        self._seen_bound = max(seen_bound, bound)
        self._cameras_bound = cameras_bound
        self._recent: list[Verdict] = []
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._cameras: dict[str, _Camera] = {}

    def add(self, verdict: Verdict) -> bool:
        """Keep a verdict; returns whether its frame is new here."""
        frame_id = verdict.frame.frame_id
        if frame_id in self._seen:
            return False
        self._seen[frame_id] = None
        if len(self._seen) > self._seen_bound:
            self._seen.popitem(last=False)
        verdict = within_bounds(verdict)
        insort(self._recent, verdict, key=_order)
        if len(self._recent) > self._bound:
            del self._recent[0]
        camera = self._camera(verdict.frame.camera)
        if camera is not None:
            camera.judged(verdict)
        return True

    def report(self, report: CameraReport) -> None:
        """Keep what a camera says of itself, unless something newer is known."""
        camera = self._camera(report.camera)
        if camera is not None:
            camera.reported(report)

    def recent(self) -> tuple[Verdict, ...]:
        """The last verdicts, newest capture first."""
        return tuple(reversed(self._recent))

    def newer_of_camera(self, verdict: Verdict) -> list[Verdict]:
        """Those of the last verdicts on slabs of its camera that were captured after it, newest first."""
        camera, frame_id = verdict.frame.camera, verdict.frame.frame_id
        newer = takewhile(lambda one: one.frame.frame_id > frame_id, reversed(self._recent))
        return [one for one in newer if one.frame.camera == camera]

    def cameras(self) -> tuple[CameraView, ...]:
        """All cameras by name, camera-2 before camera-10."""
        return tuple(self._cameras[name].view(name) for name in sorted(self._cameras, key=number_wise))

    def _camera(self, name: str) -> "_Camera | None":
        known = self._cameras.get(name)
        if known is None and len(self._cameras) < self._cameras_bound:
            known = self._cameras[name] = _Camera()
        return known


def number_wise(name: str) -> tuple[tuple[int, str], ...]:
    """What names are sorted by so that the numbers in them count as numbers: camera-2, camera-10."""
    return tuple((int(part), "") if part.isdecimal() else (-1, part) for part in _NUMBERS.split(name))


class _Camera:
    """One camera: its newest verdict, its newest report, and the reports that verdicts are behind of."""

    def __init__(self) -> None:
        self._last: Verdict | None = None
        self._report: CameraReport | None = None
        # Reports of captured slabs that have no verdict yet, oldest first. Of too many the newest go:
        # how long it has been waiting is what the screen says.
        self._ahead: deque[tuple[int, int]] = deque()

    def judged(self, verdict: Verdict) -> None:
        if self._last is None or verdict.frame.frame_id > self._last.frame.frame_id:
            self._last = verdict
            self._catch_up()

    def reported(self, report: CameraReport) -> None:
        if self._report is not None and report.order < self._report.order:
            return
        if self._report is not None and report.captured < self._report.captured:
            self._ahead.clear()  # a new spool: its sequence began again
        self._report = report
        if report.captured > self._sequence() and len(self._ahead) < 120:
            self._ahead.append((report.captured, report.reported_at))

    def view(self, name: str) -> CameraView:
        behind_since = self._ahead[0][1] if self._ahead else None
        return CameraView(name, self._report, self._last, behind_since)

    def _sequence(self) -> int:
        return self._last.frame.sequence if self._last else 0

    def _catch_up(self) -> None:
        while self._ahead and self._ahead[0][0] <= self._sequence():
            self._ahead.popleft()


def within_bounds(verdict: Verdict) -> Verdict:
    """The verdict without a picture or heat map that no line of ours would send."""
    if len(verdict.thumbnail) > MOST_THUMBNAIL_BYTES:
        verdict = replace(verdict, thumbnail=b"")
    if len(verdict.heatmap.cells) > MOST_CELLS:
        verdict = replace(verdict, heatmap=Heatmap(0, 0, b""))
    return verdict


def _order(verdict: Verdict) -> str:
    return verdict.frame.frame_id
