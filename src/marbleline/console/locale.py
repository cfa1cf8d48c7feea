"""How the screen speaks: its words, and times of day in the viewer's zone.

All texts that people read are in ``ENGLISH``, by name; another language is another such mapping.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

ENGLISH: Final[Mapping[str, str]] = {
    # verdicts
    "decision.good": "Good",
    "decision.faulty": "Faulty",
    "decision.review": "Review",
    "defect.crack": "crack",
    "defect.dot": "dot",
    "defect.joint": "joint",
    "what.good": "no defect found",
    "what.faulty": "{defect}",
    "what.review": "please look at it",
    "sure": "{percent} sure",
    "perhaps": "{defect}? {percent} faulty",
    "reason.unsure": "the model is not sure",
    "reason.anomalous": "unlike any good slab",
    "reason.dark": "picture too dark",
    "reason.bright": "picture too bright",
    "reason.flat": "picture without contrast",
    "reason.blurred": "picture blurred",
    # the large slab
    "slab": "slab {slab}",
    "slab.unnamed": "slab no. {sequence}",
    "slab.picture": "Picture of {slab} from {camera}: {verdict}",
    "slab.none": "No slab has been judged yet",
    "slab.none.hint": "The first one appears here by itself.",
    "slab.no_picture": "no picture came with this verdict",
    "captured": "captured {time}",
    "judged_in": "judged in {ms} ms",
    "late": "{ms} ms after its deadline",
    "model": "{model} {version}",
    "fallback": "judged without the model server",
    "clock_ahead": "camera's clock is ahead",
    "ago.now": "just now",
    "ago": "{span} ago",
    "held": "Held: this is not the newest slab",
    "last_known": "Last known",
    # cameras
    "cameras": "Cameras",
    "cameras.none": "No camera has reported yet",
    "camera.no_slab": "no slab yet",
    "state.online": "online",
    "state.waiting": "online, no slab judged yet",
    "state.behind": "captures, but nothing judged since {since}",
    "state.stalled": "no picture since {since}",
    "state.offline": "not reachable since {since}",
    "state.full": "waits since {since}: spool full",
    "state.ended": "ended {since}: no more pictures",
    "state.silent": "no word since {since}",
    "state.unheard": "no word from it yet",
    "state.cut_off": "unknown: console cut off since {since}",
    "spooled": "{number} in spool",
    "skipped": "{number} skipped",
    # counts, ledger
    "counts": "Slabs since {since}",
    "counts.none": "Counting …",
    "yield": "{percent} good",
    "defects": "Faulty slabs by defect",
    "ledger": "Ledger",
    "ledger.none": "Not counted yet",
    "ledger.counted": "counted {ago}",
    "ledger.balanced": "Balanced: nothing lost",
    "ledger.unbalanced": "Not balanced: look into it",
    "ledger.gaps": "{number} lost",
    "ledger.duplicates": "{number} counted twice",
    "ledger.camera": "Camera",
    "ledger.captured": "Captured",
    "ledger.judged": "Judged",
    "ledger.pending": "Pending",
    "ledger.dead_lettered": "Dead letters",
    "ledger.dropped": "Dropped",
    "ledger.all": "all",
    # strip, top bar, controls
    "strip": "Last {number} slabs",
    "strip.item": "{verdict}, {slab}, {camera}, captured {time}",
    "link.live": "Live",
    "link.connecting": "Connecting to the line",
    "link.away": "Cut off from the line since {since}: what you see is old. Reconnecting …",
    "link.healed": "Reconnected at {at}",
    "record.away": "Record not reachable since {since}: counts and ledger may be old",
    "record.away.only": "Record not reachable since {since}: counts and ledger may be old; verdicts are live",
    "frozen": "This screen is not being updated: what you see is old",
    "control.heat": "Heat map",
    "control.camera": "Camera",
    "control.all": "All",
    "control.follow": "Show",
    "follow.every": "Every slab",
    "follow.suspect": "Faulty and review",
    "control.hold": "Hold",
    "control.release": "Back to live",
    "control.older": "Older",
    "control.newer": "Newer",
}


@dataclass(frozen=True, slots=True)
class Locale:
    """A language and a time zone."""

    words: Mapping[str, str] = field(default_factory=lambda: ENGLISH)
    zone: tzinfo | None = None

    def say(self, name: str, **values: object) -> str:
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
        moment = self._moment(at)
        if now is not None and moment.date() != self._moment(now).date():
            return moment.strftime("%d %b %H:%M")
        return moment.strftime("%H:%M:%S")

    def hour(self, at: int, now: int) -> str:
        """The time of day without seconds, with the date if it is of another day."""
        moment = self._moment(at)
        return moment.strftime("%H:%M" if moment.date() == self._moment(now).date() else "%d %b %H:%M")

    def ago(self, micros: int) -> str:
        """How long ago: in tenths of a second at first, then coarser."""
        seconds = micros / 1e6
        if seconds < 0.95:
            return self.say("ago.now")
        return self.say("ago", span=span(seconds))

    def percent(self, share: float) -> str:
        """A share as a whole percentage that claims no certainty which isn't there: never a rounded 100 %."""
        if 0.99 < share < 1:
            return f"{int(share * 1000) / 10:.1f} %"
        return f"{round(share * 100)} %"

    def number(self, value: int) -> str:
        """Thousands set apart by a narrow space, as every language reads it."""
        return f"{value:,}".replace(",", "\u202f")

    def _moment(self, at: int) -> datetime:
        return (_EPOCH + timedelta(microseconds=at)).astimezone(self.zone)


def span(seconds: float) -> str:
    """A length of time in its two largest units: ``4 s``, ``2 min 5 s``, ``3 h 4 min``, ``2 d 1 h``."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"
