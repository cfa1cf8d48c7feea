"""The top of the screen: which line, the time, and whether what is shown is of now."""

from typing import Final

from marbleline.console.access import Person
from marbleline.console.alarms import alarms_of
from marbleline.console.locale import Locale
from marbleline.console.markup import Html, el, join
from marbleline.console.snapshot import LinkState, Snapshot

HEALED_SHOWN: Final = 60_000_000
"""Microseconds for which the screen says that it was cut off and has reconnected."""


PAGES: Final = ("live", "review", "shift", "search", "line")


def topbar(
    snapshot: Snapshot, locale: Locale, page: str = "live", person: Person | None = None, logout: bool = False
) -> Html:
    """The bar with the pages' links, and the sheet that comes over a screen that is no longer updated.

    The bar is replaced every second. Each new one starts the sheet's waiting time afresh, in the browser
    alone; so it also comes when the server, the network or this very code has died.
    """
    now = snapshot.taken_at
    return join(
        el(
            "header",
            el("span", "Marbleline", class_="ml-brand"),
            el("span", snapshot.line, class_="ml-line"),
            _link(snapshot, locale),
            _pages(snapshot, locale, page),
            _person(person, locale, logout),
            el("time", locale.time(now), class_="ml-clock"),
            class_="ml-top",
        ),
        el(
            "div",
            el("strong", locale.say("frozen")),
            class_="ml-frozen",
            data_tick=now // 1_000_000,
            aria_hidden="true",
        ),
    )


def _pages(snapshot: Snapshot, locale: Locale, shown: str) -> Html:
    alarms = 0 if shown == "live" else len(alarms_of(snapshot))
    counts = {"live": alarms, "review": snapshot.to_review}
    links = [
        el(
            "a",
            locale.say(f"page.{name}"),
            el("b", locale.number(counts[name]), class_=f"ml-number is-{name}") if counts.get(name) else "",
            href="." if name == PAGES[0] else name,
            aria_current="page" if name == shown else None,
            data_page=name,
        )
        for name in PAGES
    ]
    return el("nav", *links, class_="ml-pages", aria_label=locale.say("pages"))


def _person(person: Person | None, locale: Locale, logout: bool) -> Html:
    if person is None:
        return el("span", class_="ml-person")
    words = f"{person.name} · {locale.say(f'role.{person.role.value}')}"
    leave = el("button", locale.say("access.logout"), type="button", class_="ml-plain", data_act="logout")
    return el("span", words, leave if logout else "", class_="ml-person", data_role=person.role.value)


def banner(snapshot: Snapshot, locale: Locale) -> Html:
    """What is wrong with the screen itself, in words; empty if nothing is."""
    now = snapshot.taken_at
    lines = []
    if snapshot.link.state is LinkState.AWAY:
        words = locale.say("link.away", since=locale.time(snapshot.link.since, now))
        lines.append(el("p", words, class_="is-away"))
    elif snapshot.link.state is LinkState.CONNECTING:
        lines.append(el("p", locale.say("link.connecting"), class_="is-connecting"))
    if not snapshot.record.live and snapshot.record.detail:
        name = "record.away.only" if snapshot.link.live else "record.away"
        words = locale.say(name, since=locale.time(snapshot.record.since, now))
        lines.append(el("p", words, class_="is-record"))
    return el("div", *lines, class_="ml-banner", role="alert")


def _link(snapshot: Snapshot, locale: Locale) -> Html:
    link, now = snapshot.link, snapshot.taken_at
    if not link.live:
        return el("span", class_="ml-link is-away")
    healed = link.healed_at is not None and now - link.healed_at < HEALED_SHOWN
    again = locale.say("link.healed", at=locale.time(link.healed_at, now))
    return el(
        "span",
        el("span", locale.say("link.live"), class_="ml-link is-live", data_link="live"),
        el("span", again, class_="ml-healed") if healed else "",
        class_="ml-links",
    )
