"""The way through the review queue: pages, the large slab, and what follows a slab that has left."""

from dataclasses import replace
from pathlib import Path

import pytest

from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.console.state.review_desk import (
    MOST_SELECTED,
    NEXT,
    PAGE,
    PREVIOUS,
    DeskView,
    chosen,
    read_page,
    selected,
    turned,
)
from marbleline.domain.decision import Decision
from marbleline.domain.label import new_label
from marbleline.ports.review_queue import ReviewOrder
from tests.builders import START, make_verdict

SLABS = [make_verdict(number, decision=Decision.REVIEW) for number in range(1, 2 * PAGE + 4)]
IDS = [one.frame.frame_id for one in SLABS]


@pytest.fixture
def store(tmp_path: Path) -> SqliteStore:
    made = SqliteStore(tmp_path / "store.db")
    made.put_verdicts(SLABS)
    return made


def test_pages_lead_to_each_other_and_end(store: SqliteStore) -> None:
    view = DeskView()
    pages = [read_page(store, "line-1", view)]
    for _ in range(2):
        view = turned(view, pages[-1], NEXT)
        pages.append(read_page(store, "line-1", view))
    assert [slab for page in pages for slab in page.slabs] == SLABS
    assert [page.more for page in pages] == [True, True, False]
    assert {page.counts.waiting for page in pages} == {len(SLABS)}
    assert turned(view, pages[-1], NEXT) == view
    back = turned(view, pages[-1], PREVIOUS)
    assert read_page(store, "line-1", back) == pages[1]
    assert pages[1].large(back) == PAGE - 1, "one goes back to the last slab of the page before"
    assert turned(DeskView(), pages[0], PREVIOUS) == DeskView()
    store.close()


def test_after_a_label_the_next_slab_is_large_in_any_order(store: SqliteStore) -> None:
    for order in ReviewOrder:
        view = DeskView(order=order)
        page = read_page(store, "line-1", view)
        third, fourth = page.slabs[2], page.slabs[3]
        view = chosen(view, page, third.frame.frame_id)
        assert page.large(view) == 2
        store.put_labels([new_label(third, "good", f"anna {order}", START)])
        page = read_page(store, "line-1", view)
        place = page.large(view)
        assert place is not None
        assert page.slabs[place] == fourth
    store.close()


def test_after_the_last_slab_comes_the_first_and_an_empty_page_has_none(store: SqliteStore) -> None:
    page = read_page(store, "line-1", DeskView())
    assert page.large(DeskView(chosen="gone", place=PAGE)) == 0
    assert replace(page, slabs=()).large(DeskView()) is None
    store.close()


def test_what_is_selected_is_kept_once_and_bounded_and_can_be_let_go() -> None:
    view = selected(selected(DeskView(asked="crack"), "ab"), "bc")
    assert (view.selected, view.asked) == (("a", "b", "c"), None)
    assert selected(view, "b").selected == ("a", "c")
    assert selected(view, "abc").selected == ()
    assert len(selected(view, map(str, range(MOST_SELECTED + 9))).selected) == MOST_SELECTED
