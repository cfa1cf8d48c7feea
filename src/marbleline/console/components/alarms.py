"""The alarms, each with what to do."""

from collections.abc import Sequence
from typing import Final

from marbleline.console.components.markup import Html, el
from marbleline.console.components.names import status_text
from marbleline.console.i18n.locale import Locale
from marbleline.console.state.alarms import ActiveAlarm

MOST_SHOWN: Final = 3


def alarms(found: Sequence[ActiveAlarm], locale: Locale, now: int) -> Html:
    """A panel, empty if nothing is wrong; calm if all of it is acknowledged. Its title leads to the page."""
    if not found:
        return el("section", class_="ml-alarms is-empty")
    items = [_item(alarm, locale, now) for alarm in found[:MOST_SHOWN]]
    rest = len(found) - MOST_SHOWN
    more = el("p", locale.ngettext("alarms.more", rest), class_="ml-dim") if rest > 0 else ""
    calm = all(alarm.acknowledged for alarm in found)
    return el(
        "section",
        el("h2", el("a", locale.gettext("alarms"), href="alarms", data_page="alarms")),
        el("ul", *items),
        more,
        class_="ml-panel ml-alarms is-calm" if calm else "ml-panel ml-alarms",
        role="status" if calm else "alert",
    )


def words(alarm: ActiveAlarm, locale: Locale, now: int) -> str:
    """What is wrong, in a line."""
    if alarm.status is not None:
        return f"{alarm.subject}: {status_text(alarm.status, locale, now)}"
    key, name = f"alarm.{alarm.kind}", locale.term("alarmkind", alarm.kind)
    if not locale.has(key):
        return f"{name}: {alarm.subject}"
    if "waits" in alarm.values:
        return locale.gettext(key, subject=alarm.subject, span=locale.duration(alarm.values["waits"] / 1e6))
    if "number" in alarm.values:
        others = {name: locale.number(value) for name, value in alarm.values.items() if name != "number"}
        return locale.ngettext(key, alarm.values["number"], subject=alarm.subject, **others)
    return locale.gettext(key, subject=alarm.subject)


def _item(alarm: ActiveAlarm, locale: Locale, now: int) -> Html:
    remedy = locale.term("remedy", alarm.remedy)
    return el(
        "li",
        el("strong", words(alarm, locale, now)),
        el("span", remedy if remedy != alarm.remedy else alarm.cause, class_="ml-remedy"),
        el("span", alarm.cause, class_="ml-cause") if alarm.cause and remedy != alarm.remedy else "",
        el("span", ", ".join(alarm.affected), class_="ml-cause") if alarm.affected else "",
        class_="is-acknowledged" if alarm.acknowledged else None,
        data_alarm=alarm.kind,
        data_subject=alarm.subject,
    )
