"""A frame: one picture taken by one camera of one slab, and its identity on the wire."""

import hashlib
import re
import secrets
from typing import Annotated, Final

from msgspec import Meta

from marbleline.domain.clock import Clock, Time
from marbleline.domain.region import Region, region_of
from marbleline.domain.wire import UNSEARCHED, WireStruct
from marbleline.errors import SettingError, WireError

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


# 1 to 63 lower-case letters, digits and inner hyphens: fit for folders, routing keys and Kubernetes labels.
Name = Annotated[str, Meta(pattern="^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]
FromOne = Annotated[int, Meta(ge=1)]
DEFAULT_PRODUCT: Final = "marble"
"""The product of a message that names none."""

Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]


class Frame(WireStruct, frozen=True):
    """The identity of a picture from capture on. The picture's bytes travel beside it."""

    frame_id: Annotated[
        str,
        Meta(
            description="UUID version 7, made at capture; sorts by time", extra_json_schema={"format": "uuid"}
        ),
    ]
    line: Name
    camera: Name
    sequence: Annotated[
        int, Meta(ge=1, description="Per camera and spool without a gap: a missing number is a lost frame")
    ]
    captured_at: Annotated[Time, Meta(description="When the picture was captured")]
    sha256: Annotated[
        str,
        Meta(
            pattern="^([0-9a-f]{64})?$", description="Of the bytes as captured; empty if its file was damaged"
        ),
    ]
    size: Annotated[int, UNSEARCHED, Meta(ge=0, description="Bytes of the picture as captured")]
    deadline_ms: Annotated[
        int, UNSEARCHED, Meta(description="Milliseconds after capture within which a verdict is of use")
    ]
    slab_id: str | None = None
    origin: Annotated[
        str | None, Meta(description="Where the picture came from: a file's name, a stream's address")
    ] = None
    # Which part of which slab, where a trigger says so; a frame without ``tile`` is a slab of its own.
    station: Annotated[
        Name | None, Meta(description="Whose trigger it is: each station counts its own slabs")
    ] = None
    trigger: Annotated[
        FromOne | None,
        Meta(description="Sequence of the station's trigger, without a gap; the same for all tiles"),
    ] = None
    tile: Annotated[FromOne | None, Meta(description="Which picture of the slab, from 1 to tiles")] = None
    tiles: Annotated[FromOne | None, Meta(description="How many pictures make the slab")] = None
    encoder_start: Annotated[
        int | None, UNSEARCHED, Meta(description="The line's encoder at the picture's first column")
    ] = None
    encoder_end: Annotated[
        int | None, UNSEARCHED, Meta(description="The line's encoder at the picture's last column")
    ] = None
    product: Annotated[
        Name, Meta(description="What is inspected; given at capture, and judged by its model alone")
    ] = DEFAULT_PRODUCT
    region: Annotated[
        str | None,
        UNSEARCHED,
        Meta(
            description="Outline of what is judged: x,y shares of the upright picture, two opposite "
            "corners or a polygon; none: the whole picture"
        ),
    ] = None
    masks: Annotated[
        str | None,
        UNSEARCHED,
        Meta(description="Shapes in the region that are not judged, with ; between them"),
    ] = None

    def judged_region(self) -> Region | None:
        """What is judged of the picture; None: all of it. Raises WireError if the texts are none."""
        if not self.region and not self.masks:
            return None
        try:
            return region_of(self.region, self.masks)
        except ValueError as error:
            raise WireError(f"region {self.region!r}, masks {self.masks!r}: allowed is {error}") from error


def captured_at_of(frame_id: str) -> int:
    """When the frame with this id was captured, to the millisecond (microseconds UTC): RFC 9562, 5.7."""
    return int(frame_id[:8] + frame_id[9:13], 16) * 1000


def sha256_hex(content: bytes) -> str:
    """SHA-256 of the bytes, 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def check_name(kind: str, name: str) -> str:
    """A line's, camera's or product's name, fit for folders, routing keys and Kubernetes labels.

    Raises SettingError if it isn't 1 to 63 lower-case letters, digits and inner hyphens.
    """
    if not _NAME.fullmatch(name):
        raise SettingError(
            f"{kind} {name!r}: use 1 to 63 lower-case letters, digits and hyphens, not at either end"
        )
    return name


class FrameIds:
    """Makes frame ids: UUID version 7 (RFC 9562, section 5.7, method 3 for the sub-millisecond part).

    Within one instance each id sorts after the one before, even when the clock steps back.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0

    def __call__(self) -> str:
        """A new id, 36 characters."""
        # 48 bits of milliseconds and 12 bits of their fraction, counted as one number.
        micros = self._clock()
        stamp = (micros // 1000) << 12 | (micros % 1000) * 4096 // 1000
        stamp = max(stamp, self._last + 1)
        self._last = stamp
        tail = secrets.randbits(62)
        number = (stamp >> 12) << 80 | 0x7 << 76 | (stamp & 0xFFF) << 64 | 0b10 << 62 | tail
        digits = f"{number:032x}"
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
