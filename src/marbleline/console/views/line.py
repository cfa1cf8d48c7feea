"""The line page: ledger, queues, times by stage, model versions, dead letters."""

from typing import Final

import streamlit as st

from marbleline.console.access import Role
from marbleline.console.parts import figures, line
from marbleline.console.shadow import Agreement, agreements
from marbleline.console.shared import here
from marbleline.console.shell import Visit, hear, tell, ticking_bar, visit
from marbleline.console.tap import Tap
from marbleline.errors import Unavailable
from marbleline.ports.broker import DeadLetter

REFRESH_S: Final = 2.0
LETTERS_SHOWN: Final = 50


def line_page() -> None:
    """Draw the page."""
    ticking_bar("line")
    _now()


@st.fragment(run_every=REFRESH_S)
def _now() -> None:
    seen = visit("line")
    snapshot, locale, now = seen.snapshot, seen.locale, seen.snapshot.taken_at
    left, right = st.columns(2, gap="small")
    with left:
        st.html(figures.ledger(snapshot.ledger, locale, now))
        st.html(line.queues(snapshot.queues, locale, now))
        st.html(line.throughput(snapshot.recent, locale, now))
    with right:
        st.html(line.latency(snapshot.recent, locale))
        st.html(line.models(snapshot.recent, _agreements(snapshot.line), locale))
    found, error = _letters()
    shown = None if found is None else found[:LETTERS_SHOWN]
    more = found is not None and len(found) > LETTERS_SHOWN
    st.html(line.letters(shown, more, error, seen.person.may(Role.ENGINEER), locale, now))
    hear(seen, {"replay": _replay})


def _agreements(name: str) -> tuple[Agreement, ...] | None:
    """None while the store is away: the bar says so."""
    try:
        return here().actions.records.recall("shadow", 30.0, lambda store: agreements(store, name))
    except Unavailable:
        return None


def _letters() -> tuple[list[DeadLetter] | None, str]:
    """The oldest dead letters, or why they can't be read."""
    try:
        found = here().actions.queues.recall(
            "letters", REFRESH_S, lambda broker: broker.dead_letters(LETTERS_SHOWN + 1, bodies=False)
        )
    except Unavailable as error:
        return None, str(error)
    return found, ""


def _replay(now: Visit, tap: Tap) -> None:
    """Send one letter round again, or all."""
    went = here().actions.replay(now.person, [tap.value] if tap.value else [])
    tell(now.locale.say("letters.replayed", number=now.locale.number(went)))
