"""The part of a camera's picture that is judged: an outline, and masks within it.

All coordinates are shares of the upright picture's width and height, 0 to 1 from the top left corner. So a
region stays where it is if the camera's resolution is changed. Every worker and job knows frames, so this
needs no library for pictures: pixels and cells are in ``region_cells``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

Point = tuple[float, float]
Shape = tuple[Point, ...]

LEAST_SIDE: Final = 0.1
"""Of the outline's width and height: the heat map of a smaller part would be a huge one of the picture."""

ALLOWED_OUTLINE: Final = (
    "two opposite corners, or three to 50 corners, as x,y shares of the picture from 0 to 1 with spaces "
    "between them, such as 0.1,0 0.9,1; at least a tenth of the picture wide and high"
)
ALLOWED_MASKS: Final = "up to 50 shapes as in region, with ; between them"

_MOST: Final = 50
_DECIMALS: Final = 4


@dataclass(frozen=True, slots=True)
class Region:
    """What is judged: inside ``outline`` and outside ``masks``. Two points are a rectangle's corners.

    ``outline``  () is the whole picture
    """

    outline: Shape = ()
    masks: tuple[Shape, ...] = ()

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of the outline, in shares."""
        if not self.outline:
            return 0.0, 0.0, 1.0, 1.0
        across, down = zip(*self.outline, strict=True)
        return min(across), min(down), max(across), max(down)

    @property
    def is_rectangle(self) -> bool:
        """Whether everything within ``box`` is judged."""
        return len(self.outline) < 3 and not self.masks

    def pixel_box(self, width: int, height: int) -> tuple[int, int, int, int]:
        """``box`` in whole pixels of an upright picture of this size; at least one pixel each way."""
        left, top, right, bottom = self.box
        x, y = min(round(left * width), width - 1), min(round(top * height), height - 1)
        return x, y, max(x + 1, round(right * width)), max(y + 1, round(bottom * height))


WHOLE: Final = Region()


@lru_cache(maxsize=256)
def region_of(outline: str | None, masks: str | None) -> Region:
    """The region of the texts in a frame or a setting. Raises ValueError with what is allowed."""
    return Region(outline_of(outline or ""), masks_of(masks or ""))


def outline_of(text: str) -> Shape:
    """``0.1,0 0.9,1`` as points; empty: the whole picture. Raises ValueError with what is allowed."""
    if not text.strip():
        return ()
    outline = _shape(text, ALLOWED_OUTLINE)
    left, top, right, bottom = Region(outline).box
    if min(right - left, bottom - top) < LEAST_SIDE - 1e-9:
        raise ValueError(ALLOWED_OUTLINE)
    return outline


def masks_of(text: str) -> tuple[Shape, ...]:
    """Shapes with semicolons between them. Raises ValueError with what is allowed."""
    shapes = tuple(_shape(part, ALLOWED_MASKS) for part in text.split(";") if part.strip())
    if len(shapes) > _MOST:
        raise ValueError(ALLOWED_MASKS)
    return shapes


def shape_text(shape: Shape) -> str:
    """The inverse of ``outline_of``."""
    return " ".join(f"{x:g},{y:g}" for x, y in shape)


def masks_text(masks: Sequence[Shape]) -> str:
    """The inverse of ``masks_of``."""
    return "; ".join(map(shape_text, masks))


def _shape(text: str, allowed: str) -> Shape:
    try:
        points = tuple(_point(part) for part in text.split())
    except ValueError:
        raise ValueError(allowed) from None
    if not 2 <= len(points) <= _MOST or not _has_area(points):
        raise ValueError(allowed)
    return points


def _point(text: str) -> Point:
    x, y = (round(float(part), _DECIMALS) + 0.0 for part in text.split(","))
    if not (0 <= x <= 1 and 0 <= y <= 1):  # written so that NaN fails too
        raise ValueError
    return x, y


def _has_area(points: Shape) -> bool:
    across, down = zip(*points, strict=True)
    return len(set(across)) > 1 and len(set(down)) > 1
