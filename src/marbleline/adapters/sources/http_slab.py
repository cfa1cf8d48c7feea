"""Which tile of which slab an uploaded picture is: what its request's headers say."""

import re
from collections.abc import Mapping
from typing import Final

from marbleline.domain.frame import check_name
from marbleline.domain.slab import TileIdentity
from marbleline.errors import SettingError, WireError

SLAB_ID: Final = "X-Slab-Id"
TILE: Final = "X-Slab-Tile"
TRIGGER: Final = "X-Slab-Trigger"
ENCODER: Final = "X-Slab-Encoder"
STATION: Final = "X-Slab-Station"

_TEXT: Final = re.compile(r"[\x21-\x7e]{1,128}")
_TILE: Final = re.compile(r"([0-9]{1,4})/([0-9]{1,4})")
_TRIGGER: Final = re.compile(r"[0-9]{1,15}")
_ENCODER: Final = re.compile(r"(-?[0-9]{1,15}) (-?[0-9]{1,15})")


def slab_id_in(headers: Mapping[str, str]) -> str | None:
    """The slab's id, if one is given. Raises WireError naming the header that is wrong."""
    slab_id = headers.get(SLAB_ID)
    if slab_id is not None and not _TEXT.fullmatch(slab_id):
        raise WireError(f"{SLAB_ID}: use 1 to 128 printable ASCII characters without spaces")
    return slab_id


def tile_in(headers: Mapping[str, str]) -> TileIdentity | None:
    """The tile, None without ``X-Slab-Tile``: such a picture is a slab of its own.

    Raises WireError naming the header that is missing or wrong.
    """
    slab_id, text = slab_id_in(headers), headers.get(TILE)
    trigger = _whole(headers.get(TRIGGER))
    start, end = _span(headers.get(ENCODER))
    station = headers.get(STATION)
    if station is not None:
        try:
            check_name(STATION, station)
        except SettingError as error:
            raise WireError(str(error)) from error
    if text is None:
        others = [one for one in (TRIGGER, ENCODER, STATION) if one in headers]
        if others:
            raise WireError(f"{others[0]} goes with {TILE}: which tile of how many, such as 2/6")
        return None
    found = _TILE.fullmatch(text)
    if not found:
        raise WireError(f"{TILE}: say which tile of how many, such as 2/6")
    if slab_id is None and trigger is None:
        raise WireError(f"{TILE} needs {SLAB_ID} or {TRIGGER}: whose tile it is")
    return TileIdentity(
        slab_id or f"trigger-{trigger}", int(found[1]), int(found[2]), trigger, start, end, station
    )


def _whole(text: str | None) -> int | None:
    if text is None:
        return None
    if not _TRIGGER.fullmatch(text):
        raise WireError(f"{TRIGGER}: use a whole number from 1")
    return int(text)


def _span(text: str | None) -> tuple[int | None, int | None]:
    if text is None:
        return None, None
    found = _ENCODER.fullmatch(text)
    if not found:
        raise WireError(f"{ENCODER}: use the counts at the picture's begin and end, such as 5000 5320")
    return int(found[1]), int(found[2])
