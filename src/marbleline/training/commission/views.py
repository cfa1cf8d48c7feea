"""Further views of an answered picture: turned and mirrored, so that a few faulty answers teach more.

A defect is one whichever way the slab lies. Only teaching looks at them: a frame on the line is judged as it
comes, so they cost nothing there.
"""

from enum import StrEnum
from typing import Final

import numpy as np

from marbleline.domain.picture import Pixels


class PictureView(StrEnum):
    """How a picture is looked at; each keeps its width and height."""

    PLAIN = "plain"
    TURNED = "turned"
    MIRRORED = "mirrored"
    FLIPPED = "flipped"


FURTHER: Final = (PictureView.TURNED, PictureView.MIRRORED, PictureView.FLIPPED)
"""The views beside the plain one, in the order in which they are taken."""

_MOST_PICTURES: Final = 600
"""Further views are looked at for no more pictures together than this: more answers need them less."""


def further_views(pictures: int) -> tuple[PictureView, ...]:
    """The views to take of each of so many answered pictures, good and faulty alike.

    The same of both sides: else heads would tell turned pictures from plain ones.
    """
    return FURTHER[: _MOST_PICTURES // max(1, pictures)]


def view_of(image: Pixels, view: PictureView) -> Pixels:
    """uint8 [height, width, 3] in this view: turned upside down, mirrored left to right or top to bottom."""
    match view:
        case PictureView.PLAIN:
            found = image
        case PictureView.TURNED:
            found = image[::-1, ::-1]
        case PictureView.MIRRORED:
            found = image[:, ::-1]
        case PictureView.FLIPPED:
            found = image[::-1]
    return np.ascontiguousarray(found)
