"""The search page: find a slab, see what its verdict rests on and its history."""

from typing import Final

import streamlit as st

from marbleline.console.components import evidence, overrule, search_results, slab_map, verdict
from marbleline.console.components.markup import el
from marbleline.console.pages import guide_drawer, overruling
from marbleline.console.pages.page_frame import (
    EventHandler,
    PageContext,
    handle_events,
    page_context,
    show_failed_query,
)
from marbleline.console.pages.slab_viewer import draw_viewer
from marbleline.console.state import search
from marbleline.console.state.freshness import CameraStatus, Freshness
from marbleline.console.state.search import SearchHit, SearchQuery
from marbleline.console.state.selection import DisplayedSlab
from marbleline.console.state.services import services
from marbleline.console.state.user_event import UserEvent
from marbleline.domain.decision import Decision
from marbleline.domain.label import Label, truths
from marbleline.domain.model import DEFECTS
from marbleline.domain.shadow_verdict import ShadowVerdict
from marbleline.domain.slab import key_of_frame
from marbleline.domain.verdict import Verdict
from marbleline.errors import Unavailable
from marbleline.ports.annotations import Annotations, LabelQuery, ShadowVerdictQuery

REFRESH_S: Final = 2.0
FRESH_FOR: Final = 10_000_000
"""Microseconds for which an answer is kept before the store is queried again."""

_MAX_ANNOTATIONS: Final = 100


def draw() -> None:
    """Draw the page."""
    _content()


@st.fragment
def _content() -> None:
    page = page_context("search")
    handle_events(page, REFRESH_S)
    draw_viewer(page)
    query = _filters(page)
    left, right = st.columns([2, 3], gap="small")
    try:
        with left:
            found = _list(page, query)
        with right:
            _slab(page, found)
    except Unavailable as error:
        show_failed_query(page, error)


def _filters(page: PageContext) -> SearchQuery:
    """One row of filters. Those of a page that is drawn for the first time query nothing."""
    gettext, zone, line = page.locale.gettext, page.locale.zone, page.snapshot.line
    cameras = [camera.name for camera in page.snapshot.cameras]
    with st.container(key="ml-filters", horizontal=True, gap="small"):
        text = st.text_input(gettext("search.slab"), key="search.slab", width=180)
        camera = _select(page, "ledger.camera", cameras)
        decision = _select(page, "search.decision", list(Decision), "decision")
        defect = _select(page, "search.defect", list(DEFECTS), "defect")
        version = st.number_input(
            gettext("search.model"), 1, value=None, step=1, key="search.model", width=150
        )
        since, until = (
            st.datetime_input(gettext(name), None, key=name, format=page.locale.date_format, width=210)
            for name in ("search.since", "search.until")
        )
        low, high = st.slider(gettext("search.score"), 0, 100, (0, 100), key="search.score", width=220)
    return SearchQuery(
        line,
        text.strip(),
        camera,
        Decision(decision) if decision else None,
        defect,
        version,
        search.to_micros(since, zone),
        search.to_micros(until, zone),
        (low / 100, high / 100),
    )


def _select(page: PageContext, label: str, options: list[str], words: str = "") -> str | None:
    chosen: str | None = st.selectbox(
        page.locale.gettext(label),
        options,
        index=None,
        placeholder=page.locale.gettext("search.any"),
        format_func=lambda name: page.locale.term(words, name) if words else name,
        key=f"search.{label}",
        width=170,
    )
    return chosen


def _list(page: PageContext, query: SearchQuery) -> bool:
    """The slabs that were found; returns whether there are any."""
    locale, at = page.locale, page.snapshot.taken_at
    if st.session_state.get("search_query") != query:
        st.session_state["limit"] = search.PAGE
    limit: int = st.session_state.get("limit", search.PAGE)
    known = st.session_state.get("found")
    if known is None or known[:2] != (query, limit) or at - known[2] > FRESH_FOR:
        answer = services().actions.store.query(lambda store: search.run_search(store, query, limit))
        known = st.session_state["found"] = (query, limit, at, answer)
    st.session_state["search_query"] = query
    found: list[SearchHit] = known[3]
    if not found:
        words = "slab.none" if query == SearchQuery(query.line) else "search.none"
        nothing = el("strong", locale.gettext(words))
        st.html(el("div", nothing, el("p", locale.gettext(f"{words}.hint")), class_="ml-panel ml-nothing"))
        return False
    whole = len(found) < limit
    summary = (
        locale.ngettext("search.found", len(found))
        if whole
        else locale.gettext("search.more_than", number=locale.number(len(found)))
    )
    st.html(el("p", summary, class_="ml-dim"))
    st.html(
        search_results.search_results(found, st.query_params.get("frame"), page.snapshot.truths, locale, at)
    )
    if limit <= len(found) < search.MAX_RESULTS:
        more = locale.gettext("search.more")
        st.html(el("button", more, type="button", class_="ml-plain", data_action="more"))
    return True


def _slab(page: PageContext, can_choose: bool) -> None:
    """The slab that was chosen, with its evidence and history; ``can_choose``: whether some are listed."""
    locale, at = page.locale, page.snapshot.taken_at
    frame_id = st.query_params.get("frame")
    found = services().actions.find(frame_id) if frame_id else None
    if found is None:
        if can_choose:
            st.html(el("section", el("p", locale.gettext("search.choose")), class_="ml-panel ml-nothing"))
        return
    shadow_verdicts, labels = services().actions.store.query(
        lambda store: _annotations(store, found.frame.frame_id)
    )
    slab = None
    if found.frame.tile is not None:
        slab = services().actions.store.query(lambda store: store.slab_verdict(key_of_frame(found.frame)))
    truth = truths(labels).get(found.frame.frame_id)
    region = overruling.region_of(found) or (truth.labels[0].region if truth else None)
    displayed = DisplayedSlab(found, CameraStatus(Freshness.ONLINE, None), held=False)
    st.html(evidence.title(found, locale, at))
    st.html(verdict.band(displayed, locale, truth))
    st.html(
        el(
            "div",
            overruling.marked_picture(page, displayed, region),
            class_="ml-stage is-single",
        )
    )
    st.html(overrule.overrule(found, truth, page.person, locale, overruling.region_of(found)))
    overruling.note_input(page)
    if slab is not None:
        st.html(slab_map.slab_map(slab, found.frame.frame_id, locale))
    with st.container(key="ml-controls", horizontal=True, vertical_alignment="center", gap="small"):
        st.toggle(locale.gettext("control.heat"), value=True, key="heat")
        _download(page, found)
    facts, past = st.columns([3, 2], gap="small")
    with facts:
        st.html(evidence.evidence(found, locale))
    with past:
        st.html(evidence.history(found, shadow_verdicts, labels, locale, at))


def _download(page: PageContext, found: Verdict) -> None:
    """The picture's bytes as captured, fetched when they are asked for."""
    frame, kind = found.frame, found.media_type.removeprefix("image/")

    def original() -> bytes:
        content = services().actions.store.query(lambda store: store.image(frame.frame_id))
        return content if content is not None else page.locale.gettext("download.none").encode()

    name = f"{frame.slab_id or frame.frame_id}-{frame.camera}.{kind}"
    st.download_button(
        page.locale.gettext("download"), original, name, found.media_type, on_click="ignore", key="original"
    )


def _annotations(store: Annotations, frame_id: str) -> tuple[list[ShadowVerdict], list[Label]]:
    return (
        store.shadow_verdicts(ShadowVerdictQuery(frame_id=frame_id), _MAX_ANNOTATIONS),
        store.labels(LabelQuery(frame_id=frame_id), _MAX_ANNOTATIONS),
    )


def _open(page: PageContext, event: UserEvent) -> None:
    """Show the slab that was chosen, under an address of its own."""
    st.query_params["frame"] = event.frame_id


def _more(page: PageContext, event: UserEvent) -> None:
    """Make the list longer."""
    st.session_state["limit"] = min(
        search.MAX_RESULTS, st.session_state.get("limit", search.PAGE) + search.PAGE
    )


HANDLERS: Final[dict[str, EventHandler]] = {
    **overruling.SLAB_HANDLERS,
    "add_example": guide_drawer.add_example,
    "open": _open,
    "more": _more,
}
