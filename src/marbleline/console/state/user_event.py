"""A click or key press as the browser reports it. A browser may send anything, so it is validated here."""

from dataclasses import dataclass
from typing import Final

from marbleline.domain.label import MarkedRegion
from marbleline.errors import WireError

_MAX_LENGTH: Final = 200
_MAX_EVENTS: Final = 8


@dataclass(frozen=True, slots=True)
class UserEvent:
    """``number`` grows from event to event of a tab; ``action`` is what the button does.

    ``frame_id``  of the slab that the person saw at that moment; whoever handles the event looks it up
    ``region``    what was drawn on its picture
    """

    number: int
    action: str
    frame_id: str = ""
    value: str = ""
    region: MarkedRegion | None = None


def events_after(handled: int, received: object) -> list[UserEvent]:
    """The events with a number above ``handled``, in order; whatever is not a valid event is left out."""
    if not isinstance(received, list):
        return []
    events = [_parse(one) for one in received[-_MAX_EVENTS:]]
    return sorted(
        (event for event in events if event is not None and event.number > handled),
        key=lambda event: event.number,
    )


def _parse(received: object) -> UserEvent | None:
    if not isinstance(received, dict):
        return None
    number, region = received.get("number"), received.get("region")
    action, frame_id, value = (received.get(name, "") for name in ("action", "frame", "value"))
    texts = all(isinstance(one, str) and len(one) <= _MAX_LENGTH for one in (action, frame_id, value))
    if not isinstance(number, int) or not texts:
        return None
    try:
        where = None if region is None else MarkedRegion(*map(float, region))
    except (WireError, TypeError, ValueError):
        return None
    return UserEvent(number, action, frame_id, value, where)
