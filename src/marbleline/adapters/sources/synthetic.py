"""A source that draws marble slabs: for a first look, for tests, for measuring."""

import io
from typing import Final

import numpy as np
from PIL import Image

from marbleline.adapters.sources.frame_interval import FrameInterval
from marbleline.adapters.sources.registry import SourceContext, SyntheticSettings
from marbleline.domain.clock import Clock, now
from marbleline.domain.frame import Frame
from marbleline.domain.slab import TileIdentity
from marbleline.ports.source import CapturedImage, Source
from marbleline.synthetic import LABELS, Slab, draw

_DEFECTS: Final = tuple(label for label in LABELS if label != "good")
_QUALITY: Final = 90
_WIDTH, _HEIGHT = 640, 480


class SyntheticSource(Source):
    """640x480 JPEGs of slabs, each with its own ``slab_id``; ``faulty_share`` of them have a defect.

    A slab is ``tiles`` pictures side by side along the belt; with more than one, slab ``n`` is the ``n``th
    trigger of ``station``, and its encoder counts pixels. Slab ``n`` of a seed always looks the same, and
    a camera's frame with sequence ``n`` always shows the same picture, also after a restart. The origin tells
    the truth of the picture: ``synthetic/SEED/N/STONE/LABEL``, and of a tile ``.../TILE``.
    """

    def __init__(
        self,
        rate: float,
        seed: int,
        faulty_share: float,
        clock: Clock = now,
        interval: FrameInterval | None = None,
        *,
        tiles: int = 1,
        station: str | None = None,
    ):
        self._seed = seed
        self._tiles = tiles
        self._station = station
        self._slab: tuple[int, Slab] | None = None
        self._faulty_share = faulty_share
        self._clock = clock
        self._pace = interval or FrameInterval(rate)
        self._number = 1
        self._drawn: CapturedImage | None = None

    @property
    def can_wait(self) -> bool:
        """Nothing is lost while nobody asks."""
        return True

    def resume(self, last: Frame | None) -> None:
        """Go on with the slab after the last one."""
        self._number = last.sequence + 1 if last else 1

    def next_image(self, wait_s: float) -> CapturedImage | None:
        """The next slab when it is due."""
        if not self._pace.wait(wait_s):
            return None
        self._pace.passed()
        number, place = divmod(self._number - 1, self._tiles)
        slab_id = f"slab-{self._seed}-{number + 1:06d}"
        content, origin = self.picture(number + 1, place)
        if self._tiles == 1:
            return CapturedImage(content, self._clock(), origin, slab_id)
        start = (self._number - 1) * _WIDTH
        tile = TileIdentity(slab_id, place + 1, self._tiles, number + 1, start, start + _WIDTH, self._station)
        return CapturedImage(content, self._clock(), f"{origin}/{place + 1}", slab_id, tile)

    def committed(self, captured: CapturedImage, frame: Frame) -> None:
        """Go on to the next."""
        self._number += 1

    def rejected(self, captured: CapturedImage, reason: str, detail: str) -> None:
        """Draw it again if it wasn't taken."""
        if reason != "spool_full":
            self._number += 1

    def picture(self, number: int, place: int = 0) -> tuple[bytes, str]:
        """The JPEG of one tile of a slab, and its origin, which ends with the label. Slabs count from 1."""
        slab, columns = self._slab_of(number), _columns(place)
        label = slab.label if slab.mask[:, columns].any() else "good"
        buffer = io.BytesIO()
        Image.fromarray(slab.rgb[:, columns]).save(buffer, format="JPEG", quality=_QUALITY)
        return buffer.getvalue(), f"synthetic/{self._seed}/{number}/{slab.stone}/{label}"

    def defect_share(self, number: int, place: int) -> float:
        """The share of the slab's defective pixels that lie on one of its tiles; 0 if there are none."""
        mask = self._slab_of(number).mask
        return float(mask[:, _columns(place)].sum() / max(1, mask.sum()))

    def _slab_of(self, number: int) -> Slab:
        if self._slab is None or self._slab[0] != number:
            rng = np.random.default_rng([self._seed, number])
            label = str(rng.choice(_DEFECTS)) if rng.random() < self._faulty_share else "good"
            size = (_HEIGHT, _WIDTH * self._tiles)
            self._slab = number, draw(int(rng.integers(2**31)), size, label=label)
        return self._slab[1]


def _columns(place: int) -> slice:
    return slice(place * _WIDTH, (place + 1) * _WIDTH)


def open_synthetic(context: SourceContext, settings: SyntheticSettings) -> SyntheticSource:
    """``synthetic:``"""
    return SyntheticSource(
        settings.rate,
        settings.seed,
        settings.faulty_share,
        tiles=settings.slab_tiles,
        station=context.camera,
    )
