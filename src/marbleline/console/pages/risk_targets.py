"""The step of the products page that sets risk targets: two sliders, their effect, and only then a button."""

from typing import Final

import streamlit as st

from marbleline.console.components import commissioning, risk_targets
from marbleline.console.components.button import button
from marbleline.console.components.markup import el
from marbleline.console.pages.page_frame import PageContext, notify
from marbleline.console.state import product_queries
from marbleline.console.state.product_actions import SETS_UP, ProductActions
from marbleline.console.state.services import services
from marbleline.console.state.user_event import UserEvent
from marbleline.domain.product import RiskTargets
from marbleline.errors import SettingError

SHARES: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2)
"""What the sliders offer: a plant thinks in such steps, not in thousandths all the way up to a fifth."""


def draw(page: PageContext, product_actions: ProductActions, product: str) -> None:
    """Draw the step."""
    locale, gettext = page.locale, page.locale.gettext
    risk = product_actions.place.repository.read(product).risk
    st.html(
        el(
            "p",
            gettext(
                "targets.now", escapes=locale.tenths(risk.escapes), overkill=locale.tenths(risk.overkill)
            ),
            class_="ml-dim",
        )
    )
    left, right = st.columns(2, gap="medium")
    with left:
        escapes = _slider(page, "escapes", product, risk.escapes)
    with right:
        overkill = _slider(page, "overkill", product, risk.overkill)
    wanted = RiskTargets(escapes=escapes, overkill=overkill, confidence=risk.confidence)
    found = product_queries.targeted(product_actions, product, wanted)
    if found is None:
        st.html(el("p", gettext("targets.not_learnt"), class_="ml-dim"))
    else:
        st.html(risk_targets.effect(product_queries.effect(product_actions, product, found), locale))
        words = commissioning.support(found.escapes, found.overkill, risk.confidence, locale)
        st.html(el("div", *(el("p", one) for one in words), class_="ml-dim"))
    if page.person.may(SETS_UP):
        text = gettext("targets.apply", escapes=locale.tenths(escapes), overkill=locale.tenths(overkill))
        value = f"{product} {escapes} {overkill}"
        st.html(button(text, "targets", value, disabled=wanted == risk, primary=True))
    else:
        st.html(el("p", gettext("products.engineer"), class_="ml-dim"))


def apply(page: PageContext, event: UserEvent) -> None:
    """Set the targets that were shown. Raises SettingError for what is no pair of shares."""
    try:
        product, escapes, overkill = event.value.split(" ")
        shares = float(escapes), float(overkill)
    except ValueError as error:
        raise SettingError(f"targets are {event.value!r}: need a product and two shares") from error
    made = services().products.set_targets(page.person, product, *shares)
    locale = page.locale
    values = {"escapes": locale.tenths(made.risk.escapes), "overkill": locale.tenths(made.risk.overkill)}
    notify(locale.gettext("targets.applied", **values))


def _slider(page: PageContext, name: str, product: str, now: float) -> float:
    options = sorted({*SHARES, now})
    chosen: float = st.select_slider(
        page.locale.gettext(f"targets.{name}.most"),
        options,
        now,
        format_func=page.locale.tenths,
        key=f"targets.{name}.{product}",
    )
    return chosen
