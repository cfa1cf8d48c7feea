"""What the camera above the soft PLC's belt shows: drawn slabs of every label, and the empty belt."""

from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from marbleline.synthetic import LABELS, draw

_OF_EACH: Final = 4
_QUALITY: Final = 90
_BELT: Final = (24, 26, 28)


def draw_pictures(folder: Path, seed: int) -> None:
    """Write ``LABEL-N.jpg`` and ``none.jpg``, 640x480, as ``adapters.sources.belt`` reads them."""
    folder.mkdir(parents=True, exist_ok=True)
    for place, label in enumerate(LABELS):
        for number in range(_OF_EACH):
            slab = draw(seed * 1000 + place * _OF_EACH + number, label=label)
            Image.fromarray(slab.rgb).save(folder / f"{label}-{number}.jpg", quality=_QUALITY)
    belt = np.full((480, 640, 3), _BELT, np.uint8)
    Image.fromarray(belt).save(folder / "none.jpg", quality=_QUALITY)
