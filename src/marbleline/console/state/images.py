"""Pictures for the screen: the heat map as a layer over the slab, small pictures for the strip.

All are functions of a verdict and are kept for all tabs together, so ten tabs cost what one does.
"""

import base64
import io
from functools import lru_cache
from typing import Final

import numpy as np
from PIL import Image

from marbleline.domain.model import Floats
from marbleline.domain.verdict import Heatmap, Verdict

HEAT_FROM: Final = 0.25
"""Cells less faulty than this are not shown: a screen full of faint colour says nothing."""

_LAYER_WIDTH: Final = 400
_SMALL: Final = (160, 120)
# From amber through red to magenta: seen on white, black, green and beige stone, and distinguished by
# lightness alone.
_STRENGTHS: Final = np.array([0.0, 0.5, 1.0])
_COLOURS: Final = np.array([[255, 190, 0], [255, 72, 10], [226, 0, 116]], dtype=np.float64)
_EDGE: Final = 0.5


def picture_uri(verdict: Verdict) -> str | None:
    """The slab's thumbnail as an address, None if the verdict carries none that can be shown."""
    return _jpeg_uri(verdict.thumbnail)


def small_uri(verdict: Verdict) -> str | None:
    """The thumbnail made smaller still, about 4 KB, for the strip and the cards."""
    return _small_uri(verdict.thumbnail)


def heat_uri(verdict: Verdict) -> str | None:
    """The heat map as a PNG to be laid over the slab; None if no cell is hot enough to be shown."""
    return _heat_uri(verdict.heatmap, verdict.width / max(1, verdict.height))


def heat_layer(heatmap: Heatmap, aspect: float) -> Image.Image | None:
    """RGBA picture of what matters: colour and alpha by strength, a thin line around what is more likely
    faulty than not. ``aspect`` is the slab's width by its height. None if nothing is to be shown.
    """
    if heatmap.rows * heatmap.columns != len(heatmap.cells) or not heatmap.cells:
        return None
    cells = np.frombuffer(heatmap.cells, np.uint8).reshape(heatmap.rows, heatmap.columns)
    if cells.max() < HEAT_FROM * 255:
        return None
    size = (_LAYER_WIDTH, max(2, round(_LAYER_WIDTH / aspect)))
    upscaled = Image.fromarray(cells).resize(size, Image.Resampling.BICUBIC)
    smooth: Floats = np.asarray(upscaled, np.float32) / np.float32(255)
    strength = np.clip((smooth - HEAT_FROM) / (1 - HEAT_FROM), 0, 1)
    colour = np.stack([np.interp(strength, _STRENGTHS, _COLOURS[:, c]) for c in range(3)], axis=-1)
    # The stone has to be seen through it: the defect itself is what the operator looks for.
    alpha = (0.15 + 0.4 * strength) * np.clip(strength / 0.15, 0, 1)
    edge = _line(smooth, _EDGE)
    colour = colour * (1 - edge[..., None]) + _COLOURS[-1] * edge[..., None]
    return Image.fromarray(np.dstack([colour, np.maximum(alpha, edge) * 255]).astype(np.uint8))


def _line(field: Floats, level: float) -> Floats:
    """How much of each pixel, 0 to 1, lies on a line two pixels wide where the field has this level."""
    down, across = np.gradient(field)
    distance = np.abs(field - level) / np.maximum(np.hypot(down, across), 1e-3)
    return np.asarray(np.clip(1.6 - distance, 0, 1), np.float32)


@lru_cache(maxsize=64)
def _heat_uri(heatmap: Heatmap, aspect: float) -> str | None:
    layer = heat_layer(heatmap, aspect)
    if layer is None:
        return None
    buffer = io.BytesIO()
    layer.quantize(64, method=Image.Quantize.FASTOCTREE).save(buffer, format="PNG")
    return data_uri("image/png", buffer.getvalue())


@lru_cache(maxsize=32)
def _jpeg_uri(thumbnail: bytes) -> str | None:
    return data_uri("image/jpeg", thumbnail) if _is_jpeg(thumbnail) else None


@lru_cache(maxsize=256)
def _small_uri(thumbnail: bytes) -> str | None:
    if not _is_jpeg(thumbnail):
        return None
    try:
        with Image.open(io.BytesIO(thumbnail), formats=("JPEG",)) as image:
            image.draft("RGB", _SMALL)
            image.thumbnail(_SMALL)
            buffer = io.BytesIO()
            image.convert("RGB").save(buffer, format="JPEG", quality=72)
    except Exception:  # Pillow's decoders raise a dozen types; each means: no picture
        return None
    return data_uri("image/jpeg", buffer.getvalue())


def _is_jpeg(content: bytes) -> bool:
    return content.startswith(b"\xff\xd8")


def data_uri(media_type: str, content: bytes) -> str:
    """The content as an address, so that a page needs nothing from elsewhere."""
    return f"data:{media_type};base64,{base64.b64encode(content).decode()}"
