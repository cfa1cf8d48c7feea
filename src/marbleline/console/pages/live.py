"""The live page: the slab now at the camera, the last ones, and the state of the line."""

from typing import Final

import streamlit as st

from marbleline.console.auth.roles import Role
from marbleline.console.components import alarms, cameras, figures, overrule, strip, verdict
from marbleline.console.components.markup import el
from marbleline.console.i18n.locale import Locale
from marbleline.console.pages import overruling
from marbleline.console.pages.page_frame import EventHandler, PageContext, handle_events, page_context
from marbleline.console.pages.slab_viewer import draw_viewer
from marbleline.console.state.alarm_list import banner_alarms
from marbleline.console.state.selection import (
    DisplayedSlab,
    ViewFilter,
    displayed_slab,
    find_recent,
    matching,
    neighbour,
)
from marbleline.console.state.services import services
from marbleline.console.state.snapshot import Snapshot
from marbleline.console.state.user_event import UserEvent

REFRESH_S: Final = 0.5
PLACES: Final = 20
EVERY, SUSPECT = "every", "suspect"


def draw() -> None:
    """Draw the page; only ``_now`` runs again and again."""
    _content()


@st.fragment
def _content() -> None:
    page = page_context("live")
    snapshot, locale, now = page.snapshot, page.locale, page.snapshot.taken_at
    view_filter = _view_filter(snapshot)
    large = displayed_slab(snapshot, view_filter)
    truth = snapshot.truths.get(large.verdict.frame.frame_id) if large else None
    st.html(verdict.band(large, locale, truth))
    left, right = st.columns([5, 3], gap="small")
    with left:
        picture = st.container()
        st.html(verdict.facts(large, locale, now))
        region = overruling.region_of(large.verdict if large else None)
        st.html(overrule.overrule(large.verdict if large else None, truth, page.person, locale, region))
        _controls(snapshot, locale, view_filter, large)
    with picture:  # after its buttons, so that none of them stands for the slab before
        _stage(page, view_filter, large)
    with right:
        st.html(alarms.alarms(banner_alarms(snapshot), locale, now))
        st.html(cameras.cameras(snapshot, locale))
        st.html(figures.counts(snapshot.counts, locale, now))
        st.html(figures.balance(snapshot.ledger, locale, now))
    handle_events(page, REFRESH_S)
    draw_viewer(page)


def _stage(page: PageContext, view_filter: ViewFilter, large: DisplayedSlab | None) -> None:
    """The large picture, and the last slabs beside it."""
    snapshot, locale = page.snapshot, page.locale
    heat = st.session_state.get("heat", True)
    region = overruling.region_of(large.verdict if large else None)
    st.html(
        el(
            "div",
            verdict.picture(
                large,
                locale,
                snapshot.taken_at,
                heat=heat,
                full_image=_full_image(large),
                mark=overrule.outline(region),
                drawable=page.person.may(Role.OPERATOR),
                viewable=True,
            ),
            strip.strip(
                list(matching(snapshot, view_filter))[:PLACES],
                locale,
                large.verdict.frame.frame_id if large else None,
                PLACES,
                snapshot.truths,
            ),
            class_="ml-stage",
        )
    )


def _view_filter(snapshot: Snapshot) -> ViewFilter:
    """What the viewer has asked for, as kept in the browser's session."""
    camera = st.session_state.get("camera")
    return ViewFilter(
        camera=camera if snapshot.camera(camera or "") else None,
        suspect_only=st.session_state.get("follow") == SUSPECT,
        held=st.session_state.get("held"),
    )


def _controls(
    snapshot: Snapshot, locale: Locale, view_filter: ViewFilter, large: DisplayedSlab | None
) -> None:
    """The row below the picture."""
    names = [camera.name for camera in snapshot.cameras]
    held, frame_id = view_filter.held is not None, large.verdict.frame.frame_id if large else ""
    gettext = locale.gettext
    with st.container(key="ml-controls", horizontal=True, vertical_alignment="center", gap="small"):
        hold = gettext("control.release") if held else gettext("control.hold")
        st.button(hold, key="hold", on_click=_hold, args=(large,), type="primary" if held else "secondary")
        for label, step, shortcut in (("older", -1, "Left"), ("newer", 1, "Right")):
            there = neighbour(snapshot, view_filter, frame_id, step)
            st.button(
                gettext(f"control.{label}"),
                key=label,
                on_click=_step,
                args=(frame_id, step),
                disabled=there is None,
                shortcut=shortcut,
            )
        st.toggle(gettext("control.heat"), value=True, key="heat")
        st.segmented_control(
            gettext("control.follow"),
            (EVERY, SUSPECT),
            default=EVERY,
            required=True,
            key="follow",
            format_func=lambda name: gettext(f"follow.{name}"),
            label_visibility="collapsed",
        )
        if len(names) > 1:
            st.segmented_control(
                gettext("control.camera"),
                ("", *names),
                default="",
                required=True,
                key="camera",
                format_func=lambda name: name or gettext("control.all"),
                label_visibility="collapsed",
            )


def _full_image(large: DisplayedSlab | None) -> str | None:
    """The picture as captured, once the slab has been on the screen for longer than one refresh."""
    frame_id = large.verdict.frame.frame_id if large else None
    shown_before = st.session_state.get("previous_frame") == frame_id
    st.session_state["previous_frame"] = frame_id
    return services().full_images.data_uri(frame_id) if frame_id is not None and shown_before else None


def _hold(large: DisplayedSlab | None) -> None:
    """Keep the slab on the screen, or go back to the newest."""
    st.session_state.pop("held_by_mark", None)
    if "held" in st.session_state:
        del st.session_state["held"]
    elif large is not None:
        st.session_state["held"] = large.verdict


def _step(frame_id: str, step: int) -> None:
    """Hold the slab beside the one that was shown."""
    snapshot = services().feed.snapshot()
    found = neighbour(snapshot, _view_filter(snapshot), frame_id, step)
    if found is not None:
        st.session_state["held"] = found


def _pick(page: PageContext, event: UserEvent) -> None:
    """Hold the slab that was chosen in the strip."""
    found = find_recent(page.snapshot, event.frame_id)
    if found is not None:
        st.session_state["held"] = found


def _mark(page: PageContext, event: UserEvent) -> None:
    """Hold the slab that was drawn on until it is labelled."""
    overruling.mark(page, event)
    if "held" not in st.session_state:
        _pick(page, event)
        st.session_state["held_by_mark"] = True


def _overrule(page: PageContext, event: UserEvent) -> None:
    """Save the label; a slab that was held only because it was drawn on is released."""
    overruling.overrule(page, event)
    if st.session_state.pop("held_by_mark", False):
        st.session_state.pop("held", None)


HANDLERS: Final[dict[str, EventHandler]] = {
    **overruling.SLAB_HANDLERS,
    "hold": _pick,
    "overrule": _overrule,
    "region": _mark,
}
