"""The patch of a picture that looks strangest, and which of the product's normal patches is nearest to it."""

import math
from dataclasses import astuple, dataclass
from typing import Annotated, Final

import numpy as np
import numpy.typing as npt
from msgspec import Meta

from marbleline.domain.region import WHOLE, Region
from marbleline.domain.wire import UNSEARCHED, WireStruct
from marbleline.errors import ModelError

STRANGEST: Final = "strangest"
"""The output of a version that knows normal patches, float32 [N, 6]: ``JudgedPatch.to_floats``."""

NUMBERS: Final = 6

_Floats = npt.NDArray[np.float32]

_Share = Annotated[float, UNSEARCHED, Meta(ge=0, le=1)]


@dataclass(frozen=True, slots=True)
class JudgedPatch:
    """What a version says of the strangest patch of its input.

    ``left``, ``top``, ``right`` and ``bottom`` in shares of the input's width and height; ``normal`` is the
    number of the nearest normal patch, ``distance`` how far it is from it.
    """

    left: float
    top: float
    right: float
    bottom: float
    normal: int
    distance: float

    def to_floats(self) -> _Floats:
        """float32 [NUMBERS], in the order of the fields; a float32 holds the number of a patch exactly."""
        return np.array(astuple(self), np.float32)

    @classmethod
    def from_floats(cls, numbers: _Floats, where: str) -> "JudgedPatch":
        """The inverse of ``to_floats``. Raises ModelError with ``where`` if it is no patch of a picture."""
        left, top, right, bottom, normal, distance = (float(one) for one in numbers)
        # Written so that NaN fails too.
        if not (
            0 <= left < right <= 1
            and 0 <= top < bottom <= 1
            and 0 <= normal < 2**24
            and 0 <= distance < math.inf
        ):
            raise ModelError(f"{where}: {STRANGEST} is no patch of a picture: {numbers.tolist()}")
        return cls(left, top, right, bottom, int(normal), distance)


class StrangestPatch(WireStruct, frozen=True):
    """The strangest patch of a slab that is not good, in shares of the upright picture."""

    left: _Share
    top: _Share
    width: _Share
    height: _Share
    normal: Annotated[
        int, UNSEARCHED, Meta(ge=0, description="Number of the nearest normal patch of the model version")
    ]
    distance: Annotated[
        float, UNSEARCHED, Meta(ge=0, description="From it, in the units of the version's anomaly")
    ]


def strangest_patch(patches: _Floats, bank: _Floats, place: int, size: tuple[int, int]) -> JudgedPatch:
    """The patch at a place, row by row, of ``size`` rows and columns, and which of the bank is nearest.

    ``patches`` float32 [rows * columns, channels], ``bank`` [normal patches, channels].
    """
    rows, columns = size
    row, column = divmod(place, columns)
    squares = np.square(bank - patches[place]).sum(axis=1)
    normal = int(squares.argmin())
    return JudgedPatch(
        left=column / columns,
        top=row / rows,
        right=(column + 1) / columns,
        bottom=(row + 1) / rows,
        normal=normal,
        distance=math.sqrt(squares[normal]),
    )


def patch_in_picture(patch: JudgedPatch | None, region: Region | None = None) -> StrangestPatch | None:
    """The patch of an input that shows the region's box, in shares of the whole picture."""
    if patch is None:
        return None
    left, top, right, bottom = (region or WHOLE).box
    across, down = right - left, bottom - top
    return StrangestPatch(
        left=round(left + patch.left * across, 6),
        top=round(top + patch.top * down, 6),
        width=round((patch.right - patch.left) * across, 6),
        height=round((patch.bottom - patch.top) * down, 6),
        normal=patch.normal,
        distance=round(patch.distance, 6),
    )
