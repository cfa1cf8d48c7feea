"""The page of the plant's guide to defects: read by everybody, written by those who may."""

from typing import Final

import streamlit as st

from marbleline.console.components import defect_guide
from marbleline.console.components.defect_guide import GuideView
from marbleline.console.components.markup import el
from marbleline.console.pages.guide_drawer import guide_view
from marbleline.console.pages.page_frame import (
    EventHandler,
    PageContext,
    attempt,
    handle_events,
    notify,
    page_context,
    show_failed_query,
)
from marbleline.console.state import product_queries
from marbleline.console.state.guide_actions import WRITES
from marbleline.console.state.services import services
from marbleline.console.state.user_event import UserEvent
from marbleline.domain.defect_guide import LONGEST_TEXT, TOPICS, GuideEntry
from marbleline.domain.frame import DEFAULT_PRODUCT
from marbleline.errors import MarblelineError, Unavailable

REFRESH_S: Final = 3.0
_PRODUCT: Final = "guide.product"
_TOPIC: Final = "guide.topic"
_VERSION: Final = "guide.version"
_TEXT: Final = "guide.text"


def draw() -> None:
    """Draw the page."""
    _content()


@st.fragment
def _content() -> None:
    page = page_context("guide")
    handle_events(page, REFRESH_S)
    names = _products(page)
    if st.session_state.get(_PRODUCT) not in names:
        wanted = st.query_params.get("product")
        st.session_state[_PRODUCT] = wanted if wanted in names else names[0]
    product = st.selectbox(page.locale.gettext("guide.product"), names, key=_PRODUCT, width=360)
    try:
        view = guide_view(page, product)
        st.html(el("h1", page.locale.gettext("guide.title", product=product), class_="ml-guide-title"))
        topic = st.session_state.get(_TOPIC)
        if topic in TOPICS and view.writes:
            _editor(page, view, topic)
            return
        st.html(el("div", defect_guide.introduction(view), defect_guide.cards(view, edits=True)))
    except MarblelineError as error:
        show_failed_query(page, error)


def _products(page: PageContext) -> list[str]:
    """The line's product first, then the others that are known here."""
    recent = [one.frame.product for one in page.snapshot.recent[:1]] or [DEFAULT_PRODUCT]
    asked = [st.query_params["product"]] if "product" in st.query_params else []
    try:
        found = product_queries.products(services().products)
    except Unavailable:
        return list(dict.fromkeys([*recent, *asked]))
    return list(dict.fromkeys([found.current, *recent, *sorted(found.found or {}), *asked]))


def _editor(page: PageContext, view: GuideView, topic: str) -> None:
    """One topic: its text to be written anew, its pictures, its versions."""
    gettext = page.locale.gettext
    written = services().guide.versions(view.product, topic)
    left, right = st.columns([3, 2], gap="small")
    with left:
        with st.form("guide.form"):
            name = defect_guide.topic_name(topic, page.locale)
            title = gettext("guide.edit.title", topic=name)
            st.html(el("h2", title, class_="ml-guide-form", data_opened=topic))
            st.text_area(
                gettext("guide.text"),
                key=_TEXT,
                max_chars=LONGEST_TEXT,
                height=260,
                placeholder=gettext(f"guide.hint.{topic}"),
            )
            with st.container(horizontal=True, gap="small"):
                st.form_submit_button(
                    gettext("guide.save"), type="primary", on_click=_send_form, args=(topic,)
                )
                st.form_submit_button(gettext("guide.cancel"), on_click=_close)
        st.html(el("p", gettext("guide.add"), class_="ml-dim"))
        st.html(defect_guide.versions(written, page.locale, view.now, writes=view.writes))
    with right:
        st.html(defect_guide.cards(view, (topic,), edits=True, opens=False))


def _send_form(topic: str) -> None:
    """What the form asks for is an action like any other."""
    attempt(_write, page_context("guide"), UserEvent(0, "write_guide", value=topic))


def _write(page: PageContext, event: UserEvent) -> None:
    """Keep the text of the form."""
    text, version = str(st.session_state.get(_TEXT, "")), str(st.session_state.get(_VERSION, ""))
    made = services().guide.write_guide(page.person, _product(), event.value, text, version)
    _close()
    _notify_saved(page, "guide.saved", made)


def _remove_example(page: PageContext, event: UserEvent) -> None:
    """Take a picture out of the guide."""
    topic, version, place = [*event.value.split(" "), "", ""][:3]
    number = int(place) if place.isdecimal() else -1
    _took(page, services().guide.remove_example(page.person, _product(), topic, version, number))


def _revert(page: PageContext, event: UserEvent) -> None:
    """Bring back an earlier version."""
    topic, _, version = event.value.partition(" ")
    _took(page, services().guide.revert(page.person, _product(), topic, version))


def _took(page: PageContext, made: GuideEntry) -> None:
    """Go on from this version, if its topic is open: a text that is being written is not lost."""
    if st.session_state.get(_TOPIC) == made.topic:
        st.session_state[_VERSION] = made.entry_id
        if made.reverts_to is not None:
            st.session_state[_TEXT] = made.text
    _notify_saved(page, "guide.saved", made)


def _notify_saved(page: PageContext, words: str, made: GuideEntry) -> None:
    notify(page.locale.gettext(words, topic=defect_guide.topic_name(made.topic, page.locale)))


def _edit(page: PageContext, event: UserEvent) -> None:
    """Open a topic, if the person may write."""
    if event.value not in TOPICS or not page.person.may(WRITES):
        return
    entry = services().guide.current(_product()).get(event.value)
    st.session_state[_TOPIC] = event.value
    st.session_state[_VERSION] = "" if entry is None else entry.entry_id
    st.session_state[_TEXT] = "" if entry is None else entry.text


def _close(*_: object) -> None:
    """Back to the whole guide."""
    st.session_state.pop(_TOPIC, None)


def _product() -> str:
    return str(st.session_state.get(_PRODUCT, DEFAULT_PRODUCT))


HANDLERS: Final[dict[str, EventHandler]] = {
    "edit": _edit,
    "close": _close,
    "write_guide": _write,
    "remove_example": _remove_example,
    "revert": _revert,
}
