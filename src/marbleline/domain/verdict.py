"""A verdict: what the line decided of one frame, with all the evidence.

The class is the one declaration: ``verdict.schema.json`` beside this file, the stores' mapping and columns
follow from it.
"""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Final

import numpy as np
import numpy.typing as npt
from msgspec import Meta
from msgspec.structs import force_setattr

from marbleline.domain.clock import Time
from marbleline.domain.decision import REVIEW_REASONS, Decision, Judgement
from marbleline.domain.defect_regions import MOST_REGIONS, DefectRegion, find_regions
from marbleline.domain.encoded import Encoded
from marbleline.domain.frame import Frame, Sha256
from marbleline.domain.model import (
    CLASSES,
    DEFECTS,
    Floats,
    JudgedWindows,
    Manifest,
    Prediction,
    Probability,
    Thresholds,
)
from marbleline.domain.quality import Quality
from marbleline.domain.region import WHOLE, Region
from marbleline.domain.region_cells import cells_of_whole
from marbleline.domain.strangest_patch import StrangestPatch, patch_in_picture
from marbleline.domain.wire import UNSEARCHED, WireStruct

_Pixels = Annotated[int, UNSEARCHED, Meta(ge=1, description="Pixels of the picture, upright")]
_At = Annotated[Time, UNSEARCHED]
# For readers of the schema. A reader of ours also takes what only a newer worker knows.
_DEFECTS: Final = Meta(extra_json_schema={"enum": [*DEFECTS, None]})
_Reason = Annotated[str, Meta(extra_json_schema={"enum": list(REVIEW_REASONS)})]
_SCORES: Final = Meta(extra={"keys": CLASSES}, extra_json_schema={"required": list(CLASSES)})


class ModelRef(WireStruct, frozen=True):
    """Which model gave the scores, and what ran it."""

    name: str
    version: Annotated[int, Meta(ge=1)]
    digest: Sha256
    runtime: Annotated[str, Meta(description="litert or tensorflow-serving")]
    fallback: Annotated[
        bool, Meta(description="The model server was away and the publisher judged by itself")
    ] = False


class Stages(WireStruct, frozen=True):
    """When each stage handled the frame."""

    captured_at: _At
    encoder_taken_at: _At
    encoded_at: _At
    publisher_taken_at: _At
    classified_at: _At
    decided_at: _At


class Heatmap(WireStruct, frozen=True):
    """How faulty each cell looks."""

    rows: Annotated[int, UNSEARCHED, Meta(ge=0)]
    columns: Annotated[int, UNSEARCHED, Meta(ge=0)]
    cells: Annotated[bytes, Meta(description="rows x columns bytes, row by row, 255 = certainly faulty")]

    def grid(self) -> npt.NDArray[np.uint8]:
        """[rows, columns]; without rows or columns if there are not as many cells as it says."""
        if self.rows * self.columns != len(self.cells):
            return np.zeros((0, 0), np.uint8)
        return np.frombuffer(self.cells, np.uint8).reshape(self.rows, self.columns)


class Windows(WireStruct, frozen=True):
    """Of a picture that was judged in windows: how many there were, and where the one that decided lies."""

    judged: Annotated[int, Meta(ge=1)]
    left: Annotated[int, UNSEARCHED, Meta(ge=0, description="Pixels of the picture, upright")]
    top: Annotated[int, UNSEARCHED, Meta(ge=0)]
    width: _Pixels
    height: _Pixels


class Verdict(WireStruct, frozen=True):
    """What the line decided of one frame, with all the evidence.

    One per frame and model version; equal frame ids mean the same verdict.
    """

    frame: Frame
    width: _Pixels
    height: _Pixels
    media_type: str
    quality: Quality
    decision: Decision
    defect: Annotated[str | None, Meta(description="The likeliest; null for a good slab"), _DEFECTS]
    reasons: Annotated[tuple[_Reason, ...], Meta(description="Why a person is asked")]
    scores: Annotated[Mapping[str, Probability], _SCORES]
    anomaly: Annotated[float, Meta(description="How unlike any good slab it looks")]
    faulty_probability: Probability
    heatmap: Heatmap
    model: ModelRef
    thresholds: Thresholds
    stages: Stages
    thumbnail: Annotated[bytes, Meta(extra_json_schema={"contentMediaType": "image/jpeg"})]
    # What follows from the above, worked out whenever a verdict is made or read.
    deadline_at: Annotated[_At, Meta(description="After this moment the verdict is of no use")] = 0
    late: bool = False
    lateness_ms: Annotated[float, UNSEARCHED, Meta(ge=0, description="0 when in time")] = 0.0
    latency_ms: Annotated[
        float, UNSEARCHED, Meta(description="Capture to decision; below 0 only if a clock was set back")
    ] = 0.0
    windows: Annotated[Windows | None, Meta(description="Null: judged in one piece")] = None
    defects: Annotated[
        tuple[DefectRegion, ...],
        Meta(
            description="Where it looks faulty, likeliest first; none of a good slab",
            extra_json_schema={"maxItems": MOST_REGIONS},
        ),
    ] = ()
    strangest: Annotated[
        StrangestPatch | None, Meta(description="Null of a good slab, and of a model without normal patches")
    ] = None

    time_field: ClassVar = "frame.captured_at"
    search_columns: ClassVar = {
        "frame_id": "frame.frame_id",
        "line": "frame.line",
        "camera": "frame.camera",
        "sequence": "frame.sequence",
        "slab_id": "frame.slab_id",
        "station": "frame.station",
        "trigger": "frame.trigger",
        "product": "frame.product",
        "captured_at": "frame.captured_at",
        "decision": "decision",
        "defect": "defect",
        "faulty_probability": "faulty_probability",
        "model_version": "model.version",
        "late": "late",
    }

    def __post_init__(self) -> None:
        """Work out what follows from the other fields."""
        decided_at, deadline_at = (
            self.stages.decided_at,
            self.frame.captured_at + self.frame.deadline_ms * 1000,
        )
        force_setattr(self, "deadline_at", Time(deadline_at))
        force_setattr(self, "late", decided_at > deadline_at)
        force_setattr(self, "lateness_ms", max(0, decided_at - deadline_at) / 1000)
        force_setattr(self, "latency_ms", (decided_at - self.stages.captured_at) / 1000)


def make_verdict(
    encoded: Encoded,
    prediction: Prediction,
    judgement: Judgement,
    model: ModelRef,
    thresholds: Thresholds,
    stages: Stages,
) -> Verdict:
    """Put a verdict together from what the stages made."""
    region = encoded.frame.judged_region()
    heatmap = heatmap_of(prediction.heatmap, region)
    return Verdict(
        frame=encoded.frame,
        width=encoded.width,
        height=encoded.height,
        media_type=encoded.media_type,
        quality=encoded.quality,
        decision=judgement.decision,
        defect=judgement.defect,
        reasons=judgement.reasons,
        scores={name: round(float(score), 6) for name, score in zip(CLASSES, prediction.scores, strict=True)},
        anomaly=round(prediction.anomaly, 6),
        faulty_probability=round(judgement.faulty_probability, 6),
        heatmap=heatmap,
        model=model,
        thresholds=thresholds,
        stages=stages,
        thumbnail=encoded.thumbnail,
        windows=windows_in_picture(prediction.windows, encoded.width, encoded.height, region),
        defects=find_regions(heatmap.grid(), judgement.decision, judgement.defect),
        strangest=None
        if judgement.decision is Decision.GOOD
        else patch_in_picture(prediction.strangest, region),
    )


def windows_in_picture(
    windows: JudgedWindows | None, width: int, height: int, region: Region | None = None
) -> Windows | None:
    """In pixels of a picture of this size, of which the input shows the region's box."""
    if windows is None:
        return None
    x, y, right, bottom = (region or WHOLE).pixel_box(width, height)
    first_x, first_y, last_x, last_y = windows.worst
    left, top = x + round(first_x * (right - x)), y + round(first_y * (bottom - y))
    return Windows(
        judged=windows.judged,
        left=left,
        top=top,
        width=x + round(last_x * (right - x)) - left,
        height=y + round(last_y * (bottom - y)) - top,
    )


def heatmap_of(heatmap: Floats, region: Region | None = None) -> Heatmap:
    """From float32 [rows, columns, classes] probabilities to bytes of 1 - p(good) per cell.

    ``region``: what the probabilities are of; the cells are always those of the whole picture.
    """
    faulty = np.clip(np.rint((1.0 - heatmap[:, :, 0]) * 255), 0, 255).astype(np.uint8)
    if region is not None:
        faulty = cells_of_whole(region, faulty)
    rows, columns = faulty.shape
    return Heatmap(rows=rows, columns=columns, cells=faulty.tobytes())


def model_ref(manifest: Manifest, runtime: str, *, fallback: bool = False) -> ModelRef:
    """How a verdict names the model of this manifest."""
    return ModelRef(manifest.name, manifest.version, manifest.digest, runtime, fallback)
