"""What people set of a camera on the running line: its region and masks. Changes are only ever added.

The newest change of a camera counts, so every change is a version, has an author, and can be taken back.
"""

from typing import Annotated, ClassVar, Final

from msgspec import Meta

from marbleline.domain.clock import Time
from marbleline.domain.frame import FrameIds, Name, check_name
from marbleline.domain.region import masks_of, masks_text, outline_of, shape_text
from marbleline.domain.wire import UNSEARCHED, WireStruct
from marbleline.errors import SettingError

_MOST_BY: Final = 200


class CameraSetup(WireStruct, frozen=True, kw_only=True):
    """From now on this is judged of the camera's pictures.

    ``setup_id``         sorts by time: of two changes of a camera the one with the higher id counts
    ``region``, ``masks``  as in ``Frame``; None: the whole picture, no masks
    ``by``               who changed it, ``at`` when (microseconds UTC)
    ``reverts_to``       the earlier change that this one brought back; None: it is none of that kind
    """

    setup_id: str
    line: Name
    camera: Name
    region: Annotated[str | None, UNSEARCHED] = None
    masks: Annotated[str | None, UNSEARCHED] = None
    by: Annotated[str, Meta(min_length=1, max_length=_MOST_BY)]
    at: Time
    reverts_to: str | None = None

    time_field: ClassVar = "at"
    search_columns: ClassVar = {"setup_id": "setup_id", "line": "line", "camera": "camera", "at": "at"}


def new_setup(
    line: str, camera: str, region: str, masks: str, by: str, at: int, reverts_to: str | None = None
) -> CameraSetup:
    """A change that is made now; empty texts: the whole picture, no masks.

    Raises SettingError for a name that is none, an empty ``by``, and naming the text that is wrong.
    """
    check_name("line", line)
    check_name("camera", camera)
    if not by.strip() or len(by) > _MOST_BY:
        raise SettingError(f"by is {by!r}: say who changes it, in 1 to {_MOST_BY} characters")
    try:
        outline = shape_text(outline_of(region))
    except ValueError as error:
        raise SettingError(f"region is {region!r}: allowed is {error}") from error
    try:
        left_out = masks_text(masks_of(masks))
    except ValueError as error:
        raise SettingError(f"masks is {masks!r}: allowed is {error}") from error
    return CameraSetup(
        setup_id=FrameIds(lambda: at)(),
        line=line,
        camera=camera,
        region=outline or None,
        masks=left_out or None,
        by=by,
        at=Time(at),
        reverts_to=reverts_to,
    )
