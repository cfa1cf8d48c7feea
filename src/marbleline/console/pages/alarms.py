"""The alarm centre: which alarms there are, acknowledge, shelve, and what happened to them."""

from typing import Final

import streamlit as st

from marbleline.console.components import alarm_centre
from marbleline.console.components.markup import el
from marbleline.console.pages.page_frame import PageContext, attempt, handle_events, notify, page_context
from marbleline.console.state.alarm_actions import HANDLES
from marbleline.console.state.alarm_list import ListedAlarm, listed_alarms
from marbleline.console.state.services import services
from marbleline.console.state.user_event import UserEvent

REFRESH_S: Final = 2.0
MINUTES: Final = (15, 60, 240, 480)
"""For how long an alarm can be shelved from the page."""

_SHELVING: Final = "alarms.shelving"


def draw() -> None:
    """Draw the page."""
    _content()


@st.fragment
def _content() -> None:
    page = page_context("alarms")
    handle_events(page, REFRESH_S)
    snapshot, locale, now = page.snapshot, page.locale, page.snapshot.taken_at
    listed = listed_alarms(snapshot)
    head = (alarm_centre.summary(listed, locale), alarm_centre.sound_switch(locale))
    st.html(el("div", *head, class_="ml-alarm-head"))
    left, right = st.columns([3, 2], gap="small")
    with left:
        _shelf(page, listed)
        st.html(alarm_centre.listed_alarms(listed, snapshot, page.person, locale))
    with right:
        recorded = snapshot.store.connected
        st.html(alarm_centre.history(snapshot.alarm_events, locale, now, recorded=recorded))


def _shelf(page: PageContext, listed: tuple[ListedAlarm, ...]) -> None:
    """For how long and why the chosen alarm is shelved."""
    wanted: tuple[str, str] | None = st.session_state.get(_SHELVING)
    if wanted not in [(one.kind, one.subject) for one in listed] or not page.person.may(HANDLES):
        return
    gettext = page.locale.gettext
    about = alarm_centre.name(*wanted, page.locale)
    with st.form("alarms.shelf"):
        title = gettext("alarmcentre.shelve.title", alarm=about)
        st.html(el("h2", title, data_opened=" ".join(wanted)))
        st.segmented_control(
            gettext("alarmcentre.minutes"),
            MINUTES,
            default=MINUTES[1],
            required=True,
            key="alarms.minutes",
            format_func=lambda minutes: gettext(f"alarmcentre.minutes.{minutes}"),
        )
        st.text_input(gettext("alarmcentre.reason"), key="alarms.reason", max_chars=200)
        with st.container(horizontal=True, gap="small"):
            st.form_submit_button(
                gettext("alarmcentre.shelve"), type="primary", on_click=_send_form, args=wanted
            )
            st.form_submit_button(gettext("alarmcentre.cancel"), on_click=_close_shelf)


def _send_form(kind: str, subject: str) -> None:
    """What the form asks for is an action like any other."""
    event = UserEvent(0, "shelve", value=f"{kind} {subject}")
    attempt(_shelve, page_context("alarms"), event)


def _shelve(page: PageContext, event: UserEvent) -> None:
    """Shelve the alarm for the time and with the reason in the form."""
    minutes, reason = st.session_state.get("alarms.minutes", 0), st.session_state.get("alarms.reason", "")
    services().alarms.shelve(page.person, *_alarm_in(event), minutes, reason)
    _close_shelf()
    about = alarm_centre.name(*_alarm_in(event), page.locale)
    notify(page.locale.gettext("alarmcentre.shelve.done", alarm=about))


def _close_shelf() -> None:
    st.session_state.pop(_SHELVING, None)


def _open_shelf(page: PageContext, event: UserEvent) -> None:
    """Ask for how long, and why."""
    st.session_state[_SHELVING] = _alarm_in(event)


def _acknowledge(page: PageContext, event: UserEvent) -> None:
    services().alarms.acknowledge(page.person, *_alarm_in(event))
    about = alarm_centre.name(*_alarm_in(event), page.locale)
    notify(page.locale.gettext("alarmcentre.acknowledged", alarm=about))


def _unshelve(page: PageContext, event: UserEvent) -> None:
    services().alarms.unshelve(page.person, *_alarm_in(event))
    about = alarm_centre.name(*_alarm_in(event), page.locale)
    notify(page.locale.gettext("alarmcentre.unshelved", alarm=about))


def _alarm_in(event: UserEvent) -> tuple[str, str]:
    """The kind and subject in the button's value; the server checks that there is such an alarm."""
    kind, _, subject = event.value.partition(" ")
    return kind, subject


HANDLERS: Final = {
    "acknowledge": _acknowledge,
    "shelf": _open_shelf,
    "shelve": _shelve,
    "unshelve": _unshelve,
}
