"""The shift page: yield, defects, hours, cameras, what people found, beside the shift before."""

from datetime import tzinfo
from typing import Final

import streamlit as st

from marbleline.console.components import shift, shift_report
from marbleline.console.components.markup import el
from marbleline.console.i18n.locale import Locale
from marbleline.console.pages import session
from marbleline.console.pages.page_frame import (
    EventHandler,
    PageContext,
    handle_events,
    page_context,
    show_failed_query,
)
from marbleline.console.pages.report_download import pdf_download
from marbleline.console.state.services import services
from marbleline.console.state.shift_calendar import WorkShift
from marbleline.console.state.shift_figures import ShiftFigures, query_shift_figures
from marbleline.errors import Unavailable

REFRESH_S: Final = 10.0
KEEP_S: Final = 8.0
CHOICE: Final = 12


def draw() -> None:
    """Draw the page."""
    _content()


@st.fragment
def _content() -> None:
    page = page_context("shift")
    handle_events(page, REFRESH_S)
    locale, now = page.locale, page.snapshot.taken_at
    zone = session.browser_zone()
    shifts = _last_shifts(now, zone)
    with st.container(key="ml-shift-bar", horizontal=True, vertical_alignment="bottom", gap="small"):
        place = st.selectbox(
            locale.gettext("shift.choose"),
            range(CHOICE),
            key="shift",
            format_func=lambda one: _named(shifts[one], locale, now),
            width=360,
        )
        chosen = shifts[place or 0]
        try:
            figures = _figures(page.snapshot.line, chosen)
            before = _figures(page.snapshot.line, services().shift_calendar.before(chosen, zone))
        except Unavailable as error:
            show_failed_query(page, error)
            return
        _exports(page, figures, before)
    st.html(shift.tiles(figures, before, locale))
    left, right = st.columns(2, gap="small")
    with left:
        st.html(shift.pareto(figures, before, locale))
        st.html(shift.labelled(figures, locale))
        st.html(shift.cameras(figures, locale))
    with right:
        st.html(shift.hours(figures, locale))
    st.html(el("p", locale.gettext("shift.zone", zone=_zone_name(locale)), class_="ml-dim"))


def _exports(page: PageContext, figures: ShiftFigures, before: ShiftFigures) -> None:
    """The two files; each is made when it is asked for."""
    locale, line, now = page.locale, page.snapshot.line, page.snapshot.taken_at
    name = f"{line}-{locale.moment(figures.shift.since):%Y-%m-%d-%H%M}"
    st.download_button(
        locale.gettext("shift.csv"),
        lambda: shift_report.as_csv(figures, line, locale),
        f"{name}.csv",
        "text/csv",
        on_click="ignore",
        key="csv",
    )
    st.download_button(
        locale.gettext("shift.report"),
        lambda: shift_report.as_html(figures, before, line, _zone_name(locale), locale, now),
        f"{name}.html",
        "text/html",
        on_click="ignore",
        key="report",
    )
    pdf_download(page, figures.shift, "shift.pdf")


def _last_shifts(now: int, zone: tzinfo | None) -> list[WorkShift]:
    """The running one and those before it, newest first."""
    shift_calendar = services().shift_calendar
    found = [shift_calendar.shift(now, zone)]
    while len(found) < CHOICE:
        found.append(shift_calendar.before(found[-1], zone))
    return found


def _figures(line: str, shift: WorkShift) -> ShiftFigures:
    return services().actions.store.query_cached(
        ("shift", line, shift), KEEP_S, lambda store: query_shift_figures(store, line, shift)
    )


def _named(shift: WorkShift, locale: Locale, now: int) -> str:
    since, until = locale.hour(shift.since, now), locale.clock(shift.until)
    running = f" ({locale.gettext('shift.running')})" if shift.until > now else ""
    return f"{since} - {until}{running}"


def _zone_name(locale: Locale) -> str:
    return str(locale.zone) if locale.zone is not None else locale.gettext("shift.machine_zone")


HANDLERS: Final[dict[str, EventHandler]] = {}
