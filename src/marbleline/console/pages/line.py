"""The line page: ledger, queues, times by stage, model versions, dead letters."""

from typing import Final

import streamlit as st

from marbleline.console.auth.roles import Role
from marbleline.console.components import figures, line
from marbleline.console.pages.page_frame import (
    EventHandler,
    PageContext,
    handle_events,
    notify,
    page_context,
)
from marbleline.console.state.services import services
from marbleline.console.state.store_queries import ShadowAgreement, shadow_agreements
from marbleline.console.state.user_event import UserEvent
from marbleline.errors import Unavailable
from marbleline.ports.dead_letters import DeadLetter

REFRESH_S: Final = 2.0
DEAD_LETTERS_SHOWN: Final = 50


def draw() -> None:
    """Draw the page."""
    _content()


@st.fragment
def _content() -> None:
    page = page_context("line")
    snapshot, locale, now = page.snapshot, page.locale, page.snapshot.taken_at
    left, right = st.columns(2, gap="small")
    connected = snapshot.broker.connected
    with left:
        st.html(figures.ledger(snapshot.ledger, locale, now, current=snapshot.ledger_is_current))
        st.html(line.queues(snapshot.queues, locale, now, connected=connected))
        st.html(line.throughput(snapshot.recent, locale, now, connected=connected))
    with right:
        st.html(line.latency(snapshot.recent, locale))
        st.html(line.models(snapshot.recent, _agreements(snapshot.line), locale))
    found, error = _dead_letters()
    shown = None if found is None else found[:DEAD_LETTERS_SHOWN]
    more = found is not None and len(found) > DEAD_LETTERS_SHOWN
    st.html(line.dead_letters(shown, more, error, page.person.may(Role.ENGINEER), locale, now))
    handle_events(page, REFRESH_S)


def _agreements(name: str) -> tuple[ShadowAgreement, ...] | None:
    """None while the store is away: the bar says so."""
    try:
        return services().actions.store.query_cached(
            "shadow", 30.0, lambda store: shadow_agreements(store, name)
        )
    except Unavailable:
        return None


def _dead_letters() -> tuple[list[DeadLetter] | None, str]:
    """The oldest dead letters, or why they can't be read."""
    try:
        found = services().actions.broker.query_cached(
            "dead_letters",
            REFRESH_S,
            lambda broker: broker.dead_letters(DEAD_LETTERS_SHOWN + 1, bodies=False),
        )
    except Unavailable as error:
        return None, str(error)
    return found, ""


def _replay(page: PageContext, event: UserEvent) -> None:
    """Replay one dead letter, or all."""
    replayed = services().actions.replay(page.person, [event.value] if event.value else [])
    notify(page.locale.ngettext("dead_letters.replayed", replayed))


HANDLERS: Final[dict[str, EventHandler]] = {"replay": _replay}
