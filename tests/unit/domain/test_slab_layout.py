"""Where tiles lie on their slab, with and without calibration and encoder."""

import pytest

from marbleline.domain.calibration import Calibration
from marbleline.domain.slab import Unit
from marbleline.domain.slab_layout import Box, Layout, encoder_cover, place_tiles
from tests.builders import SECOND, START, make_frame, make_tile

# Tiles of the builders are 64 x 48 pixels: 32 x 24 mm.
SCALE = Calibration(
    camera="camera-1",
    mm_per_pixel=0.5,
    residual_px=0.2,
    corners=24,
    width=64,
    height=48,
    calibrated_at=START - SECOND,
    expires_at=START + SECOND,
)
CALIBRATED = {"camera-1": SCALE}


def test_without_calibration_places_are_shares_of_the_slab() -> None:
    placed = place_tiles({2: make_tile(2, 4)}, 4, Layout(rows=2), START)
    assert (placed.unit, placed.width, placed.height) == (Unit.SHARE, 1, 1)
    assert placed.boxes == {
        1: Box(0, 0, 0.5, 0.5),
        2: Box(0, 0.5, 0.5, 0.5),
        3: Box(0.5, 0, 0.5, 0.5),
        4: Box(0.5, 0.5, 0.5, 0.5),
    }


def test_a_calibrated_slab_is_in_millimetres_the_missing_tile_too() -> None:
    placed = place_tiles({1: make_tile(1, 3), 3: make_tile(3, 3)}, 3, Layout(calibrations=CALIBRATED), START)
    assert (placed.unit, placed.width, placed.height) == (Unit.MM, 96, 24)
    assert placed.boxes[2] == Box(32, 0, 32, 24)
    assert placed.boxes[3] == Box(64, 0, 32, 24)


@pytest.mark.parametrize("calibrations", [{}, {"camera-2": SCALE}])
def test_one_camera_without_calibration_puts_the_whole_slab_in_shares(
    calibrations: dict[str, Calibration],
) -> None:
    assert place_tiles({1: make_tile(1, 1)}, 1, Layout(calibrations=calibrations), START).unit is Unit.SHARE


def test_an_expired_calibration_is_none() -> None:
    placed = place_tiles({1: make_tile(1, 1)}, 1, Layout(calibrations=CALIBRATED), START + SECOND)
    assert placed.unit is Unit.SHARE


def test_the_encoder_places_strips_that_overlap() -> None:
    layout = Layout(mm_per_count=0.1, calibrations=CALIBRATED)
    seen = {tile: make_tile(tile, 2, encoder=(at, at + 320)) for tile, at in ((1, 5_000), (2, 5_300))}
    placed = place_tiles(seen, 2, layout, START)
    assert placed.boxes[2] == Box(30, 0, 32, 24)
    assert placed.width == 62


def test_the_triggers_encoder_is_the_slabs_beginning() -> None:
    layout = Layout(mm_per_count=0.1, calibrations=CALIBRATED)
    seen = {2: make_tile(2, 2, encoder=(5_300, 5_620))}
    assert place_tiles(seen, 2, layout, START, encoder=5_000).boxes[2].left == pytest.approx(30)
    assert place_tiles(seen, 2, layout, START).boxes[2].left == pytest.approx(32)


@pytest.mark.parametrize(
    ("spans", "rows", "share"),
    [
        ([(0, 100), (100, 200)], 1, 1.0),
        ([(0, 100), (90, 200)], 1, 1.0),
        ([(0, 100), (150, 200)], 1, 0.75),
        ([(0, 100), None], 1, 1.0),
        ([(5, 5)], 1, 1.0),
        ([(0, 100), (0, 100), (100, 200), (110, 200)], 2, 0.95),
    ],
)
def test_what_the_encoder_says_was_seen(spans: list[tuple[int, int] | None], rows: int, share: float) -> None:
    frames = [make_frame(n, tile=n, tiles=len(spans), encoder=span) for n, span in enumerate(spans, 1)]
    assert encoder_cover(frames, rows) == pytest.approx(share)
