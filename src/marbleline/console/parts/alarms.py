"""The alarms, each with what to do."""

from collections.abc import Sequence
from typing import Final

from marbleline.console.alarms import Found
from marbleline.console.locale import Locale
from marbleline.console.markup import Html, el
from marbleline.console.parts.states import state_words

MOST_SHOWN: Final = 3


def alarms(found: Sequence[Found], locale: Locale, now: int) -> Html:
    """A panel, empty if nothing is wrong."""
    if not found:
        return el("div", class_="ml-alarms is-empty")
    items = [_item(alarm, locale, now) for alarm in found[:MOST_SHOWN]]
    rest = len(found) - MOST_SHOWN
    more = el("p", locale.say("alarms.more", number=rest), class_="ml-dim") if rest > 0 else ""
    return el(
        "section",
        el("h2", locale.say("alarms")),
        el("ul", *items),
        more,
        class_="ml-panel ml-alarms",
        role="alert",
    )


def words(alarm: Found, locale: Locale, now: int) -> str:
    """What is wrong, in a line."""
    if alarm.state is not None:
        return f"{alarm.subject}: {state_words(alarm.state, locale, now)}"
    values: dict[str, object] = {name: locale.number(value) for name, value in alarm.values.items()}
    if "waits" in alarm.values:
        values["span"] = locale.span(alarm.values["waits"] / 1e6)
    known = f"alarm.{alarm.kind}" in locale.words
    said = locale.say(f"alarm.{alarm.kind}", subject=alarm.subject, **values) if known else ""
    return said or f"{alarm.kind}: {alarm.subject}"


def _item(alarm: Found, locale: Locale, now: int) -> Html:
    remedy = locale.known("remedy", alarm.remedy)
    return el(
        "li",
        el("strong", words(alarm, locale, now)),
        el("span", remedy if remedy != alarm.remedy else alarm.cause, class_="ml-remedy"),
        el("span", alarm.cause, class_="ml-cause") if alarm.cause and remedy != alarm.remedy else "",
        data_alarm=alarm.kind,
        data_subject=alarm.subject,
    )
