"""The alarm centre: every alarm that is not normal with what can be done about it, and what was done."""

from collections.abc import Sequence
from typing import Final

from marbleline.console.auth.roles import Person
from marbleline.console.components.alarms import words
from marbleline.console.components.button import button
from marbleline.console.components.markup import Html, el
from marbleline.console.components.table import panel, table
from marbleline.console.i18n.locale import Locale
from marbleline.console.state.alarm_actions import HANDLES, SHELVED, TO_ACKNOWLEDGE, TO_SHELVE
from marbleline.console.state.alarm_list import ListedAlarm
from marbleline.console.state.snapshot import Snapshot
from marbleline.domain.alarm_event import AlarmEvent, AlarmState

HISTORY_SHOWN: Final = 100


def name(kind: str, subject: str, locale: Locale) -> str:
    """What the alarm is about, without figures, as its history names it."""
    title = locale.term("alarmkind", kind)
    return f"{title}: {subject}" if subject else title


def summary(listed: Sequence[ListedAlarm], locale: Locale) -> Html:
    """How many alarms are in each state."""
    tiles = [
        el(
            "li",
            el("span", locale.gettext(f"alarmstate.{state.value}"), class_="ml-tile-name"),
            el("strong", locale.number(sum(one.state is state for one in listed)), class_="ml-figure"),
            class_=f"ml-alarm-count is-{state.value}",
            data_state=state.value,
        )
        for state in AlarmState
        if state is not AlarmState.NORMAL
    ]
    return el("ul", *tiles, class_="ml-alarm-counts", aria_label=locale.gettext("alarmcentre.states"))


def sound_switch(locale: Locale) -> Html:
    """The switch for the sound in this browser; ``static/alarm_sound.js`` presses it and shows its state."""
    return el(
        "button",
        locale.gettext("alarmcentre.sound"),
        type="button",
        class_="ml-plain",
        aria_pressed="false",
        data_alarm_sound="",
    )


def listed_alarms(listed: Sequence[ListedAlarm], snapshot: Snapshot, person: Person, locale: Locale) -> Html:
    """The list, those first that ask for attention, and what may be missing in it."""
    title, gaps = locale.gettext("alarmcentre.now"), _gaps(snapshot, locale)
    if not listed and not gaps:
        return panel(title, el("p", locale.gettext("alarmcentre.none"), class_="ml-dim"))
    rows = [_row(alarm, person, locale, snapshot.taken_at) for alarm in listed]
    return panel(title, *gaps, el("ul", *rows, class_="ml-alarm-list") if rows else "")


def _gaps(snapshot: Snapshot, locale: Locale) -> list[Html]:
    """Without the line or the store, that no alarm is listed does not mean that there is none."""
    links = (("alarmcentre.disconnected", snapshot.broker), ("alarmcentre.no_record", snapshot.store))
    return [
        el("p", locale.gettext(words, since=locale.time(link.since, snapshot.taken_at)), class_="ml-warn")
        for words, link in links
        if not link.connected
    ]


def history(events: Sequence[AlarmEvent], locale: Locale, now: int, *, recorded: bool = True) -> Html:
    """What happened, newest first: when, to which alarm, what, by whom.

    ``recorded``: whether the record can be read, so that no event means that there was none.
    """
    gettext = locale.gettext
    title = gettext("alarmcentre.history")
    if not events:
        nothing = gettext("alarmcentre.history.none" if recorded else "line.unread")
        return panel(title, el("p", nothing, class_="ml-dim"))
    rows = [
        (
            locale.time(event.at, now),
            name(event.kind, event.subject, locale),
            _happened(event, locale, now),
            event.by or gettext("alarmcentre.line"),
        )
        for event in events[:HISTORY_SHOWN]
    ]
    head = [gettext(f"alarmcentre.{column}") for column in ("at", "alarm", "what", "by")]
    body = table(head, rows, title, words=4)
    scrolled = el("div", body, class_="ml-alarm-history", tabindex=0, role="group", aria_label=title)
    return panel(title, scrolled)


def _row(alarm: ListedAlarm, person: Person, locale: Locale, now: int) -> Html:
    gettext, state = locale.gettext, alarm.state.value
    severity = alarm.severity.name.lower()
    about = name(alarm.kind, alarm.subject, locale)
    said = about if alarm.active is None else words(alarm.active, locale, now)
    active = alarm.active
    remedy = "" if active is None else locale.term("remedy", active.remedy)
    cause = "" if active is None else active.cause
    affected = "" if active is None else ", ".join(active.affected)
    since = "" if alarm.since is None else gettext("alarmcentre.since", time=locale.time(alarm.since, now))
    return el(
        "li",
        el(
            "div",
            el("span", gettext(f"severity.{severity}"), class_=f"ml-severity is-{severity}"),
            el("span", gettext(f"alarmstate.{state}"), class_="ml-tag"),
            el("span", since, class_="ml-dim") if since else "",
            class_="ml-alarm-tags",
        ),
        el("strong", said, class_="ml-alarm-words"),
        el("span", remedy, class_="ml-remedy") if active and remedy != active.remedy else "",
        el("span", cause, class_="ml-dim") if cause else "",
        el("span", affected, class_="ml-dim") if affected else "",
        _last_word(alarm, locale, now),
        el("div", *_buttons(alarm, about, person, locale), class_="ml-moves"),
        class_=f"ml-alarm is-{state}",
        data_alarm=alarm.kind,
        data_subject=alarm.subject,
        data_state=state,
    )


def _last_word(alarm: ListedAlarm, locale: Locale, now: int) -> Html | str:
    """Who acknowledged or shelved it."""
    last = None if alarm.standing is None else alarm.standing.last
    if last is None or not last.by:
        return ""
    text = f"{_happened(last, locale, now)} · {last.by} · {locale.time(last.at, now)}"
    return el("span", text, class_="ml-dim")


def _buttons(alarm: ListedAlarm, about: str, person: Person, locale: Locale) -> list[Html]:
    if not person.may(HANDLES):
        return []
    value = f"{alarm.kind} {alarm.subject}"
    offered = (
        ("acknowledge", "acknowledge", TO_ACKNOWLEDGE, True),
        ("shelve", "shelf", TO_SHELVE, False),
        ("unshelve", "unshelve", SHELVED, False),
    )
    return [
        button(
            el("span", locale.gettext(f"alarmcentre.{text}"), el("span", f": {about}", class_="ml-unseen")),
            action,
            value,
            primary=primary,
        )
        for text, action, states, primary in offered
        if alarm.state in states
    ]


def _happened(event: AlarmEvent, locale: Locale, now: int) -> str:
    text = locale.gettext(f"alarmaction.{event.action.value}")
    if event.until is not None:
        text = locale.gettext("alarmcentre.shelved", until=locale.time(event.until, now), reason=event.reason)
    return f"{text}: {event.cause}" if event.cause else text
