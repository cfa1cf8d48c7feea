"""A source that draws marble slabs: for a first look, for tests, for measuring."""

import io
from typing import Final

import numpy as np
from PIL import Image

from marbleline.adapters.pace import Pace
from marbleline.domain.clock import Clock, now
from marbleline.domain.frame import Frame
from marbleline.ports.source import Shot
from marbleline.synthetic import LABELS, draw

_DEFECTS: Final = tuple(label for label in LABELS if label != "good")
_QUALITY: Final = 90


class SyntheticSource:
    """640x480 JPEGs of slabs, each with its own ``slab_id``; ``faulty_share`` of them have a defect.

    Slab ``n`` of a seed is always the same picture, and a camera's frame with sequence ``n`` shows slab
    ``n``, also after a restart. The origin tells the truth: ``synthetic/SEED/N/STONE/LABEL``.
    """

    def __init__(
        self, rate: float, seed: int, faulty_share: float, clock: Clock = now, pace: Pace | None = None
    ):
        self._seed = seed
        self._faulty_share = faulty_share
        self._clock = clock
        self._pace = pace or Pace(rate)
        self._number = 1
        self._drawn: Shot | None = None

    @property
    def patient(self) -> bool:
        """Nothing is lost while nobody asks."""
        return True

    @property
    def dropped(self) -> int:
        """None, ever."""
        return 0

    def resume(self, last: Frame | None) -> None:
        """Go on with the slab after the last one."""
        self._number = last.sequence + 1 if last else 1

    def take(self, wait_s: float) -> Shot | None:
        """The next slab when it is due."""
        if not self._pace.wait(wait_s):
            return None
        self._pace.passed()
        content, origin = self._draw()
        return Shot(content, self._clock(), origin, f"slab-{self._seed}-{self._number:06d}")

    def landed(self, shot: Shot, frame: Frame) -> None:
        """Go on to the next."""
        self._number += 1

    def refused(self, shot: Shot, reason: str, detail: str) -> None:
        """Draw it again if it wasn't taken."""
        if reason != "spool_full":
            self._number += 1

    def close(self) -> None:
        """Nothing to let go of."""

    def _draw(self) -> tuple[bytes, str]:
        rng = np.random.default_rng([self._seed, self._number])
        label = str(rng.choice(_DEFECTS)) if rng.random() < self._faulty_share else "good"
        slab = draw(int(rng.integers(2**31)), label=label)
        buffer = io.BytesIO()
        Image.fromarray(slab.rgb).save(buffer, format="JPEG", quality=_QUALITY)
        return buffer.getvalue(), f"synthetic/{self._seed}/{self._number}/{slab.stone}/{label}"
