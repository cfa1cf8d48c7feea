"""A slab: one physical piece, seen in one or more frames (its tiles), and what the line decides of it.

Positions on a slab are counted from its leading corner: ``x`` along the belt, ``y`` across it. They are in
millimetres where the camera is calibrated, else in shares of the slab's sides.

A message is declared once here; ``slab_verdict.schema.json`` beside this file and the stores' mapping and
columns follow from it.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, ClassVar, Final

from msgspec import Meta
from msgspec.structs import force_setattr, replace

from marbleline.domain.cell_outline import MOST_CORNERS
from marbleline.domain.clock import Time
from marbleline.domain.decision import REVIEW_REASONS, Decision
from marbleline.domain.frame import Frame, FromOne, Name
from marbleline.domain.model import DEFECTS, Probability
from marbleline.domain.wire import UNSEARCHED, WireStruct
from marbleline.errors import WireError

_At = Annotated[Time, UNSEARCHED]
_Length = Annotated[float, UNSEARCHED, Meta(ge=0)]
_Position = Annotated[float, UNSEARCHED]
_Count = Annotated[int, UNSEARCHED, Meta(ge=0)]

# Why a slab is not good although none of its tiles is faulty.
MISSING_TILE: Final = "missing_tile"
LATE_TILE: Final = "late_tile"
LATE: Final = "late"
REPEATED_TILE: Final = "repeated_tile"
CONTRADICTION: Final = "contradiction"
MIXED_PRODUCTS: Final = "mixed_products"
ENCODER_GAP: Final = "encoder_gap"
BELOW_LOWEST_GRADE: Final = "below_lowest_grade"

SLAB_REASONS: Final = {
    MISSING_TILE: "a tile of the slab has no verdict at the deadline",
    LATE_TILE: "a tile was judged after the deadline of its frame or of the slab",
    LATE: "the slab's own verdict was made after its deadline",
    REPEATED_TILE: "two different frames say that they are the same tile",
    CONTRADICTION: "the frames, or frames and trigger, disagree on the slab's id or its number of tiles",
    MIXED_PRODUCTS: "the frames are of different products, so that different models judged them",
    ENCODER_GAP: "by the encoder, a part of the slab lies between two tiles and was not seen",
    BELOW_LOWEST_GRADE: "the defects found exceed the limits of the recipe's lowest grade",
}
# For readers of the schema. A reader of ours also takes what only a newer worker knows.
_Reason = Annotated[str, Meta(extra_json_schema={"enum": [*SLAB_REASONS, *REVIEW_REASONS]})]


@dataclass(frozen=True, slots=True)
class TileIdentity:
    """Which part of which slab a picture shows; what a source says of it before it becomes a frame.

    ``tile``           from 1 to ``tiles``
    ``trigger``        sequence of the station's trigger, None where only the slab's id is known
    ``encoder_start``  the line's encoder at the picture's first and (``encoder_end``) last column
    """

    slab_id: str
    tile: int
    tiles: int
    trigger: int | None = None
    encoder_start: int | None = None
    encoder_end: int | None = None
    station: str | None = None

    def __post_init__(self) -> None:
        """Raises WireError if it can't be: no id, a tile beyond their number, an encoder that runs back."""
        if not self.slab_id:
            raise WireError("slab_id is empty: a tile belongs to a slab")
        if not 1 <= self.tile <= self.tiles:
            raise WireError(f"tile {self.tile} of {self.tiles}: tiles are counted from 1 to their number")
        if self.trigger is not None and self.trigger < 1:
            raise WireError(f"trigger {self.trigger}: triggers are counted from 1")
        if (self.encoder_start is None) is not (self.encoder_end is None):
            raise WireError("encoder: needs both start and end, or neither")
        start, end = self.encoder_start, self.encoder_end
        if start is not None and end is not None and end < start:
            raise WireError(f"encoder end {end} is before its start {start}")


class SlabTrigger(WireStruct, frozen=True):
    """A slab has come into view: what the trigger (PLC, light barrier, software) says of it.

    With it a slab of which no frame arrives is noticed too. A line has one trigger or several, each with a
    station's name and a sequence of its own.
    """

    line: Name
    slab_id: str
    trigger: FromOne
    at: Time
    tiles: FromOne
    encoder: int | None = None
    station: Name | None = None

    @property
    def key(self) -> str:
        """The ``slab_key`` of the slab."""
        return slab_key(self.line, self.station, self.slab_id, self.trigger)


class Unit(StrEnum):
    """What positions and lengths are counted in. Share: of the slab's sides, each of which is 1."""

    MM = "mm"
    SHARE = "share"


class SlabDefect(WireStruct, frozen=True):
    """One defect on the slab, merged from the tiles that show a part of it.

    It is known to within one cell of the heat map (``cell``): ``width``, ``height`` and ``area`` include the
    whole of each cell that the defect touches. In shares, which differ along and across the belt, ``length``
    says little: it is a measure in millimetres only.
    """

    defect: Annotated[str, Meta(extra_json_schema={"enum": list(DEFECTS)})]
    probability: Probability
    x: Annotated[_Position, Meta(description="Centre along the belt, weighted by how faulty each cell looks")]
    y: Annotated[_Position, Meta(description="Centre across the belt")]
    left: _Position
    top: _Position
    width: _Length
    height: _Length
    length: Annotated[_Length, Meta(description="Along its longest way from end to end")]
    area: _Length
    cell: Annotated[_Length, Meta(description="Longer side of a heat map cell: the resolution of all these")]
    tiles: Annotated[tuple[int, ...], Meta(description="The tiles that show it")]
    outline: Annotated[
        tuple[tuple[float, float], ...],
        Meta(
            description="Corners of a polygon around it, clockwise, x and y; empty from an older version",
            extra_json_schema={"maxItems": MOST_CORNERS},
        ),
    ] = ()


class SlabTile(WireStruct, frozen=True):
    """One tile of a slab: where it lies and what was decided of it, without frame and decision if missing."""

    tile: Annotated[int, UNSEARCHED, Meta(ge=1)]
    left: _Position
    top: _Position
    width: _Length
    height: _Length
    frame_id: str | None = None
    camera: str | None = None
    decision: Decision | None = None
    defect: str | None = None
    late: bool = False


class SlabVerdict(WireStruct, frozen=True, kw_only=True):
    """What the line decided of one slab, from the verdicts of its frames.

    One per trigger, or slab without one; of those with one ``slab_verdict_id`` the first counts.
    ``good`` only if every tile was seen, in time, and judged good.
    """

    slab_id: str
    line: Name
    station: Name | None = None
    trigger: FromOne | None = None
    encoder_start: Annotated[int | None, UNSEARCHED] = None
    encoder_end: Annotated[int | None, UNSEARCHED] = None
    triggered_at: Annotated[Time, Meta(description="The trigger's time, else the first capture")]
    decision: Decision
    defect: Annotated[
        str | None, Meta(description="Of the worst tile", extra_json_schema={"enum": [*DEFECTS, None]})
    ]
    grade: Annotated[str | None, Meta(description="By the recipe; null unless whole and calibrated")]
    reasons: Annotated[tuple[_Reason, ...], Meta(description="Why it is not good")]
    unit: Unit
    width: Annotated[_Length, Meta(description="Along the belt")]
    height: Annotated[_Length, Meta(description="Across the belt")]
    defects: tuple[SlabDefect, ...]
    tiles: tuple[SlabTile, ...]
    frames_seen: _Count
    frames_expected: _Count
    coverage: Annotated[
        float, UNSEARCHED, Meta(ge=0, le=100, description="Per cent of the slab that was judged")
    ]
    deadline_at: Annotated[_At, Meta(description="After this moment no gate opens for it")]
    decided_at: _At
    late: bool = False
    latency_ms: Annotated[float, UNSEARCHED, Meta(description="Trigger to decision")] = 0.0
    slab_verdict_id: str = ""

    time_field: ClassVar = "triggered_at"
    search_columns: ClassVar = {
        "slab_verdict_id": "slab_verdict_id",
        "slab_id": "slab_id",
        "line": "line",
        "station": "station",
        "trigger": "trigger",
        "triggered_at": "triggered_at",
        "decision": "decision",
        "defect": "defect",
        "grade": "grade",
        "frames_seen": "frames_seen",
        "late": "late",
    }

    def __post_init__(self) -> None:
        """Work out what follows from the other fields."""
        WireStruct.__post_init__(self)
        force_setattr(self, "late", self.decided_at > self.deadline_at)
        force_setattr(self, "latency_ms", (self.decided_at - self.triggered_at) / 1000)
        force_setattr(self, "slab_verdict_id", slab_key(self.line, self.station, self.slab_id, self.trigger))


def as_tile(frame: Frame, tile: TileIdentity) -> Frame:
    """The frame as a tile of a slab."""
    return replace(
        frame,
        slab_id=tile.slab_id,
        station=tile.station,
        trigger=tile.trigger,
        tile=tile.tile,
        tiles=tile.tiles,
        encoder_start=tile.encoder_start,
        encoder_end=tile.encoder_end,
    )


def slab_key(line: str, station: str | None, slab_id: str, trigger: int | None) -> str:
    """What tells one inspection of a slab from any other: its trigger, for a barcode may pass twice.

    Without a trigger it is the slab's id, which then has to be another one each time.
    """
    return f"{line}/{station or '-'}/{slab_id if trigger is None else f'#{trigger}'}"


def key_of_frame(frame: Frame) -> str:
    """The ``slab_key`` of the slab that a frame shows; a frame without slab is a slab of its own."""
    return slab_key(frame.line, frame.station, slab_id_of(frame), frame.trigger)


def slab_id_of(frame: Frame) -> str:
    """The slab's id, else one made of its trigger, else the frame's."""
    if frame.slab_id is not None:
        return frame.slab_id
    return frame.frame_id if frame.trigger is None else f"trigger-{frame.trigger}"
