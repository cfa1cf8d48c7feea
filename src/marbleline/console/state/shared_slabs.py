"""Which cameras show the same slabs, and which of them are, or would be, of another product.

A slab whose frames are of different products never ends in good (``domain.slab_fold``). Only its frames tell
which cameras show the same slab, so that this is known once a slab has passed them.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from marbleline.domain.camera_setup import CameraSetup
from marbleline.domain.frame import Frame
from marbleline.domain.slab import key_of_frame
from marbleline.domain.verdict import Verdict

PRODUCT: Final = "camera_product"
"""The setting that gives a camera a product of its own."""


def of_another_product(recent: Iterable[Verdict], camera: str) -> dict[str, str]:
    """Other cameras -> their product, where the newest slab that they share with this one has both.

    ``recent``: newest first.
    """
    return {
        other.camera: other.product for own, other in _sharing(recent, camera) if other.product != own.product
    }


def would_be_of_another_product(
    recent: Iterable[Verdict], setups: Sequence[CameraSetup], camera: str, wanted: str
) -> dict[str, str]:
    """Other cameras of the same slabs -> their product, where it is not what is wanted for this one.

    ``setups``  what is set of cameras in the console; of others their frames tell the product
    ``wanted``  and what is returned: empty for the line's, which a switch of the line changes
    """
    set_here = {one.camera: one.texts().get(PRODUCT, "") for one in setups if one.settings}
    found = {}
    for _, other in _sharing(recent, camera):
        product = set_here.get(other.camera)
        if product is None:
            # Of a camera that is set elsewhere it is not known whether it follows the line.
            product = other.product if wanted else ""
        if product != wanted:
            found[other.camera] = product
    return found


def _sharing(recent: Iterable[Verdict], camera: str) -> list[tuple[Frame, Frame]]:
    """Of the newest slab that this camera shares with each other one: its frame, and the other's."""
    tiles = [one.frame for one in recent if one.frame.tile is not None]
    own: dict[str, Frame] = {}
    others: dict[str, Frame] = {}
    for frame in tiles:
        if frame.camera == camera:
            own.setdefault(key_of_frame(frame), frame)
    for frame in tiles:
        if frame.camera != camera and key_of_frame(frame) in own:
            others.setdefault(frame.camera, frame)
    return [(own[key_of_frame(frame)], frame) for frame in others.values()]
