"""Which slab is shown large: the newest, one camera's newest, the newest doubtful one, or a held one."""

from collections.abc import Iterator
from dataclasses import dataclass

from marbleline.console.freshness import Freshness, State, state_of
from marbleline.console.parts.verdict import Shown
from marbleline.console.snapshot import Snapshot
from marbleline.domain.decision import Decision
from marbleline.domain.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Wish:
    """What the viewer asked for. ``held`` is kept whole: it may have left the console's memory."""

    camera: str | None = None
    suspect_only: bool = False
    held: Verdict | None = None


def matching(snapshot: Snapshot, wish: Wish) -> Iterator[Verdict]:
    """The verdicts that the viewer wants to see, newest first."""
    for verdict in snapshot.recent:
        if wish.camera is not None and verdict.frame.camera != wish.camera:
            continue
        if wish.suspect_only and verdict.decision is Decision.GOOD:
            continue
        yield verdict


def shown(snapshot: Snapshot, wish: Wish) -> Shown | None:
    """What is shown large, None if there is nothing to show."""
    newest = next(matching(snapshot, wish), None)
    if newest is None and not wish.suspect_only:
        newest = _last_of(snapshot, wish.camera)
    verdict = wish.held or newest
    if verdict is None:
        return None
    return Shown(verdict, _state(snapshot, verdict), held=wish.held is not None)


def find(snapshot: Snapshot, frame_id: str) -> Verdict | None:
    """The recent verdict on that frame, None if it is gone or never was."""
    return next((verdict for verdict in snapshot.recent if verdict.frame.frame_id == frame_id), None)


def neighbour(snapshot: Snapshot, wish: Wish, frame_id: str, step: int) -> Verdict | None:
    """The verdict ``step`` places newer (above 0) or older (below 0) than the given one, if known."""
    verdicts = list(matching(snapshot, wish))
    if step > 0:
        newer = [verdict for verdict in verdicts if verdict.frame.frame_id > frame_id]
        return newer[-step] if len(newer) >= step else None
    older = [verdict for verdict in verdicts if verdict.frame.frame_id < frame_id]
    return older[-step - 1] if len(older) >= -step else None


def _last_of(snapshot: Snapshot, camera: str | None) -> Verdict | None:
    """The newest verdict of a camera, or of all, that fell out of the recent ones."""
    lasts = [view.last for view in snapshot.cameras if view.last is not None and camera in (None, view.name)]
    return max(lasts, key=lambda verdict: verdict.frame.frame_id, default=None)


def _state(snapshot: Snapshot, verdict: Verdict) -> State:
    view = snapshot.camera(verdict.frame.camera)
    if view is None:
        return State(Freshness.UNHEARD, None)
    return state_of(view, snapshot.link, snapshot.taken_at)
