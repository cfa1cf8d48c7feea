"""Pictures of normal patches are cut where the patches were seen, and bounded."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from marbleline.domain.input_spec import InputSpec
from marbleline.domain.normal_pictures import AROUND, MOST_BYTES, SIDE
from marbleline.domain.picture import Pixels
from marbleline.domain.product_features import CELL
from marbleline.domain.windows import pieces_of, windows_of
from marbleline.training.commission.bank import NormalBank
from marbleline.training.commission.normal_pictures import around_patch, normal_pictures, place_in_input

SPEC = InputSpec()
MIDDLE = slice(AROUND * CELL, (AROUND + 1) * CELL)


def numbered() -> Pixels:
    """240 rows, 320 columns; each cell has a colour of its own."""
    rows, columns = np.mgrid[0:15, 0:20]
    cells = np.stack([rows * 16, columns * 12, (rows + columns) % 2 * 200], axis=-1).astype(np.uint8)
    return np.repeat(np.repeat(cells, CELL, axis=0), CELL, axis=1)


def bank_of(pictures: list[int], places: list[int]) -> NormalBank:
    return NormalBank(np.zeros((len(places), 4), np.float32), np.array(pictures), np.array(places))


def test_the_patch_lies_in_the_middle_of_what_is_around_it() -> None:
    rgb = numbered()
    cut = around_patch(rgb, 3 * 20 + 5)
    assert cut.shape == (SIDE, SIDE, 3)
    np.testing.assert_array_equal(cut[MIDDLE, MIDDLE], rgb[3 * CELL : 4 * CELL, 5 * CELL : 6 * CELL])
    np.testing.assert_array_equal(cut, rgb[CELL : CELL + SIDE, 3 * CELL : 3 * CELL + SIDE])


@pytest.mark.parametrize("place", [0, 19, 14 * 20, 15 * 20 - 1])
def test_beyond_the_edge_of_the_picture_it_is_black(place: int) -> None:
    rgb = numbered()
    cut = around_patch(rgb, place)
    row, column = divmod(place, 20)
    own = rgb[row * CELL : (row + 1) * CELL, column * CELL : (column + 1) * CELL]
    np.testing.assert_array_equal(cut[MIDDLE, MIDDLE], own)
    edges = [cut[:CELL] if row == 0 else cut[-CELL:], cut[:, :CELL] if column == 0 else cut[:, -CELL:]]
    assert not any(edge.any() for edge in edges)


def test_each_is_of_its_own_picture_and_place(tmp_path: Path) -> None:
    paths = [tmp_path / "0.png", tmp_path / "1.png"]
    Image.fromarray(numbered()).save(paths[0])
    Image.fromarray(255 - numbered()).save(paths[1])
    made = normal_pictures(bank_of([1, 0, 1], [150, 150, 47]), paths, SPEC)
    for content, (picture, place) in zip(made, [(1, 150), (0, 150), (1, 47)], strict=True):
        rgb = numbered() if picture == 0 else 255 - numbered()
        with Image.open(io.BytesIO(content), formats=("WEBP",)) as image:
            shown = np.asarray(image.convert("RGB"), np.float64)
        assert np.abs(shown - around_patch(rgb, place)).mean() < 15


def test_however_many_and_however_rough_they_stay_within_the_limit(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (240, 320, 3), np.uint8)
    path = tmp_path / "noise.png"
    Image.fromarray(noise).save(path)
    places = np.random.default_rng(1).integers(0, 300, 1500).tolist()
    made = normal_pictures(bank_of([0] * 1500, places), [path], SPEC)
    assert len(made) == 1500
    assert MOST_BYTES * 0.9 < sum(map(len, made)) <= MOST_BYTES
    assert made[0]
    assert not made[-1]


def test_a_patch_of_a_window_lies_where_the_window_lies(tmp_path: Path) -> None:
    spec = InputSpec(window=480)
    large = np.random.default_rng(2).integers(0, 256, (60, 80, 3), np.uint8)
    large = np.repeat(np.repeat(large, CELL, axis=0), CELL, axis=1)
    windows, pieces = windows_of(large.shape[:2], spec), pieces_of(large, spec)
    cells = 15 * 20
    for place in (0, cells - 1, cells, 7 * cells + 33, len(windows) * cells - 1):
        found = place_in_input(large, spec, place)
        row, column = divmod(found, 80)
        own_row, own_column = divmod(place % cells, 20)
        np.testing.assert_array_equal(
            large[row * CELL, column * CELL], pieces[place // cells][own_row * CELL, own_column * CELL]
        )
    assert place_in_input(large[:240, :320], spec, 47) == 47
    path = tmp_path / "large.png"
    Image.fromarray(large.repeat(2, axis=0).repeat(2, axis=1)).save(path)
    [content] = normal_pictures(bank_of([0], [7 * cells + 33]), [path], spec)
    with Image.open(io.BytesIO(content), formats=("WEBP",)) as image:
        shown = np.asarray(image.convert("RGB"), np.float64)
    wanted = around_patch(large, place_in_input(large, spec, 7 * cells + 33))
    assert np.abs(shown - wanted).mean() < 25
