"""How the screen speaks: its words in a language, and figures and times as that language writes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from marbleline.console.languages import LANGUAGES

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Locale:
    """A language and a time zone; None for this machine's zone."""

    language: str = "en"
    zone: tzinfo | None = None

    @property
    def words(self) -> Mapping[str, str]:
        """The language's texts by name."""
        return LANGUAGES[self.language]

    def say(self, name: str, /, **values: object) -> str:
        """The text of that name with its values filled in; plain text, to be escaped by whoever shows it."""
        return self.words[name].format(**values)

    def known(self, prefix: str, name: str) -> str:
        """The text of ``prefix.name``, or the bare name where there is none (a defect of a newer model)."""
        text = self.words.get(f"{prefix}.{name}")
        return name if text is None else text

    def time(self, at: int | None, now: int | None = None) -> str:
        """The time of day, with the date if ``now`` is given and of another day."""
        if at is None:
            return "?"
        moment = self.moment(at)
        if now is not None and moment.date() != self.moment(now).date():
            return self._dated(moment)
        return moment.strftime("%H:%M:%S")

    def hour(self, at: int, now: int) -> str:
        """The time of day without seconds, with the date if it is of another day."""
        moment = self.moment(at)
        same_day = moment.date() == self.moment(now).date()
        return moment.strftime("%H:%M") if same_day else self._dated(moment)

    def moment(self, at: int) -> datetime:
        """The time in the locale's zone."""
        return (_EPOCH + timedelta(microseconds=at)).astimezone(self.zone)

    def ago(self, micros: int) -> str:
        """How long ago: in tenths of a second at first, then coarser."""
        seconds = micros / 1e6
        if seconds < 0.95:
            return self.say("ago.now")
        return self.say("ago", span=self.span(seconds))

    def span(self, seconds: float) -> str:
        """A length of time in the language's units."""
        return span(seconds, tuple(self.words["units"].split()))

    def percent(self, share: float) -> str:
        """A share as a whole percentage that claims no certainty which isn't there: never a rounded 100 %."""
        number = f"{int(share * 1000) / 10:.1f}" if 0.99 < share < 1 else str(round(share * 100))
        return self.say("percent", number=self._pointed(number))

    def real(self, value: float, digits: int = 3) -> str:
        """A number with so many digits after the point."""
        return self._pointed(f"{value:.{digits}f}")

    def number(self, value: int) -> str:
        """Thousands set apart by a narrow space, as each of the languages allows."""
        return f"{value:,}".replace(",", "\u202f")

    def _dated(self, moment: datetime) -> str:
        month = self.words["months"].split()[moment.month - 1]
        return self.say("date", day=moment.day, month=month, time=moment.strftime("%H:%M"))

    def _pointed(self, number: str) -> str:
        return number.replace(".", self.words["decimal"])


def span(seconds: float, units: tuple[str, ...] = ("s", "min", "h", "d")) -> str:
    """A length of time in its two largest units: ``4 s``, ``2 min 5 s``, ``3 h 4 min``, ``2 d 1 h``."""
    whole = int(seconds)
    minutes, hours, days = whole // 60, whole // 3600, whole // 86400
    if not minutes:
        large, small, names = whole, 0, (units[0], "")
    elif not hours:
        large, small, names = minutes, whole % 60, (units[1], units[0])
    elif not days:
        large, small, names = hours, minutes % 60, (units[2], units[1])
    else:
        large, small, names = days, hours % 24, (units[3], units[2])
    return f"{large} {names[0]} {small} {names[1]}" if small else f"{large} {names[0]}"
