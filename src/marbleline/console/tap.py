"""A tap as the browser tells it: which button, on which slab. It may say anything, so it is checked here."""

from dataclasses import dataclass
from typing import Final

from marbleline.domain.label import Region
from marbleline.errors import WireError

_LONGEST: Final = 200
_MOST: Final = 8


@dataclass(frozen=True, slots=True)
class Tap:
    """``number`` grows from tap to tap of a tab; ``act`` is what the button is for.

    ``frame_id``  of the slab that the person saw there; whoever gets it looks it up
    ``region``    what was drawn on its picture
    """

    number: int
    act: str
    frame_id: str = ""
    value: str = ""
    region: Region | None = None


def taps_after(heard: int, told: object) -> list[Tap]:
    """The taps that were not heard yet, in order; whatever is no tap is left out."""
    if not isinstance(told, list):
        return []
    found = [tap for tap in map(_tap, told[-_MOST:]) if tap is not None and tap.number > heard]
    return sorted(found, key=lambda tap: tap.number)


def _tap(told: object) -> Tap | None:
    if not isinstance(told, dict):
        return None
    number, region = told.get("number"), told.get("region")
    act, frame_id, value = (told.get(name, "") for name in ("act", "frame", "value"))
    texts = all(isinstance(one, str) and len(one) <= _LONGEST for one in (act, frame_id, value))
    if not isinstance(number, int) or not texts:
        return None
    try:
        return Tap(number, act, frame_id, value, None if region is None else Region(*map(float, region)))
    except (WireError, TypeError, ValueError):
        return None
