"""The live page: the slab now at the camera, the last ones, and the state of the line."""

from typing import Final

import streamlit as st

from marbleline.console import judging
from marbleline.console.access import Role
from marbleline.console.alarms import alarms_of
from marbleline.console.locale import Locale
from marbleline.console.markup import el
from marbleline.console.parts import alarms, figures, overrule, states, strip, verdict
from marbleline.console.parts.verdict import Shown
from marbleline.console.selection import Wish, find, matching, neighbour, shown
from marbleline.console.shared import here
from marbleline.console.shell import Visit, bar, hear, visit
from marbleline.console.snapshot import Snapshot
from marbleline.console.tap import Tap

REFRESH_S: Final = 0.5
PLACES: Final = 20
EVERY, SUSPECT = "every", "suspect"


def live_page() -> None:
    """Draw the page; only ``_now`` runs again and again."""
    _now()


@st.fragment(run_every=REFRESH_S)
def _now() -> None:
    seen = visit("live")
    snapshot, locale, now = seen.snapshot, seen.locale, seen.snapshot.taken_at
    bar(seen)
    wish = _wish(snapshot)
    large = shown(snapshot, wish)
    truth = snapshot.truths.get(large.verdict.frame.frame_id) if large else None
    st.html(verdict.band(large, locale, truth))
    left, right = st.columns([5, 3], gap="small")
    with left:
        picture = st.container()
        st.html(verdict.facts(large, locale, now))
        region = judging.region_of(large.verdict if large else None)
        st.html(overrule.overrule(large.verdict if large else None, truth, seen.person, locale, region))
        _controls(snapshot, locale, wish, large)
    with picture:  # after its buttons, so that none of them stands for the slab before
        _stage(seen, wish, large)
    with right:
        st.html(alarms.alarms(alarms_of(snapshot), locale, now))
        st.html(states.cameras(snapshot, locale))
        st.html(figures.counts(snapshot.counts, locale, now))
        st.html(figures.balance(snapshot.ledger, locale, now))
    hear(seen, {**judging.ACTS, "hold": _pick, "overrule": _overrule, "region": _mark})


def _stage(seen: Visit, wish: Wish, large: Shown | None) -> None:
    """The large picture, and the last slabs beside it."""
    snapshot, locale = seen.snapshot, seen.locale
    heat = st.session_state.get("heat", True)
    region = judging.region_of(large.verdict if large else None)
    st.html(
        el(
            "div",
            verdict.picture(
                large,
                locale,
                snapshot.taken_at,
                heat=heat,
                sharp=_sharp(large),
                mark=overrule.outline(region),
                marks=seen.person.may(Role.OPERATOR),
            ),
            strip.strip(
                list(matching(snapshot, wish))[:PLACES],
                locale,
                large.verdict.frame.frame_id if large else None,
                PLACES,
                snapshot.truths,
            ),
            class_="ml-stage",
        )
    )


def _wish(snapshot: Snapshot) -> Wish:
    """What the viewer has asked for, as the browser's session remembers it."""
    camera = st.session_state.get("camera")
    return Wish(
        camera=camera if snapshot.camera(camera or "") else None,
        suspect_only=st.session_state.get("follow") == SUSPECT,
        held=st.session_state.get("held"),
    )


def _controls(snapshot: Snapshot, locale: Locale, wish: Wish, large: Shown | None) -> None:
    """The row below the picture."""
    names = [camera.name for camera in snapshot.cameras]
    held, frame_id = wish.held is not None, large.verdict.frame.frame_id if large else ""
    say = locale.say
    with st.container(key="ml-controls", horizontal=True, vertical_alignment="center", gap="small"):
        hold = say("control.release") if held else say("control.hold")
        st.button(hold, key="hold", on_click=_hold, args=(large,), type="primary" if held else "secondary")
        for label, step, shortcut in (("older", -1, "Left"), ("newer", 1, "Right")):
            there = neighbour(snapshot, wish, frame_id, step)
            st.button(
                say(f"control.{label}"),
                key=label,
                on_click=_step,
                args=(frame_id, step),
                disabled=there is None,
                shortcut=shortcut,
            )
        st.toggle(say("control.heat"), value=True, key="heat")
        st.segmented_control(
            say("control.follow"),
            (EVERY, SUSPECT),
            default=EVERY,
            required=True,
            key="follow",
            format_func=lambda name: say(f"follow.{name}"),
            label_visibility="collapsed",
        )
        if len(names) > 1:
            st.segmented_control(
                say("control.camera"),
                ("", *names),
                default="",
                required=True,
                key="camera",
                format_func=lambda name: name or say("control.all"),
                label_visibility="collapsed",
            )


def _sharp(large: Shown | None) -> str | None:
    """The picture as captured, once the slab has been on the screen for longer than one refresh."""
    frame_id = large.verdict.frame.frame_id if large else None
    seen_before = st.session_state.get("seen") == frame_id
    st.session_state["seen"] = frame_id
    return here().sharp.picture(frame_id) if frame_id is not None and seen_before else None


def _hold(large: Shown | None) -> None:
    """Keep the slab on the screen, or go back to the newest."""
    st.session_state.pop("held_by_mark", None)
    if "held" in st.session_state:
        del st.session_state["held"]
    elif large is not None:
        st.session_state["held"] = large.verdict


def _step(frame_id: str, step: int) -> None:
    """Hold the slab beside the one that was shown."""
    snapshot = here().feed.snapshot()
    found = neighbour(snapshot, _wish(snapshot), frame_id, step)
    if found is not None:
        st.session_state["held"] = found


def _pick(now: Visit, tap: Tap) -> None:
    """Hold the slab that was tapped in the strip."""
    found = find(now.snapshot, tap.frame_id)
    if found is not None:
        st.session_state["held"] = found


def _mark(now: Visit, tap: Tap) -> None:
    """Hold the slab that was drawn on until something is said of it."""
    judging.mark(now, tap)
    if "held" not in st.session_state:
        _pick(now, tap)
        st.session_state["held_by_mark"] = True


def _overrule(now: Visit, tap: Tap) -> None:
    """Put down what was tapped; a slab that was held for its mark alone is let go."""
    judging.overrule(now, tap)
    if st.session_state.pop("held_by_mark", False):
        st.session_state.pop("held", None)
