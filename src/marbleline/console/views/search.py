"""The search page: find a slab, see what its verdict rests on and what was said of it since."""

from typing import Final

import streamlit as st

from marbleline.console import judging, search
from marbleline.console.freshness import Freshness, State
from marbleline.console.markup import el
from marbleline.console.parts import evidence, hits, overrule, verdict
from marbleline.console.parts.verdict import Shown
from marbleline.console.search import Hit, Question
from marbleline.console.shared import here
from marbleline.console.shell import Visit, hear, ticking_bar, visit
from marbleline.console.tap import Tap
from marbleline.domain.decision import Decision
from marbleline.domain.label import Label, truths
from marbleline.domain.model import DEFECTS
from marbleline.domain.opinion import Opinion
from marbleline.domain.verdict import Verdict
from marbleline.errors import Unavailable
from marbleline.ports.remarks import LabelQuery, OpinionQuery
from marbleline.ports.store import Store

REFRESH_S: Final = 2.0
FRESH_FOR: Final = 10_000_000
"""Microseconds for which an answer is kept before it is asked for again."""

_REMARKS: Final = 100


def search_page() -> None:
    """Draw the page."""
    ticking_bar("search")
    _now()


@st.fragment(run_every=REFRESH_S)
def _now() -> None:
    seen = visit("search")
    hear(seen, {**judging.ACTS, "open": _open, "more": _more})
    question = _filters(seen)
    left, right = st.columns([2, 3], gap="small")
    try:
        with left:
            _list(seen, question)
        with right:
            _slab(seen)
    except Unavailable as error:
        st.html(el("p", seen.locale.say("asking.failed", error=str(error)), class_="ml-warn"))


def _filters(now: Visit) -> Question:
    """One row of filters. Those of a page that is drawn for the first time ask nothing."""
    say, zone, line = now.locale.say, now.locale.zone, now.snapshot.line
    cameras = [camera.name for camera in now.snapshot.cameras]
    with st.container(key="ml-filters", horizontal=True, gap="small"):
        text = st.text_input(say("search.slab"), key="search.slab", width=180)
        camera = _select(now, "ledger.camera", cameras)
        decision = _select(now, "search.decision", list(Decision), "decision")
        defect = _select(now, "search.defect", list(DEFECTS), "defect")
        version = st.number_input(say("search.model"), 1, value=None, step=1, key="search.model", width=150)
        since, until = (
            st.datetime_input(say(name), None, key=name, format=say("date.input"), width=210)
            for name in ("search.since", "search.until")
        )
        low, high = st.slider(say("search.score"), 0, 100, (0, 100), key="search.score", width=220)
    return Question(
        line,
        text.strip(),
        camera,
        Decision(decision) if decision else None,
        defect,
        version,
        search.micros(since, zone),
        search.micros(until, zone),
        (low / 100, high / 100),
    )


def _select(now: Visit, label: str, options: list[str], words: str = "") -> str | None:
    chosen: str | None = st.selectbox(
        now.locale.say(label),
        options,
        index=None,
        placeholder=now.locale.say("search.any"),
        format_func=lambda name: now.locale.known(words, name) if words else name,
        key=f"search.{label}",
        width=170,
    )
    return chosen


def _list(now: Visit, question: Question) -> None:
    """The slabs that were found."""
    locale, at = now.locale, now.snapshot.taken_at
    if st.session_state.get("question") != question:
        st.session_state["limit"] = search.PAGE
    limit: int = st.session_state.get("limit", search.PAGE)
    known = st.session_state.get("found")
    if known is None or known[:2] != (question, limit) or at - known[2] > FRESH_FOR:
        answer = here().actions.records.ask(lambda store: search.ask(store, question, limit))
        known = st.session_state["found"] = (question, limit, at, answer)
    st.session_state["question"] = question
    found: list[Hit] = known[3]
    if not found:
        nothing = el("strong", locale.say("search.none"))
        st.html(el("div", nothing, el("p", locale.say("search.none.hint")), class_="ml-panel ml-nothing"))
        return
    name = "search.found" if len(found) < limit else "search.more_than"
    st.html(el("p", locale.say(name, number=len(found)), class_="ml-dim"))
    st.html(hits.hits(found, st.query_params.get("frame"), now.snapshot.truths, locale, at))
    if limit <= len(found) < search.MOST:
        more = locale.say("search.more")
        st.html(el("button", more, type="button", class_="ml-plain", data_act="more"))


def _slab(now: Visit) -> None:
    """The slab that was chosen, with its evidence and history."""
    locale, at = now.locale, now.snapshot.taken_at
    frame_id = st.query_params.get("frame")
    found = here().actions.find(frame_id) if frame_id else None
    if found is None:
        st.html(el("p", locale.say("search.choose"), class_="ml-panel ml-nothing"))
        return
    opinions, labels = here().actions.records.ask(lambda store: _remarks(store, found.frame.frame_id))
    truth = truths(labels).get(found.frame.frame_id)
    region = judging.region_of(found) or (truth.labels[0].region if truth else None)
    shown = Shown(found, State(Freshness.ONLINE, None), held=False)
    st.html(evidence.title(found, locale, at))
    st.html(verdict.band(shown, locale, truth))
    st.html(
        el(
            "div",
            judging.marked_picture(now, shown, region),
            class_="ml-stage is-single",
        )
    )
    st.html(overrule.overrule(found, truth, now.person, locale, judging.region_of(found)))
    with st.container(key="ml-controls", horizontal=True, vertical_alignment="center", gap="small"):
        st.toggle(locale.say("control.heat"), value=True, key="heat")
        _download(now, found)
    facts, past = st.columns([3, 2], gap="small")
    with facts:
        st.html(evidence.evidence(found, locale))
    with past:
        st.html(evidence.history(found, opinions, labels, locale, at))


def _download(now: Visit, found: Verdict) -> None:
    """The picture's bytes as captured, fetched when they are asked for."""
    frame, kind = found.frame, found.media_type.removeprefix("image/")

    def original() -> bytes:
        content = here().actions.records.ask(lambda store: store.image(frame.frame_id))
        return content if content is not None else now.locale.say("download.none").encode()

    name = f"{frame.slab_id or frame.frame_id}-{frame.camera}.{kind}"
    st.download_button(
        now.locale.say("download"), original, name, found.media_type, on_click="ignore", key="original"
    )


def _remarks(store: Store, frame_id: str) -> tuple[list[Opinion], list[Label]]:
    return (
        store.opinions(OpinionQuery(frame_id=frame_id), _REMARKS),
        store.labels(LabelQuery(frame_id=frame_id), _REMARKS),
    )


def _open(now: Visit, tap: Tap) -> None:
    """Show the slab that was tapped, under an address of its own."""
    st.query_params["frame"] = tap.frame_id


def _more(now: Visit, tap: Tap) -> None:
    """Make the list longer."""
    st.session_state["limit"] = min(search.MOST, st.session_state.get("limit", search.PAGE) + search.PAGE)
