"""Known colours seen through a Bayer mosaic."""

import numpy as np
import pytest

from marbleline.domain.bayer import demosaic

ORDERS = {"RG": ("RG", "GB"), "GR": ("GR", "BG"), "GB": ("GB", "RG"), "BG": ("BG", "GR")}
Rgb = np.ndarray[tuple[int, ...], np.dtype[np.uint8]]


def seen(rgb: Rgb, first: str) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """The mosaic that a sensor makes of a picture, uint8 [height, width]."""
    mosaic = np.empty(rgb.shape[:2], rgb.dtype)
    for row, colours in enumerate(ORDERS[first]):
        for column, colour in enumerate(colours):
            mosaic[row::2, column::2] = rgb[row::2, column::2, "RGB".index(colour)]
    return mosaic


@pytest.mark.parametrize("size", [(2, 2), (6, 8), (5, 7)])
@pytest.mark.parametrize("first", ORDERS)
def test_a_field_of_one_colour_is_that_colour_up_to_the_borders(first: str, size: tuple[int, int]) -> None:
    field = np.broadcast_to(np.array((200, 120, 40), np.uint8), (*size, 3))
    assert np.array_equal(demosaic(seen(field, first), first), field)


@pytest.mark.parametrize("first", ORDERS)
def test_a_slope_is_met_exactly_inside(first: str) -> None:
    rows, columns = np.mgrid[0:16, 0:20]
    slope = np.stack([2 * rows + 40, rows + columns + 80, 3 * columns + 9], axis=-1).astype(np.uint8)
    assert np.array_equal(demosaic(seen(slope, first), first)[1:-1, 1:-1], slope[1:-1, 1:-1])


@pytest.mark.parametrize("first", ORDERS)
def test_what_an_element_measured_is_kept(first: str) -> None:
    mosaic = np.random.default_rng(0).integers(0, 256, (9, 12), dtype=np.uint8)
    assert np.array_equal(seen(demosaic(mosaic, first), first), mosaic)


def test_the_other_colours_are_the_means_of_the_neighbours() -> None:
    mosaic = np.array(
        [[10, 20, 30, 40], [50, 60, 70, 80], [90, 100, 110, 120], [130, 140, 150, 160]], np.uint8
    )
    rgb = demosaic(mosaic, "RG")
    assert rgb[1, 1].tolist() == [(10 + 30 + 90 + 110) // 4, (20 + 50 + 70 + 100) // 4, 60]
    assert rgb[1, 2].tolist() == [(30 + 110) // 2, 70, (60 + 80) // 2]


def test_white_does_not_overflow() -> None:
    assert demosaic(np.full((4, 4), 255, np.uint8), "GB").min() == 255
