"""The shift page: yield, defects, hours, cameras, what people found, beside the shift before."""

from datetime import tzinfo
from typing import Final

import streamlit as st

from marbleline.console import report, session
from marbleline.console.locale import Locale
from marbleline.console.markup import el
from marbleline.console.parts import shift as parts
from marbleline.console.plant import Shift
from marbleline.console.shared import here
from marbleline.console.shell import Visit, hear, ticking_bar, visit
from marbleline.console.yields import Figures, ask_figures
from marbleline.errors import Unavailable

REFRESH_S: Final = 10.0
KEEP_S: Final = 8.0
CHOICE: Final = 12


def shift_page() -> None:
    """Draw the page."""
    ticking_bar("shift")
    _now()


@st.fragment(run_every=REFRESH_S)
def _now() -> None:
    seen = visit("shift")
    hear(seen, {})
    locale, now = seen.locale, seen.snapshot.taken_at
    zone = session.viewers_zone()
    shifts = _last_shifts(now, zone)
    with st.container(key="ml-shift-bar", horizontal=True, vertical_alignment="bottom", gap="small"):
        place = st.selectbox(
            locale.say("shift.choose"),
            range(CHOICE),
            key="shift",
            format_func=lambda one: _named(shifts[one], locale, now),
            width=360,
        )
        chosen = shifts[place or 0]
        try:
            figures = _figures(seen.snapshot.line, chosen)
            before = _figures(seen.snapshot.line, here().plant.before(chosen, zone))
        except Unavailable as error:
            st.html(el("p", locale.say("asking.failed", error=str(error)), class_="ml-warn"))
            return
        _exports(seen, figures, before)
    st.html(parts.tiles(figures, before, locale))
    left, right = st.columns(2, gap="small")
    with left:
        st.html(parts.pareto(figures, before, locale))
        st.html(parts.checked(figures, locale))
        st.html(parts.cameras(figures, locale))
    with right:
        st.html(parts.hours(figures, locale))
    st.html(el("p", locale.say("shift.zone", zone=_zone_name(locale)), class_="ml-dim"))


def _exports(seen: Visit, figures: Figures, before: Figures) -> None:
    """The two files; each is made when it is asked for."""
    locale, line, now = seen.locale, seen.snapshot.line, seen.snapshot.taken_at
    name = f"{line}-{locale.moment(figures.shift.since):%Y-%m-%d-%H%M}"
    st.download_button(
        locale.say("shift.csv"),
        lambda: report.as_csv(figures, line, locale),
        f"{name}.csv",
        "text/csv",
        on_click="ignore",
        key="csv",
    )
    st.download_button(
        locale.say("shift.report"),
        lambda: report.as_page(figures, before, line, _zone_name(locale), locale, now),
        f"{name}.html",
        "text/html",
        on_click="ignore",
        key="report",
    )


def _last_shifts(now: int, zone: tzinfo | None) -> list[Shift]:
    """The running one and those before it, newest first."""
    plant = here().plant
    found = [plant.shift(now, zone)]
    while len(found) < CHOICE:
        found.append(plant.before(found[-1], zone))
    return found


def _figures(line: str, shift: Shift) -> Figures:
    return here().actions.records.recall(
        ("shift", line, shift), KEEP_S, lambda store: ask_figures(store, line, shift)
    )


def _named(shift: Shift, locale: Locale, now: int) -> str:
    since, until = locale.hour(shift.since, now), locale.moment(shift.until).strftime("%H:%M")
    running = f" ({locale.say('shift.running')})" if shift.until > now else ""
    return f"{since} - {until}{running}"


def _zone_name(locale: Locale) -> str:
    return str(locale.zone) if locale.zone is not None else locale.say("shift.machine_zone")
