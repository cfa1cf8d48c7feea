"""A browser's locale: texts by gettext, numbers, dates and durations by Babel."""

import math
import re
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from functools import lru_cache
from typing import Final

import babel
from babel.dates import format_skeleton
from babel.numbers import format_decimal, format_percent
from babel.units import format_unit

from marbleline.console.i18n.catalogues import LANGUAGES, translations
from marbleline.domain.clock import to_datetime

# Without a territory Babel takes English as it is written in the USA, where 3/4 is the fourth of March.
_DEFAULT_TERRITORY: Final = {"en": "001"}


@dataclass(frozen=True, slots=True)
class Locale:
    """One of ``LANGUAGES``, a territory such as ``MX``, and a time zone, None for this machine's."""

    language: str = "en"
    zone: tzinfo | None = None
    territory: str | None = None

    @classmethod
    def from_tag(cls, tag: str | None, zone: tzinfo | None = None) -> "Locale":
        """The locale for a browser's tag such as ``it-CH``; English if the language is not there."""
        language, *rest = re.split("[-_]", tag or "")
        if language.lower() not in LANGUAGES:
            return cls(zone=zone)
        territory = next((part.upper() for part in rest if re.fullmatch("[A-Za-z]{2}", part)), None)
        return cls(language.lower(), zone, territory)

    def gettext(self, key: str, /, **values: object) -> str:
        """The text of that key with its values; plain text, to be escaped by whoever shows it."""
        return translations(self.language).gettext(key).format(**values)

    def ngettext(self, key: str, number: int, /, **values: object) -> str:
        """The text of that key in the plural form for ``number``, which fills ``{number}``."""
        text = translations(self.language).ngettext(key, key, number)
        return text.format(number=self.number(number), **values)

    def has(self, key: str) -> bool:
        """Whether there is a text of that key."""
        return translations(self.language).gettext(key) != key

    def term(self, prefix: str, name: str) -> str:
        """The text of ``prefix.name``, or the bare name where there is none (a defect of a newer model)."""
        key = f"{prefix}.{name}"
        text = translations(self.language).gettext(key)
        return name if text == key else text

    def time(self, at: int | None, now: int | None = None) -> str:
        """The time of day, with the date if ``now`` is given and of another day; microseconds UTC."""
        if at is None:
            return "?"
        moment = self.moment(at)
        if now is not None and moment.date() != self.moment(now).date():
            return self._dated(moment)
        return format_skeleton("Hms", moment, locale=self._babel)

    def hour(self, at: int, now: int) -> str:
        """The time of day without seconds, with the date if it is of another day; microseconds UTC."""
        moment = self.moment(at)
        same_day = moment.date() == self.moment(now).date()
        return self.clock(at) if same_day else self._dated(moment)

    def clock(self, at: int) -> str:
        """The time of day without seconds or date."""
        return format_skeleton("Hm", self.moment(at), locale=self._babel)

    def begin(self, at: int, now: int) -> str:
        """As ``hour`` if that is midnight here, else by this machine's clock, with its zone's name."""
        moment = self.moment(at)
        if (moment.hour, moment.minute) == (0, 0):
            return self.hour(at, now)
        machine = replace(self, zone=None)
        return f"{machine.hour(at, now)} {machine.moment(at):%Z}"

    def day(self, at: int) -> str:
        """Day and month, abbreviated: ``5 Nov``; microseconds UTC."""
        return format_skeleton("MMMd", self.moment(at), locale=self._babel)

    def moment(self, at: int) -> datetime:
        """Microseconds UTC as a time in the locale's zone."""
        return to_datetime(at).astimezone(self.zone)

    @property
    def date_format(self) -> str:
        """The order of day, month and year, as Streamlit's inputs take it: ``DD/MM/YYYY``."""
        pattern = self._babel.date_formats["short"].pattern
        names = {"d": "DD", "M": "MM", "y": "YYYY"}
        found = [names[letters[0]] for letters in re.findall("d+|M+|y+", pattern)]
        separator = next((mark for mark in pattern if mark in "/.-"), "/")
        return separator.join(found)

    def ago(self, micros: int) -> str:
        """How long ago: in seconds at first, then coarser."""
        seconds = micros / 1e6
        if seconds < 0.95:
            return self.gettext("ago.now")
        return self.gettext("ago", span=self.duration(seconds))

    def duration(self, seconds: float) -> str:
        """A duration in its two largest units: ``2 min 5 s``."""
        parts: list[str] = []
        rest = int(seconds)
        for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1)):
            number, rest = divmod(rest, size)
            if parts and not number:
                break
            if number or unit == "second":
                parts.append(format_unit(number, f"duration-{unit}", "short", locale=self._babel))
        return " ".join(parts[:2])

    def percent(self, share: float) -> str:
        """A share as a percentage. One that is not quite none or all is never shown as 0 or 100 %.

        It is rounded to tenths: up below 1 %, down above 99 %.
        """
        if 0.99 < share < 1:
            return self.tenths(int(share * 1000) / 1000)
        if 0 < share < 0.01:
            return self.tenths(math.ceil(share * 1000) / 1000)
        return format_percent(share, locale=self._babel)

    def tenths(self, share: float) -> str:
        """A share as a percentage with one decimal."""
        return self._decimals(share, 1)

    def hundredths(self, share: float) -> str:
        """A share as a percentage with two decimals."""
        return self._decimals(share, 2)

    def real(self, value: float, digits: int = 3) -> str:
        """A number with so many digits after the decimal point."""
        pattern = f"#,##0.{'0' * digits}" if digits else "#,##0"
        return format_decimal(value, pattern, locale=self._babel)

    def number(self, value: int) -> str:
        """A whole number."""
        return format_decimal(value, locale=self._babel)

    def _decimals(self, share: float, digits: int) -> str:
        """In the language's own form: ``93.0%``, ``%93,0``."""
        whole = self._babel.percent_formats[None].pattern
        head, zero, tail = whole.rpartition("0")
        return format_percent(share, f"{head}{zero}.{'0' * digits}{tail}", locale=self._babel)

    @property
    def _babel(self) -> babel.Locale:
        return _babel_locale(self.language, self.territory)

    def _dated(self, moment: datetime) -> str:
        joined: str = self._babel.datetime_formats["medium"]
        date = format_skeleton("MMMd", moment, locale=self._babel)
        return joined.format(format_skeleton("Hm", moment, locale=self._babel), date)


@lru_cache(maxsize=64)
def _babel_locale(language: str, territory: str | None) -> babel.Locale:
    """Babel's locale; that of the language alone if Babel does not know it in that territory."""
    try:
        return babel.Locale(language, territory or _DEFAULT_TERRITORY.get(language))
    except babel.UnknownLocaleError:
        return babel.Locale(language, _DEFAULT_TERRITORY.get(language))
