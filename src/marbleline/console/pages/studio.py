"""The page about models: versions of a product, their reports, comparison, promotion, history."""

from typing import Final

import streamlit as st

from marbleline.console.components import studio as components
from marbleline.console.components.markup import el
from marbleline.console.components.table import panel
from marbleline.console.pages.page_frame import (
    EventHandler,
    PageContext,
    handle_events,
    notify,
    page_context,
    show_failed_query,
)
from marbleline.console.state import product_queries, studio
from marbleline.console.state.product_actions import ProductActions
from marbleline.console.state.services import services
from marbleline.console.state.user_event import UserEvent
from marbleline.errors import MarblelineError

REFRESH_S: Final = 3.0


def draw() -> None:
    """Draw the page."""
    _content()


@st.fragment
def _content() -> None:
    page, product_actions = page_context("studio"), services().products
    handle_events(page, REFRESH_S)
    gettext = page.locale.gettext
    try:
        names = product_queries.product_names(product_actions)
        likely = product_queries.likely_product(product_actions)
        if not names:
            st.html(panel(gettext("products.no_models"), el("p", gettext("products.no_models.why"))))
            return
        product = st.selectbox(
            gettext("studio.product"),
            names,
            index=names.index(likely) if likely in names else 0,
            key="studio.product",
            width=360,
        )
        _versions(page, product_actions, product or names[0])
    except MarblelineError as error:
        show_failed_query(page, error)


def _versions(page: PageContext, product_actions: ProductActions, product: str) -> None:
    locale, now = page.locale, page.snapshot.taken_at
    found = studio.versions(product_actions, product)
    numbers = {one.number: one for one in found}
    wanted = st.session_state.get("studio.version", 0)
    shown = numbers.get(wanted) or next((one for one in found if one.judges), None)
    happened = studio.events(product_actions, product)
    moved = any(one.action == "promote" for one in happened)
    left, right = st.columns([3, 2], gap="small")
    with left:
        st.html(
            components.versions(
                found, shown.number if shown else 0, product, page.person, locale, moved=moved
            )
        )
        if shown is not None:
            st.html(components.report(shown, locale))
    with right:
        if shown is not None:
            st.html(components.compared(studio.comparison(product_actions, product, shown.number), locale))
        st.html(components.events(happened, locale, now))
        st.html(
            panel(
                locale.gettext("studio.retrain"),
                el("p", locale.gettext("studio.retrain.how"), class_="ml-dim"),
            )
        )


def _choose(page: PageContext, event: UserEvent) -> None:
    st.session_state["studio.version"] = int(event.value) if event.value.isdecimal() else 0


def _promote(page: PageContext, event: UserEvent) -> None:
    product, _, version = event.value.partition(" ")
    move = services().products.promote(page.person, product, int(version) if version.isdecimal() else 0)
    notify(page.locale.gettext("activate.done", version=move.after))


def _activate(page: PageContext, event: UserEvent) -> None:
    product, _, version = event.value.partition(" ")
    move = services().products.activate(page.person, product, int(version) if version.isdecimal() else 0)
    notify(page.locale.gettext("activate.done", version=move.after))


def _rollback(page: PageContext, event: UserEvent) -> None:
    move = services().products.rollback(page.person, event.value)
    notify(page.locale.gettext("activate.done", version=move.after))


HANDLERS: Final[dict[str, EventHandler]] = {
    "version": _choose,
    "promote": _promote,
    "activate": _activate,
    "rollback": _rollback,
}
