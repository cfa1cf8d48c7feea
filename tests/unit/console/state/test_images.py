"""The heat map shows what matters, where it is."""

import io

import numpy as np
import pytest
from msgspec.structs import replace
from PIL import Image

from marbleline.console.state.images import heat_layer, heat_uri, picture_uri, small_uri
from marbleline.domain.verdict import Heatmap
from tests.builders import make_picture, make_verdict


def heatmap(cells: np.ndarray) -> Heatmap:  # type: ignore[type-arg]
    rows, columns = cells.shape
    return Heatmap(rows, columns, np.rint(cells * 255).astype(np.uint8).tobytes())


def test_a_calm_slab_has_no_layer() -> None:
    assert heat_layer(heatmap(np.full((6, 8), 0.2)), 4 / 3) is None


@pytest.mark.parametrize("cells", [b"", b"123"])
def test_a_map_of_another_size_than_it_says_has_none(cells: bytes) -> None:
    assert heat_layer(Heatmap(2, 3, cells), 1.0) is None


def test_the_hot_place_is_where_it_was_and_the_rest_is_clear() -> None:
    cells = np.zeros((6, 8))
    cells[1, 6] = 1.0
    layer = heat_layer(heatmap(cells), 4 / 3)
    assert layer is not None
    assert layer.size == (400, 300)
    alpha = np.asarray(layer)[:, :, 3]
    hot_row, hot_column = np.argwhere(alpha > 100).mean(axis=0)
    assert (hot_row // 50, hot_column // 50) == (1, 6)
    assert (alpha[150:] == 0).all()
    assert (alpha[:, :200] == 0).all()


def test_the_stone_is_seen_through_the_heat() -> None:
    layer = heat_layer(heatmap(np.ones((6, 8))), 4 / 3)
    assert layer is not None
    assert np.asarray(layer)[:, :, 3].max() < 160


def test_addresses() -> None:
    verdict = replace(make_verdict(1, thumbnail=make_picture(1, 320, 240)), heatmap=heatmap(np.ones((2, 3))))
    assert (picture_uri(verdict) or "").startswith("data:image/jpeg;base64,")
    assert (heat_uri(verdict) or "").startswith("data:image/png;base64,")
    small = small_uri(verdict)
    assert small is not None
    assert len(small) < len(picture_uri(verdict) or "")


@pytest.mark.parametrize("thumbnail", [b"", b"<svg onload=alert(1)>", b"\xff\xd8 cut short"])
def test_what_is_no_jpeg_is_not_shown_small(thumbnail: bytes) -> None:
    assert small_uri(make_verdict(1, thumbnail=thumbnail)) is None


def test_the_small_picture_keeps_its_shape() -> None:
    import base64

    address = small_uri(make_verdict(1, thumbnail=make_picture(1, 400, 200))) or ""
    with Image.open(io.BytesIO(base64.b64decode(address.split(",")[1]))) as image:
        assert image.size == (160, 80)
