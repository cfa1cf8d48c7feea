"""Cuts the pictures of a product's normal patches out of the pictures that it was taught with."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from marbleline.domain.input_spec import InputSpec
from marbleline.domain.normal_pictures import AROUND, MOST_BYTES, SIDE
from marbleline.domain.picture import Pixels, prepare
from marbleline.domain.product_features import CELL
from marbleline.domain.windows import is_large, windows_of
from marbleline.training.commission.bank import NormalBank

_QUALITIES: Final = (75, 50, 25)


def normal_pictures(bank: NormalBank, paths: Sequence[Path], spec: InputSpec) -> list[bytes]:
    """A WebP picture of each patch of the bank, in its order; together ``MOST_BYTES`` at most.

    ``paths`` are the files of the pictures that the bank counts. Quality is lowered until they fit; if they
    don't even then, the last ones are left out (b""). Raises PictureError, OSError.
    """
    cut: dict[int, Pixels] = {}
    for picture in np.unique(bank.pictures).tolist():
        rgb = prepare(paths[picture].read_bytes(), spec).rgb
        for number in np.flatnonzero(bank.pictures == picture).tolist():
            cut[number] = around_patch(rgb, place_in_input(rgb, spec, int(bank.places[number])))
    made: list[bytes] = []
    for quality in _QUALITIES:
        made = [_webp(cut[number], quality) for number in range(len(bank.pictures))]
        if sum(map(len, made)) <= MOST_BYTES:
            return made
    total = np.cumsum([len(one) for one in made])
    return [one if end <= MOST_BYTES else b"" for one, end in zip(made, total.tolist(), strict=True)]


def place_in_input(rgb: Pixels, spec: InputSpec, place: int) -> int:
    """The place of a patch in an input, row by row, from its place among the patches of all windows."""
    if not is_large(rgb, spec):
        return place
    windows = windows_of(rgb.shape[:2], spec)
    columns, rows = windows[0].width // CELL, windows[0].height // CELL
    number, own = divmod(place, rows * columns)
    row, column = divmod(own, columns)
    window = windows[number]
    return (window.top // CELL + row) * (rgb.shape[1] // CELL) + window.left // CELL + column


def around_patch(rgb: Pixels, place: int) -> Pixels:
    """uint8 [SIDE, SIDE, 3] with a patch in the middle; black where the picture ends.

    ``rgb``: a model's input. ``place``: of the patch, row by row.
    """
    row, column = divmod(place, rgb.shape[1] // CELL)
    edge = AROUND * CELL
    padded = np.pad(rgb, ((edge, edge), (edge, edge), (0, 0)))
    return np.ascontiguousarray(padded[row * CELL : row * CELL + SIDE, column * CELL : column * CELL + SIDE])


def _webp(pixels: Pixels, quality: int) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="WEBP", quality=quality, method=2)
    return buffer.getvalue()
