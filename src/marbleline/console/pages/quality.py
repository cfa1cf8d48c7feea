"""The quality page: rates by day, week or month with control limits, and the slabs behind each figure."""

from dataclasses import dataclass
from typing import Final

import streamlit as st

from marbleline.console.components import quality, quality_export
from marbleline.console.components.markup import el
from marbleline.console.components.search_results import search_results
from marbleline.console.pages import session
from marbleline.console.pages.page_frame import (
    EventHandler,
    PageContext,
    handle_events,
    page_context,
    show_failed_query,
)
from marbleline.console.pages.report_download import pdf_download
from marbleline.console.state.calendar_periods import CalendarUnit
from marbleline.console.state.quality_figures import (
    GroupBy,
    QualityFigures,
    Span,
    newest_slabs,
    query_quality,
    slab_query,
    spans,
)
from marbleline.console.state.services import services
from marbleline.console.state.user_event import UserEvent
from marbleline.domain.quality_rates import Rate
from marbleline.errors import Unavailable

REFRESH_S: Final = 60.0
KEEP_S: Final = 55.0
SLABS: Final = 12


@dataclass(frozen=True, slots=True)
class QualityView:
    """What the viewer asked for."""

    unit: CalendarUnit
    by: GroupBy
    rate: Rate


def draw() -> None:
    """Draw the page."""
    _content()


@st.fragment
def _content() -> None:
    page = page_context("quality")
    handle_events(page, REFRESH_S)
    with st.container(key="ml-quality-bar", horizontal=True, vertical_alignment="bottom", gap="small"):
        view = _view(page)
        asked = spans(
            view.unit, view.by, page.snapshot.taken_at, services().shift_calendar, session.browser_zone()
        )
        try:
            figures = _figures(page.snapshot.line, view, asked)
        except Unavailable as error:
            show_failed_query(page, error)
            return
        group = _group(page, figures)
        _exports(page, view, figures)
    names = quality.period_names(figures.periods, page.locale)
    _slabs(page, view, asked)
    left, right = st.columns(2, gap="small")
    with left:
        st.html(quality.trend(figures, group, view.rate, names, page.locale))
    with right:
        st.html(quality.groups(figures, view.rate, page.locale))
        st.html(quality.pareto(figures, group, names, page.locale))
        st.html(quality.labelled(figures, page.locale))
        st.html(quality.agreement(figures, page.locale))


def _view(page: PageContext) -> QualityView:
    gettext = page.locale.gettext
    unit = st.segmented_control(
        gettext("quality.period"),
        list(CalendarUnit),
        default=CalendarUnit.DAY,
        required=True,
        key="quality.unit",
        format_func=lambda one: gettext(f"quality.unit.{one.value}"),
    )
    rate = st.segmented_control(
        gettext("quality.rate"),
        list(Rate),
        default=Rate.YIELD,
        required=True,
        key="quality.rate",
        format_func=lambda one: gettext(f"quality.{one.value}"),
    )
    by = st.selectbox(
        gettext("quality.by"),
        list(GroupBy),
        key="quality.by",
        format_func=lambda one: gettext(f"quality.by.{one.value}"),
        width=170,
    )
    return QualityView(unit or CalendarUnit.DAY, by or GroupBy.CAMERA, rate or Rate.YIELD)


def _group(page: PageContext, figures: QualityFigures) -> str | None:
    chosen: str | None = st.selectbox(
        page.locale.gettext(f"quality.by.{figures.by.value}"),
        list(figures.tallies),
        index=None,
        placeholder=page.locale.gettext("control.all"),
        key=f"quality.group.{figures.by.value}",
        width=170,
    )
    return chosen


def _exports(page: PageContext, view: QualityView, figures: QualityFigures) -> None:
    """The files; each is made when it is asked for."""
    locale, line = page.locale, page.snapshot.line
    name = f"{line}-{view.unit.value}-{view.by.value}-{locale.moment(page.snapshot.taken_at):%Y-%m-%d}"
    st.download_button(
        locale.gettext("shift.csv"),
        lambda: quality_export.as_csv(figures, line, locale),
        f"{name}.csv",
        "text/csv",
        on_click="ignore",
        key="quality.csv",
    )
    st.download_button(
        locale.gettext("quality.excel"),
        lambda: quality_export.as_excel(figures, line, locale),
        f"{name}.xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        on_click="ignore",
        key="quality.xlsx",
    )
    zone = session.browser_zone()
    calendar = services().shift_calendar
    pdf_download(page, calendar.before(calendar.shift(page.snapshot.taken_at, zone), zone), "quality.pdf")


def _figures(line: str, view: QualityView, asked: list[Span]) -> QualityFigures:
    return services().actions.store.query_cached(
        ("quality", line, view.unit, view.by, asked[0].counted, asked[-1].counted),
        KEEP_S,
        lambda store: query_quality(store, line, view.by, asked),
    )


def _drill(page: PageContext, event: UserEvent) -> None:
    """List the slabs behind a figure."""
    st.session_state["quality.drill"] = event.value


def _close(page: PageContext, event: UserEvent) -> None:
    """Put the list away."""
    st.session_state.pop("quality.drill", None)


def _slabs(page: PageContext, view: QualityView, asked: list[Span]) -> None:
    """The newest slabs behind the figure that was chosen; each leads to its page in Search."""
    chosen = quality.drill_of(st.session_state.get("quality.drill", ""))
    if chosen is None:
        return
    since, group, defect = chosen
    parts = [
        span
        for span in asked
        if since in (None, span.period.since)
        and (view.by is not GroupBy.SHIFT or group in (None, span.group))
    ]
    locale = page.locale
    query = slab_query(page.snapshot.line, view.by, group, view.rate, defect or None)
    found = services().actions.store.query(
        lambda store: newest_slabs(store, query, [span.counted for span in parts], SLABS)
    )
    words = [
        quality.group_words(view.by, group, locale),
        locale.term("defect", defect) if defect else locale.gettext(f"quality.{view.rate.value}"),
        *([] if since is None else [locale.day(since)]),
    ]
    close = el(
        "button", locale.gettext("quality.close"), type="button", class_="ml-plain", data_action="close"
    )
    hits = search_results(found, None, page.snapshot.truths, locale, page.snapshot.taken_at, address="search")
    body = hits if found else el("p", locale.gettext("search.none"), class_="ml-none")
    head = el("div", el("h2", " · ".join(words)), close, class_="ml-drill-head")
    st.html(el("section", head, body, class_="ml-panel ml-drilled"))


HANDLERS: Final[dict[str, EventHandler]] = {quality.DRILL: _drill, "close": _close}
