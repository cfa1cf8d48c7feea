"""Which slab is shown large: the newest, one camera's newest, the newest doubtful one, or a held one."""

from collections.abc import Iterator
from dataclasses import dataclass

from marbleline.console.state.freshness import CameraStatus, Freshness, camera_status
from marbleline.console.state.snapshot import Snapshot
from marbleline.domain.decision import Decision
from marbleline.domain.verdict import Verdict


@dataclass(frozen=True, slots=True)
class DisplayedSlab:
    """The slab that is shown large. ``status`` is its camera's; ``held``: a person keeps it on the screen."""

    verdict: Verdict
    status: CameraStatus
    held: bool

    @property
    def stale(self) -> bool:
        """Whether the slab has to be shown as an old one."""
        return self.status.stale


@dataclass(frozen=True, slots=True)
class ViewFilter:
    """What the person wants to see. ``held`` is kept whole: it may have left the recent verdicts."""

    camera: str | None = None
    suspect_only: bool = False
    held: Verdict | None = None


def matching(snapshot: Snapshot, view_filter: ViewFilter) -> Iterator[Verdict]:
    """The verdicts that the viewer wants to see, newest first."""
    for verdict in snapshot.recent:
        if view_filter.camera is not None and verdict.frame.camera != view_filter.camera:
            continue
        if view_filter.suspect_only and verdict.decision is Decision.GOOD:
            continue
        yield verdict


def displayed_slab(snapshot: Snapshot, view_filter: ViewFilter) -> DisplayedSlab | None:
    """What is shown large, None if there is nothing to show."""
    newest = next(matching(snapshot, view_filter), None)
    if newest is None and not view_filter.suspect_only:
        newest = _last_of(snapshot, view_filter.camera)
    verdict = view_filter.held or newest
    if verdict is None:
        return None
    return DisplayedSlab(verdict, _status(snapshot, verdict), held=view_filter.held is not None)


def find_recent(snapshot: Snapshot, frame_id: str) -> Verdict | None:
    """The recent verdict on that frame, or one on a camera's card; None if it is gone or never was."""
    cards = [view.last for view in snapshot.cameras if view.last is not None]
    cards += [held.verdict for held in (snapshot.held or {}).values()]
    known = (*snapshot.recent, *cards)
    return next((verdict for verdict in known if verdict.frame.frame_id == frame_id), None)


def neighbour(snapshot: Snapshot, view_filter: ViewFilter, frame_id: str, step: int) -> Verdict | None:
    """The verdict ``step`` places newer (above 0) or older (below 0) than the given one, if known."""
    verdicts = list(matching(snapshot, view_filter))
    if step > 0:
        newer = [verdict for verdict in verdicts if verdict.frame.frame_id > frame_id]
        return newer[-step] if len(newer) >= step else None
    older = [verdict for verdict in verdicts if verdict.frame.frame_id < frame_id]
    return older[-step - 1] if len(older) >= -step else None


def _last_of(snapshot: Snapshot, camera: str | None) -> Verdict | None:
    """The newest verdict of a camera, or of all, that fell out of the recent ones."""
    lasts = [view.last for view in snapshot.cameras if view.last is not None and camera in (None, view.name)]
    return max(lasts, key=lambda verdict: verdict.frame.frame_id, default=None)


def _status(snapshot: Snapshot, verdict: Verdict) -> CameraStatus:
    view = snapshot.camera(verdict.frame.camera)
    if view is None:
        return CameraStatus(Freshness.NOT_REPORTED, None)
    return camera_status(view, snapshot.broker, snapshot.taken_at)
