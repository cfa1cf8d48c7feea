"""Which product a line inspects: a switch is what somebody asked for, a change how a camera followed it."""

from typing import Annotated, ClassVar

from msgspec import Meta
from msgspec.structs import force_setattr

from marbleline.domain.clock import Time
from marbleline.domain.frame import FrameIds, Name, check_name
from marbleline.domain.wire import WireStruct
from marbleline.errors import SettingError

_MOST_BY = 200


class ProductSwitch(WireStruct, frozen=True, kw_only=True):
    """From now on the line inspects this product.

    ``switch_id``  sorts by time: of two switches the one with the higher id counts
    ``by``         who asked for it, ``at`` when (microseconds UTC)
    """

    switch_id: str
    line: Name
    product: Name
    by: Annotated[str, Meta(min_length=1, max_length=_MOST_BY)]
    at: Time


class ProductChange(WireStruct, frozen=True, kw_only=True):
    """A camera follows a switch: from ``first_sequence`` on its frames are of the new product.

    ``before``        the product of the frames before it
    ``change_id``     worked out: one for each switch and camera
    ``effective_at``  when the camera took it up (microseconds UTC)
    """

    switch: ProductSwitch
    camera: Name
    before: Name
    first_sequence: Annotated[int, Meta(ge=1)]
    effective_at: Time
    change_id: str = ""

    time_field: ClassVar = "effective_at"
    search_columns: ClassVar = {
        "change_id": "change_id",
        "line": "switch.line",
        "camera": "camera",
        "product": "switch.product",
        "effective_at": "effective_at",
    }

    def __post_init__(self) -> None:
        """Work out the id."""
        WireStruct.__post_init__(self)
        force_setattr(self, "change_id", f"{self.switch.switch_id}/{self.camera}")


def new_switch(line: str, product: str, by: str, at: int) -> ProductSwitch:
    """A switch that is asked for now. Raises SettingError for a name that is none, or an empty ``by``."""
    check_name("line", line)
    check_name("product", product)
    if not by.strip() or len(by) > _MOST_BY:
        raise SettingError(f"by is {by!r}: say who switches the product, in 1 to {_MOST_BY} characters")
    return ProductSwitch(switch_id=FrameIds(lambda: at)(), line=line, product=product, by=by, at=at)
