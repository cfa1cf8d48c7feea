"""Further views of an answered picture: turned and mirrored, so that a few faulty answers teach more.

A defect is one whichever way the slab lies. Only teaching looks at them: a frame on the line is judged as it
comes, so they cost nothing there.
"""

from enum import StrEnum
from typing import Final

import numpy as np

from marbleline.domain.picture import Pixels


class View(StrEnum):
    """How a picture is looked at; each keeps its width and height."""

    PLAIN = "plain"
    TURNED = "turned"
    MIRRORED = "mirrored"
    FLIPPED = "flipped"


FURTHER: Final = (View.TURNED, View.MIRRORED, View.FLIPPED)
"""The views beside the plain one, in the order in which they are taken."""

_MOST_PICTURES: Final = 600
"""Further views are looked at for no more pictures together than this: more answers need them less."""


def further_views(pictures: int) -> tuple[View, ...]:
    """The views to take of each of so many answered pictures, good and faulty alike.

    The same of both sides: else heads would tell turned pictures from plain ones.
    """
    return FURTHER[: _MOST_PICTURES // max(1, pictures)]


def view_of(image: Pixels, view: View) -> Pixels:
    """uint8 [height, width, 3] in this view: turned upside down, mirrored left to right or top to bottom."""
    match view:
        case View.PLAIN:
            found = image
        case View.TURNED:
            found = image[::-1, ::-1]
        case View.MIRRORED:
            found = image[:, ::-1]
        case View.FLIPPED:
            found = image[::-1]
    return np.ascontiguousarray(found)
