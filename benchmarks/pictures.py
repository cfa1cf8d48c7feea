"""The pictures that every row measures with: synthetic slabs, 640x480, about 100 KB of JPEG each."""

import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Final

from PIL import Image

from marbleline.synthetic import draw

COUNT: Final = 24
SIZE: Final = (480, 640)
_QUALITY: Final = 98


@cache
def pictures() -> tuple[bytes, ...]:
    """Their bytes; the same on every machine."""
    return tuple(_jpeg(seed) for seed in range(COUNT))


@contextmanager
def folder_of_pictures() -> Iterator[Path]:
    """A folder that holds them, for a camera to replay."""
    with tempfile.TemporaryDirectory(prefix="marbleline-bench-") as name:
        folder = Path(name)
        for number, content in enumerate(pictures()):
            (folder / f"slab-{number:03}.jpg").write_bytes(content)
        yield folder


def _jpeg(seed: int) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(draw(seed, SIZE).rgb).save(buffer, format="JPEG", quality=_QUALITY)
    return buffer.getvalue()
