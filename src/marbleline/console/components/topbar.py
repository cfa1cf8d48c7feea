"""The top of the screen: the line, the links, the time, and whether what is shown is current."""

from collections.abc import Sequence
from typing import Final

from marbleline.console.auth.roles import Person
from marbleline.console.components.markup import Html, el, join
from marbleline.console.i18n.locale import Locale
from marbleline.console.state.alarm_list import unacknowledged
from marbleline.console.state.snapshot import ConnectionState, Snapshot

RECONNECTED_SHOWN_US: Final = 60_000_000
"""Microseconds for which the screen says that it has reconnected."""


def topbar(
    snapshot: Snapshot,
    locale: Locale,
    pages: Sequence[str],
    page: str,
    person: Person | None = None,
    logout: bool = False,
) -> Html:
    """The bar, and the overlay for a screen that is no longer updated. ``pages`` begins with the start page.

    The clock changes every second. Each message to the browser restarts the overlay's delay, in the browser
    alone, so it also appears when the server, the network or this very code has stopped.
    """
    now = snapshot.taken_at
    return join(
        el(
            "header",
            el("span", "Marbleline", class_="ml-brand"),
            el("span", snapshot.line, class_="ml-line"),
            _connection(snapshot, locale),
            _pages(snapshot, locale, pages, page),
            el(
                "span",
                _person(person, locale, logout),
                el("time", locale.time(now), class_="ml-clock", data_ticks=True),
                class_="ml-top-end",
            ),
            class_="ml-top",
            data_waiting=unacknowledged(snapshot),
        ),
        el(
            "div",
            el("strong", locale.gettext("frozen")),
            class_="ml-frozen",
            aria_hidden="true",
        ),
    )


def _pages(snapshot: Snapshot, locale: Locale, pages: Sequence[str], shown: str) -> Html:
    counts = {"alarms": unacknowledged(snapshot), "review": snapshot.to_review}
    links = [
        el(
            "a",
            locale.gettext(f"page.{name}"),
            el("b", locale.number(counts[name]), class_=f"ml-number is-{name}") if counts.get(name) else "",
            href="." if name == pages[0] else name,
            aria_current="page" if name == shown else None,
            data_page=name,
        )
        for name in pages
    ]
    return el("nav", *links, class_="ml-pages", aria_label=locale.gettext("pages"))


def _person(person: Person | None, locale: Locale, logout: bool) -> Html:
    if person is None:
        return el("span", class_="ml-person")
    words = f"{person.name} · {locale.gettext(f'role.{person.role.value}')}"
    # Streamlit's own route. Not its ``logout()``, whose redirect is lost if another run begins at once.
    leave = el("a", locale.gettext("access.logout"), href="auth/logout", target="_self", class_="ml-plain")
    return el("span", words, leave if logout else "", class_="ml-person", data_role=person.role.value)


def banner(snapshot: Snapshot, locale: Locale) -> Html:
    """What is wrong with the screen itself, in words; empty if nothing is."""
    now = snapshot.taken_at
    lines = []
    if snapshot.broker.state is ConnectionState.DISCONNECTED:
        words = locale.gettext("broker.disconnected", since=locale.time(snapshot.broker.since, now))
        lines.append(el("p", words, class_="is-disconnected"))
    elif snapshot.broker.state is ConnectionState.CONNECTING:
        lines.append(el("p", locale.gettext("broker.connecting"), class_="is-connecting"))
    if not snapshot.store.connected and snapshot.store.detail:
        name = "store.disconnected.only" if snapshot.broker.connected else "store.disconnected"
        words = locale.gettext(name, since=locale.time(snapshot.store.since, now))
        lines.append(el("p", words, class_="is-store"))
    return el("div", *lines, class_="ml-banner", role="alert")


def _connection(snapshot: Snapshot, locale: Locale) -> Html:
    broker, now = snapshot.broker, snapshot.taken_at
    if not broker.connected:
        return el("span", class_="ml-link is-disconnected")
    reconnected = broker.reconnected_at is not None and now - broker.reconnected_at < RECONNECTED_SHOWN_US
    text = locale.gettext("broker.reconnected", at=locale.time(broker.reconnected_at, now))
    return el(
        "span",
        el(
            "span", locale.gettext("broker.connected"), class_="ml-link is-connected", data_broker="connected"
        ),
        el("span", text, class_="ml-reconnected") if reconnected else "",
        class_="ml-links",
    )
