"""What was judged of a labelled picture, as a picture of its own to learn from.

It is cut and filled by the code that makes the model's input of it on the line, at the picture's own size.
"""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from marbleline.domain.picture import read
from marbleline.domain.region_cells import kept_pixels
from marbleline.domain.region_fill import fill_gaps
from marbleline.domain.verdict import Verdict


def judged_part(content: bytes, verdict: Verdict | None) -> bytes:
    """The picture's bytes as they are, or a PNG of the region that the verdict is about.

    Raises PictureError, WireError.
    """
    region = None if verdict is None else verdict.frame.judged_region()
    if region is None:
        return content
    rgb = read(content).rgb
    left, top, right, bottom = region.pixel_box(rgb.shape[1], rgb.shape[0])
    part = np.ascontiguousarray(rgb[top:bottom, left:right])
    buffer = io.BytesIO()
    Image.fromarray(fill_gaps(part, kept_pixels(region, *part.shape[:2]))).save(buffer, format="PNG")
    return buffer.getvalue()
