"""What every page has around it: the bar on top, the word on the last action, and the ear for taps."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import streamlit as st

from marbleline.console import session
from marbleline.console.access import Login, Person, Refused
from marbleline.console.locale import Locale
from marbleline.console.markup import el
from marbleline.console.parts import topbar
from marbleline.console.shared import here
from marbleline.console.snapshot import Snapshot
from marbleline.console.tap import Tap
from marbleline.console.taps import hear_taps
from marbleline.errors import MarblelineError

log = logging.getLogger("marbleline.console")

Act = Callable[["Visit", Tap], None]

BAR_S: Final = 1.0
TOLD_FOR: Final = 8_000_000
"""Microseconds for which the word on the last action stays."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One look of one person at a page."""

    page: str
    person: Person
    locale: Locale
    snapshot: Snapshot


def visit(page: str) -> Visit:
    """Begin to draw a page. Stops the run where the person may no longer be here."""
    person = session.person()
    if person is None:
        st.rerun()  # the app draws the way in
    return Visit(page, person, session.locale(), here().feed.snapshot())


def bar(now: Visit) -> None:
    """The bar, what is wrong with the screen, and the word on the last action."""
    access = here().access
    st.html(topbar.topbar(now.snapshot, now.locale, now.page, now.person, logout=access.login is Login.OIDC))
    st.html(topbar.banner(now.snapshot, now.locale))


@st.fragment(run_every=BAR_S)
def ticking_bar(page: str) -> None:
    """The bar of a page that is not drawn again every second itself."""
    bar(visit(page))


def hear(now: Visit, acts: Mapping[str, Act]) -> None:
    """Let the page's buttons and keys do something; draw the word on what they did."""
    if st.session_state.pop("leave", False):
        st.logout()

    def heard(tap: Tap) -> None:
        if tap.act == "logout":
            st.session_state["leave"] = True
        elif tap.act in acts:
            _try(acts[tap.act], visit(now.page), tap)

    hear_taps(now.locale.language, heard)
    told: tuple[str, str, int] | None = st.session_state.get("told")
    fresh = told is not None and now.snapshot.taken_at - told[2] < TOLD_FOR
    words = el("span", told[1], class_=f"is-{told[0]}") if told and fresh else ""
    st.html(el("div", words, class_="ml-told", role="status"))


def tell(words: str, kind: str = "done") -> None:
    """Say something to the person who acted; ``kind`` is ``done`` or ``failed``."""
    st.session_state["told"] = (kind, words, here().actions.clock())


def _try(act: Act, now: Visit, tap: Tap) -> None:
    """Do it; whatever stands against it is said, and logged where somebody tried what they may not."""
    say = now.locale.say
    try:
        act(now, tap)
    except Refused as error:
        log.warning("console.refused", extra={"user": error.person.name, "act": tap.act})
        roles = {"role": error.person.role, "needed": error.needed}
        named = {name: say(f"role.{role.value}") for name, role in roles.items()}
        tell(say("access.refused", name=error.person.name, **named), "failed")
    except MarblelineError as error:
        log.warning("console.failed", extra={"act": tap.act, "error": str(error)})
        tell(say("overrule.failed", error=str(error)), "failed")
