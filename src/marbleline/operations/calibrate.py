"""Calibrating a camera: from pictures of the board to millimetres per pixel, and how sure that is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from marbleline.domain.calibration import Calibration
from marbleline.errors import CalibrationError

LEAST_CORNERS: Final = 8
MOST_RESIDUAL_PX: Final = 2.0
"""Beyond this the board does not lie in a plane across the camera's axis, or the lens distorts."""

_DAY_US: Final = 86_400_000_000

Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class BoardView:
    """Corners of the board in one picture: where they are in pixels and on the board in millimetres.

    Both float64 [corners, 2]; ``width`` and ``height`` are the picture's.
    """

    pixels: Points
    board_mm: Points
    width: int
    height: int


def calibrate(camera: str, views: Sequence[BoardView], now: int, valid_days: float) -> Calibration:
    """The calibration by all views together.

    Each view is fitted by a scale, a turn and a shift (Umeyama 1991): one number of millimetres per pixel is
    right only if the board lies in the plane of the slab's face and the camera looks straight at it. What
    doesn't fit is the residual.

    Raises CalibrationError if too few corners were seen, the pictures differ in size, or the residual is
    larger than ``MOST_RESIDUAL_PX``.
    """
    seen = sum(len(view.pixels) for view in views if len(view.pixels) >= LEAST_CORNERS)
    usable = [view for view in views if len(view.pixels) >= LEAST_CORNERS]
    if not usable:
        raise CalibrationError(
            f"camera {camera}: no picture shows {LEAST_CORNERS} corners of the board or more; put it where "
            "slabs lie, in even light, and print it at 100 %"
        )
    sizes = {(view.width, view.height) for view in usable}
    if len(sizes) > 1:
        given = ", ".join(f"{width} x {height}" for width, height in sorted(sizes))
        raise CalibrationError(f"camera {camera}: the pictures differ in size ({given}); take all alike")
    fits = [_fit(view) for view in usable]
    weights = np.array([len(view.pixels) for view in usable], np.float64)
    scales = np.array([scale for scale, _ in fits])
    residual = float(np.sqrt(sum(squares for _, squares in fits) / seen))
    if residual > MOST_RESIDUAL_PX:
        raise CalibrationError(
            f"camera {camera}: the corners lie {residual:.1f} pixels from where a flat board has them, "
            f"at most {MOST_RESIDUAL_PX:g} are allowed; look straight at the board, or correct the lens"
        )
    width, height = sizes.pop()
    return Calibration(
        camera=camera,
        mm_per_pixel=float(np.average(scales, weights=weights)),
        residual_px=residual,
        corners=seen,
        width=width,
        height=height,
        calibrated_at=now,
        expires_at=now + round(valid_days * _DAY_US),
    )


def _fit(view: BoardView) -> tuple[float, float]:
    """Millimetres per pixel of a view, and the sum of its corners' squared distances in pixels."""
    pixels = view.pixels - view.pixels.mean(axis=0)
    board = view.board_mm - view.board_mm.mean(axis=0)
    left, stretches, right = np.linalg.svd(pixels.T @ board)
    # A mirrored board is none: the turn has to be one.
    sign = np.array([1.0, np.sign(np.linalg.det(left @ right))])
    turn = left @ np.diag(sign) @ right
    pixels_per_mm = float((stretches * sign).sum() / (board**2).sum())
    if pixels_per_mm <= 0:
        raise CalibrationError("the corners of the board make no plane; take another picture")
    apart = pixels - pixels_per_mm * board @ turn.T
    return 1.0 / pixels_per_mm, float((apart**2).sum())
