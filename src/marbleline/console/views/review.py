"""The review page: the slabs that the line is not sure of, worked off by keyboard."""

from typing import Final

import streamlit as st

from marbleline.console import judging
from marbleline.console.access import Role
from marbleline.console.freshness import Freshness, State
from marbleline.console.markup import Html, el
from marbleline.console.parts import overrule, strip, verdict
from marbleline.console.parts.verdict import Shown
from marbleline.console.shell import Visit, bar, hear, visit
from marbleline.console.tap import Tap
from marbleline.domain.verdict import Verdict

REFRESH_S: Final = 1.0
PLACES: Final = 20


def review_page() -> None:
    """Draw the page."""
    _now()


@st.fragment(run_every=REFRESH_S)
def _now() -> None:
    seen = visit("review")
    bar(seen)
    large = _large(seen)
    if large is None:
        _nothing(seen)
    else:
        _slab(seen, large)
    acts = {**judging.ACTS, "overrule": _overrule, "undo": _undo, "hold": _turn_to, "heat": _heat}
    hear(seen, acts)


def _large(now: Visit) -> Verdict | None:
    """The slab to look at: the one that was turned to, else the first after it, else the oldest."""
    wanted = st.session_state.get("review", "")
    left = now.snapshot.reviews
    after = [one for one in left if one.frame.frame_id >= wanted]
    return next(iter(after or left), None)


def _nothing(now: Visit) -> None:
    say = now.locale.say
    read = now.snapshot.counts is not None
    words = (say("review.empty"), say("review.empty.hint")) if read else (say("review.reading"), "")
    body = [el("h1", words[0]), el("p", words[1], class_="ml-dim")]
    st.html(el("section", *body, _undo_button(now), class_="ml-panel ml-nothing is-large"))


def _slab(now: Visit, large: Verdict) -> None:
    """The slab, what it may be, and the keys to say so."""
    locale, at, left = now.locale, now.snapshot.taken_at, now.snapshot.reviews
    place = left.index(large)
    shown = Shown(large, State(Freshness.ONLINE, None), held=False)
    region = judging.region_of(large)
    st.html(_head(now, shown))
    st.html(
        el(
            "div",
            judging.marked_picture(now, shown, region),
            strip.strip(left[place : place + PLACES], locale, large.frame.frame_id, PLACES),
            class_="ml-stage",
        )
    )
    st.html(verdict.facts(shown, locale, at))
    st.html(overrule.overrule(large, None, now.person, locale, region))
    moves = [
        _move("back", "ArrowLeft", "←", left[place - 1] if place else None, now),
        _move("skip", "ArrowRight", "→", left[place + 1] if place + 1 < len(left) else None, now),
    ]
    heat = el(
        "button",
        locale.say("control.heat"),
        el("kbd", "H"),
        type="button",
        class_="ml-plain",
        aria_pressed="true" if st.session_state.get("heat", True) else "false",
        data_act="heat",
        data_key="h",
    )
    st.html(el("div", *moves, heat, _undo_button(now), class_="ml-moves"))


def _head(now: Visit, shown: Shown) -> Html:
    left = now.locale.say("review.left", number=now.locale.number(now.snapshot.to_review))
    band = verdict.band(shown, now.locale)
    return el("div", band, el("p", left, class_="ml-review-left", role="status"), class_="ml-review-head")


def _move(name: str, key: str, sign: str, to: Verdict | None, now: Visit) -> Html:
    return el(
        "button",
        now.locale.say(f"review.{name}"),
        el("kbd", sign),
        type="button",
        class_="ml-plain",
        disabled=to is None,
        data_act="hold",
        data_frame=to.frame.frame_id if to else "",
        data_key=key,
    )


def _undo_button(now: Visit) -> Html | str:
    done = st.session_state.get("done")
    if not done or not now.person.may(Role.OPERATOR):
        return ""
    return el(
        "button",
        now.locale.say("overrule.undo"),
        el("kbd", "U"),
        type="button",
        class_="ml-plain",
        data_act="undo",
        data_frame=done[-1],
        data_key=overrule.UNDO_KEY,
    )


def _overrule(now: Visit, tap: Tap) -> None:
    """Put down what was said, and go on to the next slab."""
    st.session_state["review"] = tap.frame_id
    judging.overrule(now, tap)
    st.session_state["done"] = [*st.session_state.get("done", []), tap.frame_id][-20:]


def _undo(now: Visit, tap: Tap) -> None:
    """Take the last word back; its slab comes up again."""
    judging.undo(now, tap)
    st.session_state["done"] = [one for one in st.session_state.get("done", []) if one != tap.frame_id]
    st.session_state["review"] = tap.frame_id


def _turn_to(now: Visit, tap: Tap) -> None:
    """Look at this slab first."""
    st.session_state["review"] = tap.frame_id


def _heat(now: Visit, tap: Tap) -> None:
    """The heat map on or off."""
    st.session_state["heat"] = not st.session_state.get("heat", True)
