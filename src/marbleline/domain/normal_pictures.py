"""Small pictures of a product's normal patches, kept with the version that knows them."""

import io
import zipfile
from collections.abc import Sequence
from typing import Final

import numpy as np

from marbleline.domain.product_features import CELL
from marbleline.errors import ModelError

NORMAL_PICTURES_FILE: Final = "normal_patches.npz"

AROUND: Final = 2
"""Cells of the model's input that are shown on each side of a patch: a patch alone tells an eye little."""

SIDE: Final = (1 + 2 * AROUND) * CELL
"""Pixels of a picture each way, with the patch in its middle."""

MOST_BYTES: Final = 1_048_576
"""Of all pictures of a version."""


def to_bytes(pictures: Sequence[bytes]) -> bytes:
    """The content of ``NORMAL_PICTURES_FILE``: WebP pictures by the number of the patch, b"" where none is.

    Raises ModelError if they are more than ``MOST_BYTES``.
    """
    content = b"".join(pictures)
    if len(content) > MOST_BYTES:
        raise ModelError(f"pictures of normal patches: {len(content)} bytes, the limit is {MOST_BYTES}")
    buffer = io.BytesIO()
    ends = np.cumsum([len(one) for one in pictures], dtype=np.int64)
    np.savez(buffer, content=np.frombuffer(content, np.uint8), ends=ends)
    return buffer.getvalue()


def picture_of(content: bytes, number: int, where: str) -> bytes | None:
    """The picture of a patch out of what ``to_bytes`` made; None if there is none of this number.

    ``where`` names the file in errors. Raises ModelError.
    """
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            pictures, ends = file["content"].tobytes(), [0, *file["ends"].tolist()]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ModelError(f"{where}: holds no pictures of normal patches: {error}") from error
    if not 0 <= number < len(ends) - 1:
        return None
    return pictures[ends[number] : ends[number + 1]] or None
