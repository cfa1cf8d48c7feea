"""A trigger in software: every so often a slab is in view, and the next pictures of a source are its tiles.

For a belt that stops for each slab or moves evenly, and for trying out. A light barrier or PLC knows better
when a slab is there: see the gate station.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from marbleline.adapters.sources.frame_interval import FrameInterval
from marbleline.domain.frame import Frame
from marbleline.domain.slab import TileIdentity
from marbleline.ports.source import SPOOL_FULL, CapturedImage, Source, SwitchProduct, TakesProductSwitches

_FIRST: Final = 1


class SoftwareTrigger:
    """A source around another: ``tiles`` pictures of it make a slab, ``rate`` slabs a second.

    ``station``  counts the triggers; the count goes on after a restart. A slab that a restart cut short keeps
    its number and misses its other tiles.
    """

    def __init__(
        self,
        source: Source,
        station: str,
        tiles: int,
        rate: float,
        interval: FrameInterval | None = None,
    ) -> None:
        self._source = source
        self._station = station
        self._tiles = tiles
        self._pace = interval or FrameInterval(rate)
        self._trigger = 1
        self._tile = _FIRST

    @property
    def can_wait(self) -> bool:
        """As the source."""
        return self._source.can_wait

    @property
    def dropped(self) -> int:
        """As the source."""
        return self._source.dropped

    def resume(self, last: Frame | None) -> None:
        """Go on with the trigger after the last one."""
        if last is not None and last.trigger is not None:
            self._trigger = last.trigger + 1
        self._source.resume(last)

    def next_image(self, wait_s: float) -> CapturedImage | None:
        """The next tile; a slab's first one when the slab is due. Raises as the source."""
        if self._tile == _FIRST and not self._pace.wait(wait_s):
            return None
        captured = self._source.next_image(wait_s)
        if captured is None:
            return None
        slab_id = captured.slab_id or f"{self._station}-{self._trigger:06d}"
        tile = TileIdentity(slab_id, self._tile, self._tiles, self._trigger, station=self._station)
        # The source knows its pictures by what it gave; only what the camera makes of them differs.
        return replace(captured, slab_id=slab_id, tile=tile)

    def listen_for_switches(self, switch: SwitchProduct, current: Callable[[], str]) -> None:
        """As the source, if it takes switches of the product."""
        if isinstance(self._source, TakesProductSwitches):
            self._source.listen_for_switches(switch, current)

    def committed(self, captured: CapturedImage, frame: Frame) -> None:
        """Go on to the next tile."""
        self._advance()
        self._source.committed(captured, frame)

    def rejected(self, captured: CapturedImage, reason: str, detail: str) -> None:
        """A source that waits gives the picture again, as the same tile; else the tile is missing."""
        if reason != SPOOL_FULL or not self._source.can_wait:
            self._advance()
        self._source.rejected(captured, reason, detail)

    def close(self) -> None:
        """Close the source."""
        self._source.close()

    def _advance(self) -> None:
        if self._tile == _FIRST:
            self._pace.passed()
        self._tile += 1
        if self._tile > self._tiles:
            self._tile, self._trigger = _FIRST, self._trigger + 1
