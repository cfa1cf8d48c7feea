"""An alarm that the console found, as it is told to others: in words, with a remedy.

Alarms of workers come with both. Of what the console finds itself the store has events alone.
"""

from typing import Final

from marbleline.domain.alarm import Alarm
from marbleline.domain.alarm_event import AlarmAction, AlarmEvent

_SLOW_BROKER: Final = "The broker is slow or unavailable: act before the spool is full."
_SEE_LINE: Final = "See the console's page Line: are encoder and publisher running? Any dead letters?"

_WORDS: Final = {
    "camera": (
        "camera {subject} needs attention",
        "See its state on the console's page Cameras; check its process, cable, power and source.",
    ),
    "spool": ("slabs wait in the spool of camera {subject}", _SLOW_BROKER),
    "spools": ("slabs wait in the spools of several cameras", _SLOW_BROKER),
    "no_verdicts": ("several cameras capture and get no verdicts", _SEE_LINE),
    "lag": (
        "slabs wait in queue {subject}",
        "See the console's page Line; start another encoder or publisher.",
    ),
    "late": ("verdicts come late", "See the console's page Line for the stage that is slow."),
    "dead_letters": (
        "frames could not be processed",
        "See the console's page Line: remove the cause, then replay them.",
    ),
}
_UNKNOWN: Final = ("{kind} {subject}", "See the console's page Alarms.")
_RETURNED: Final = "it was there, and is gone"


def alarm_of_event(event: AlarmEvent) -> Alarm:
    """The alarm that was raised, or has returned, by this event."""
    said, remedy = _WORDS.get(event.kind, _UNKNOWN)
    said = said.format(kind=event.kind, subject=event.subject).strip()
    raised = event.action is AlarmAction.RAISED
    cause = f"{said}: {event.cause}" if event.cause else said
    return Alarm(
        line=event.line,
        kind=event.kind,
        subject=event.subject,
        raised=raised,
        at=event.at,
        cause=cause if raised else _RETURNED,
        remedy=remedy if raised else "Nothing is left to do.",
    )
