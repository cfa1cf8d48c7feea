"""The page about cameras: newest picture, light and focus, what is judged, and the camera's source."""

from typing import Final

import streamlit as st

from marbleline.console.components import camera_setup
from marbleline.console.components.button import button
from marbleline.console.components.markup import el
from marbleline.console.components.names import status_text
from marbleline.console.components.table import panel
from marbleline.console.pages import camera_choice, camera_source, camera_trial, region_editor
from marbleline.console.pages.page_frame import (
    EventHandler,
    PageContext,
    handle_events,
    notify,
    page_context,
    show_failed_query,
)
from marbleline.console.state.camera_actions import SETS_UP
from marbleline.console.state.freshness import camera_status
from marbleline.console.state.services import services
from marbleline.console.state.shared_slabs import of_another_product
from marbleline.console.state.snapshot import CameraView
from marbleline.console.state.user_event import UserEvent
from marbleline.domain.camera_setup import CameraSetup
from marbleline.domain.region import WHOLE, Region, masks_of, outline_of
from marbleline.errors import MarblelineError

REFRESH_S: Final = 1.0
# Many inputs cost more to draw than a picture, and nobody waits for the figures beside them.
EDITED_REFRESH_S: Final = 3.0
# So long after a change a picture may still have been judged by the one before.
_TAKEN_UP_US: Final = 15_000_000


def draw() -> None:
    """Draw the page."""
    _content()


@st.fragment
def _content() -> None:
    page = page_context("cameras")
    edited = camera_source.is_edited(camera_choice.chosen())
    handle_events(page, EDITED_REFRESH_S if edited else REFRESH_S)
    gettext, found = page.locale.gettext, {one.name: one for one in page.snapshot.cameras}
    try:
        said, current = services().sources.line_cameras(), services().cameras.current()
        names = camera_source.names(found, current)
        if page.person.may(SETS_UP) and said is not None:
            names.append(camera_choice.NEW)
        if not names:
            st.html(panel(gettext("page.cameras"), el("p", gettext("setup.none"), class_="ml-none")))
            return
        camera = camera_choice.draw(names, gettext("setup.camera"), gettext("source.new"))
        setup = next((one for one in current if one.camera == camera), None)
        if camera in found:
            _camera(page, found[camera])
        elif camera != camera_choice.NEW:
            changes = services().cameras.changes(camera)
            may = page.person.may(SETS_UP)
            st.html(camera_setup.history(changes, page.locale, page.snapshot.taken_at, may_change=may))
        camera_source.draw(page, camera, setup, said)
    except MarblelineError as error:
        show_failed_query(page, error)


def _camera(page: PageContext, view: CameraView) -> None:
    locale, now, may = page.locale, page.snapshot.taken_at, page.person.may(SETS_UP)
    changes, verdict = services().cameras.changes(view.name), view.last
    left, right = st.columns([3, 2], gap="small")
    with right:
        words = status_text(camera_status(view, page.snapshot.broker, now), locale, now)
        product = view.report.product if view.report is not None else None
        said = el("p", locale.gettext("setup.product", product=product), class_="ml-dim") if product else ""
        others = of_another_product(page.snapshot.recent, view.name)
        warned = el("p", camera_setup.mixed(others, locale), class_="ml-warn") if others else ""
        st.html(panel(view.name, el("p", words), said, warned, class_="ml-setup-state"))
        if verdict is not None:
            st.html(camera_setup.quality(verdict, locale))
        region = _inputs(page, view, changes, may=may)
        st.html(camera_setup.history(changes, locale, now, may_change=may))
    with left:
        full = None if verdict is None else services().full_images.data_uri(verdict.frame.frame_id)
        if verdict is None or not may or _wins(view, changes[0] if changes else None):
            st.html(camera_setup.picture(verdict, region, full, locale))
        else:
            region_editor.draw(page, verdict, full)


def _inputs(page: PageContext, view: CameraView, changes: list[CameraSetup], *, may: bool) -> Region:
    """Draw the inputs; returns the region that they show."""
    gettext, camera = page.locale.gettext, view.name
    current = changes[0] if changes else None
    if _wins(view, current):
        frame = view.last.frame if view.last is not None else None
        st.html(panel(gettext("setup.wins"), el("p", gettext("setup.wins.why"), class_="ml-warn")))
        if frame is not None:
            return frame.judged_region() or WHOLE
    if _waits(view, current):
        st.html(el("p", gettext("setup.waits"), class_="ml-warn"))
    if not may:
        st.html(el("p", gettext("setup.engineer"), class_="ml-dim"))
        return Region(
            outline_of((current and current.region) or ""), masks_of((current and current.masks) or "")
        )
    texts = []
    for name in ("region", "masks"):
        key = region_editor.text_key(name, camera)
        st.session_state.setdefault(key, (getattr(current, name) if current else None) or "")
        texts.append(st.text_input(gettext(f"setup.{name}"), key=key, max_chars=region_editor.MOST_TEXT))
    st.html(el("p", gettext("setup.format"), class_="ml-dim"))
    try:
        region = Region(outline_of(texts[0]), masks_of(texts[1]))
    except ValueError as error:
        st.html(el("p", gettext("setup.wrong", allowed=str(error)), class_="ml-warn"))
        return WHOLE
    same = (texts[0], texts[1]) == (
        (current and current.region) or "",
        (current and current.masks) or "",
    )
    st.html(button(gettext("setup.change"), "change", camera, disabled=same, primary=True))
    return region


def _wins(view: CameraView, current: CameraSetup | None) -> bool:
    """Whether the camera's own settings say another region than what was set here."""
    frame = None if view.last is None else view.last.frame
    if frame is None or not (frame.region or frame.masks):
        return False
    if current is None:
        return True
    settled = frame.captured_at > current.at + _TAKEN_UP_US
    return settled and (frame.region, frame.masks) != (current.region, current.masks)


def _waits(view: CameraView, current: CameraSetup | None) -> bool:
    """Whether the newest picture was judged whole, although a region or masks are set."""
    frame = None if view.last is None else view.last.frame
    wanted = current is not None and bool(current.region or current.masks)
    return wanted and frame is not None and not (frame.region or frame.masks)


def _change(page: PageContext, event: UserEvent) -> None:
    """Set what the inputs show."""
    camera = event.value
    keys = (region_editor.text_key(name, camera) for name in ("region", "masks"))
    region, masks = (str(st.session_state.get(key, "")) for key in keys)
    _took(page, services().cameras.change(page.person, camera, region, masks))


def _revert(page: PageContext, event: UserEvent) -> None:
    """Bring back what an earlier change had set."""
    camera = camera_choice.chosen()
    _took(page, services().sources.revert(page.person, camera, event.value))
    camera_source.forget(camera)


def _took(page: PageContext, made: CameraSetup) -> None:
    st.session_state[region_editor.text_key("region", made.camera)] = made.region or ""
    st.session_state[region_editor.text_key("masks", made.camera)] = made.masks or ""
    notify(page.locale.gettext("setup.changed", camera=made.camera))


HANDLERS: Final[dict[str, EventHandler]] = {
    "change": _change,
    "revert": _revert,
    "set_source": camera_source.apply,
    "remove_camera": camera_source.remove,
    "edit_source": camera_source.edit,
    "try_source": camera_source.try_source,
    "stop_trial": camera_trial.stop,
    "discover_cameras": camera_trial.discover,
    "use_found": camera_source.use_found,
}
