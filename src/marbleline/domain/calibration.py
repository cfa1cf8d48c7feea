"""Calibration of a camera: how many millimetres a pixel covers, how sure that is, and until when."""

from typing import Annotated

from msgspec import Meta

from marbleline.domain.clock import Time
from marbleline.domain.frame import Name
from marbleline.domain.wire import WireStruct


class Calibration(WireStruct, frozen=True, kw_only=True):
    """What was measured of a printed board on the belt, in the plane of the slab's face.

    ``mm_per_pixel``    of a picture of ``width`` x ``height`` pixels
    ``residual_px``     root mean square distance of the board's corners from where the scale puts them
    ``corners``         how many were found
    ``calibrated_at``   ``expires_at``: after that positions are in shares again until it is repeated
    """

    camera: Name
    mm_per_pixel: Annotated[float, Meta(gt=0)]
    residual_px: Annotated[float, Meta(ge=0)]
    corners: Annotated[int, Meta(ge=4)]
    width: Annotated[int, Meta(ge=1)]
    height: Annotated[int, Meta(ge=1)]
    calibrated_at: Time
    expires_at: Time

    def expired(self, now: int) -> bool:
        """Whether it is too old at ``now`` (microseconds UTC)."""
        return now >= self.expires_at

    def scale_for(self, width: int, now: int) -> float | None:
        """Millimetres per pixel of a picture of this width by the same lens; None once it has expired."""
        return None if self.expired(now) else self.mm_per_pixel * self.width / width
