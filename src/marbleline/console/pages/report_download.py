"""The button that downloads a shift's report as PDF; it is made when it is asked for."""

import streamlit as st

from marbleline.console.pages import session
from marbleline.console.pages.page_frame import PageContext
from marbleline.console.state.report_figures import query_report
from marbleline.console.state.services import services
from marbleline.console.state.shift_calendar import WorkShift


def pdf_download(page: PageContext, shift: WorkShift, key: str) -> None:
    """Draw the button; ``key`` is its own on the page."""
    locale, zone = page.locale, session.browser_zone()

    def made() -> bytes:
        # Streamlit calls it outside of the page's run: the browser's zone is known by then only from here.
        from marbleline.console.pdf.shift_report import shift_report  # noqa: PLC0415 - who downloads pays

        line, calendar = page.snapshot.line, services().shift_calendar
        figures = services().actions.store.query(
            lambda store: query_report(store, line, shift, calendar, zone)
        )
        name = str(locale.zone) if locale.zone is not None else locale.gettext("shift.machine_zone")
        return shift_report(figures, name, locale, page.snapshot.taken_at)

    st.download_button(
        locale.gettext("report.pdf"),
        made,
        f"{page.snapshot.line}-{locale.moment(shift.since):%Y-%m-%d-%H%M}.pdf",
        "application/pdf",
        on_click="ignore",
        key=key,
        help=f"{locale.hour(shift.since, page.snapshot.taken_at)} - {locale.clock(shift.until)}",
    )
