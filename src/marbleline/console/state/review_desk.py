"""Where a person is in the review queue: which slabs, in which order, which page, which one is large."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from marbleline.domain.review import ReviewState
from marbleline.domain.verdict import Verdict
from marbleline.ports.review_queue import ReviewCounts, ReviewOrder, ReviewPlace, ReviewQuery, ReviewQueue

PAGE: Final = 20
"""Slabs of one page."""

MOST_SELECTED: Final = 200
"""Slabs that get one label together."""

NEXT, PREVIOUS = "skip", "back"


@dataclass(frozen=True, slots=True)
class DeskView:
    """``begins``: the places after which the pages up to this one begin, without the first page's.

    ``chosen``  frame id of the large slab
    ``place``   its place on the page, from 0: the slab there is large once the chosen one has left the queue
    ``selected``  frame ids of the slabs that are to get one label together; kept from page to page
    ``asked``     the class that they are about to get, once the person has confirmed it
    """

    state: ReviewState = ReviewState.WAITING
    order: ReviewOrder = ReviewOrder.OLDEST
    begins: tuple[ReviewPlace, ...] = ()
    chosen: str = ""
    place: int = 0
    selected: tuple[str, ...] = ()
    asked: str | None = None


@dataclass(frozen=True, slots=True)
class DeskPage:
    """One page of the queue; ``more``: whether another follows. ``counts`` are of the whole queue."""

    slabs: tuple[Verdict, ...]
    more: bool
    counts: ReviewCounts

    def large(self, view: DeskView) -> int | None:
        """The place of the slab to look at: the chosen one, else the one that follows it; None if empty."""
        for place, verdict in enumerate(self.slabs):
            if verdict.frame.frame_id == view.chosen:
                return place
        if not self.slabs:
            return None
        return view.place if view.place < len(self.slabs) else 0


def read_page(store: ReviewQueue, line: str, view: DeskView) -> DeskPage:
    """Raises StoreUnavailable."""
    query = ReviewQuery(line, view.state, view.order)
    found = store.review_page(query, PAGE + 1, view.begins[-1] if view.begins else None)
    return DeskPage(tuple(found[:PAGE]), len(found) > PAGE, store.review_counts(line))


def chosen(view: DeskView, page: DeskPage, frame_id: str) -> DeskView:
    """Look at this slab."""
    found = replace(view, chosen=frame_id)
    return replace(found, place=page.large(found) or 0)


def turned(view: DeskView, page: DeskPage, way: str) -> DeskView:
    """The next page from its first slab on, or the page before from its last; the same if there is none."""
    if way == NEXT and page.more:
        return replace(view, begins=(*view.begins, ReviewPlace.of(page.slabs[-1])), chosen="", place=0)
    if way == PREVIOUS and view.begins:
        return replace(view, begins=view.begins[:-1], chosen="", place=PAGE - 1)
    return view


def selected(view: DeskView, frame_ids: Iterable[str]) -> DeskView:
    """Select these slabs too, or none of them any more if all were; ``MOST_SELECTED`` at most."""
    wanted = tuple(frame_ids)
    if set(wanted) <= set(view.selected):
        left = tuple(one for one in view.selected if one not in wanted)
    else:
        left = tuple(dict.fromkeys((*view.selected, *wanted)))[:MOST_SELECTED]
    return replace(view, selected=left, asked=None)
