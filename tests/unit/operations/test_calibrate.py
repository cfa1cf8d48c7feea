"""From corners of the board to millimetres per pixel, and what is refused."""

import math

import numpy as np
import pytest

from marbleline.errors import CalibrationError
from marbleline.operations.calibrate import BoardView, calibrate
from tests.builders import START

BOARD = np.array([(x * 35.0, y * 35.0) for y in range(4) for x in range(6)])
DAY = 86_400_000_000


def seen(
    mm_per_pixel: float = 0.5, turn: float = 0.3, noise: float = 0.0, tilt: float = 0.0, corners: int = 24
) -> BoardView:
    """A view of the board, turned and shifted; ``tilt`` makes pixels smaller with distance."""
    cosine, sine = math.cos(turn), math.sin(turn)
    pixels = BOARD / mm_per_pixel @ np.array([[cosine, sine], [-sine, cosine]]) + (200, 100)
    pixels *= 1 - tilt * (pixels[:, :1] - 200) / 500
    pixels += np.random.default_rng(3).normal(0, noise, pixels.shape)
    return BoardView(pixels[:corners], BOARD[:corners], 640, 480)


@pytest.mark.parametrize("turn", [0.0, 0.3, 1.6, 3.1, -2.0])
@pytest.mark.parametrize("scale", [0.05, 0.5, 2.0])
def test_the_scale_is_found_however_the_board_lies(scale: float, turn: float) -> None:
    found = calibrate("camera-1", [seen(scale, turn)], START, 30)
    assert found.mm_per_pixel == pytest.approx(scale)
    assert found.residual_px == pytest.approx(0, abs=1e-9)
    assert (found.corners, found.width, found.height) == (24, 640, 480)
    assert (found.calibrated_at, found.expires_at) == (START, START + 30 * DAY)


def test_noise_is_the_residual_and_more_pictures_make_it_surer() -> None:
    views = [seen(noise=0.3, turn=turn) for turn in np.linspace(0, 3, 10)]
    found = calibrate("camera-1", views, START, 30)
    assert found.residual_px == pytest.approx(0.3 * math.sqrt(2), rel=0.15)
    assert found.mm_per_pixel == pytest.approx(0.5, rel=1e-3)
    assert found.corners == 240


def test_a_tilted_camera_is_refused() -> None:
    with pytest.raises(CalibrationError, match=r"camera-1: the corners lie \d+\.\d pixels"):
        calibrate("camera-1", [seen(tilt=0.1)], START, 30)


def test_a_picture_of_another_size_and_too_few_corners_are_refused() -> None:
    other = BoardView(seen().pixels, BOARD, 1280, 960)
    with pytest.raises(CalibrationError, match="640 x 480, 1280 x 960"):
        calibrate("camera-1", [seen(), other], START, 30)
    with pytest.raises(CalibrationError, match="no picture shows 8 corners"):
        calibrate("camera-1", [seen(corners=7)], START, 30)


def test_a_mirrored_board_does_not_fit() -> None:
    view = seen()
    mirrored = BoardView(view.pixels * (-1, 1) + (900, 0), view.board_mm, 640, 480)
    with pytest.raises(CalibrationError):
        calibrate("camera-1", [mirrored], START, 30)
