"""Colour from a Bayer mosaic: bilinear interpolation, mirrored at the borders.

Each colour that an element did not measure is the mean of its two or four nearest neighbours that did. At a
border the picture is mirrored at the outermost element, so that a neighbour there has the colour that it
would have inside; repeating the outermost element would mix colours.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

# Row and column of the red element and of the blue one, by the colours of the first row's first two.
_PLACES: Final = {
    "RG": ((0, 0), (1, 1)),
    "GR": ((0, 1), (1, 0)),
    "GB": ((1, 0), (0, 1)),
    "BG": ((1, 1), (0, 0)),
}
_RED, _GREEN, _BLUE = 0, 1, 2


def demosaic(mosaic: npt.NDArray[np.uint8], first: str) -> npt.NDArray[np.uint8]:
    """RGB uint8 [height, width, 3] of a mosaic uint8 [height, width] of at least 2 by 2 elements.

    ``first``  the colours of the first row's first two elements: ``RG``, ``GR``, ``GB`` or ``BG``
    """
    height, width = mosaic.shape
    wide = np.pad(mosaic, 1, mode="reflect").astype(np.uint16)
    rgb = np.empty((height, width, 3), np.uint8)

    def moved(place: tuple[int, int], down: int, right: int) -> npt.NDArray[np.uint16]:
        """For each element of this place in its square of four: the one so far away."""
        top, left = place[0] + 1 + down, place[1] + 1 + right
        return wide[top : top + height - place[0] : 2, left : left + width - place[1] : 2]

    def mean(place: tuple[int, int], *steps: tuple[int, int]) -> npt.NDArray[np.uint16]:
        total = sum((moved(place, *step) for step in steps), start=np.uint16(len(steps) // 2))
        return np.asarray(total // len(steps), np.uint16)

    beside, above = ((0, -1), (0, 1)), ((-1, 0), (1, 0))
    corners = ((-1, -1), (-1, 1), (1, -1), (1, 1))
    for place, colour, other in zip(_PLACES[first], (_RED, _BLUE), (_BLUE, _RED), strict=True):
        at = rgb[place[0] :: 2, place[1] :: 2]
        at[..., colour] = mosaic[place[0] :: 2, place[1] :: 2]
        at[..., _GREEN] = mean(place, *beside, *above)
        at[..., other] = mean(place, *corners)
        # The green elements in the same row as this colour have it to their left and right.
        green = (place[0], 1 - place[1])
        at = rgb[green[0] :: 2, green[1] :: 2]
        at[..., _GREEN] = mosaic[green[0] :: 2, green[1] :: 2]
        at[..., colour] = mean(green, *beside)
        at[..., other] = mean(green, *above)
    return rgb
