"""A verdict: what the line decided of one frame, with all the evidence, and its JSON form.

The JSON Schema beside this file (``verdict.schema.json``) is the published form; the tests hold the
two together.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources

import numpy as np

from marbleline.domain.clock import from_iso, to_iso
from marbleline.domain.decision import Decision, Ruling
from marbleline.domain.encoded import Encoded
from marbleline.domain.frame import Frame
from marbleline.domain.model import CLASSES, Floats, Manifest, Prediction, Thresholds
from marbleline.domain.quality import Quality
from marbleline.domain.wire import (
    SCHEMA_VERSION,
    check_version,
    flag,
    integer,
    mapping,
    number,
    optional_text,
    text,
)
from marbleline.errors import ModelError, WireError


@dataclass(frozen=True, slots=True)
class ModelRef:
    """Which model gave the scores, and what ran it (``litert`` or ``tensorflow-serving``).

    ``fallback``: the model server was away and the publisher judged by itself.
    """

    name: str
    version: int
    digest: str
    runtime: str
    fallback: bool = False


@dataclass(frozen=True, slots=True)
class Stages:
    """When each stage handled the frame, microseconds since 1970 in UTC."""

    captured_at: int
    encoder_taken_at: int
    encoded_at: int
    publisher_taken_at: int
    classified_at: int
    decided_at: int


@dataclass(frozen=True, slots=True)
class Heatmap:
    """How faulty each cell looks: ``cells`` holds rows x columns bytes, row by row, 255 = certain."""

    rows: int
    columns: int
    cells: bytes


@dataclass(frozen=True, slots=True)
class Verdict:
    """One per frame and model version. Equal frame ids mean the same verdict."""

    frame: Frame
    width: int
    height: int
    media_type: str
    quality: Quality
    decision: Decision
    defect: str | None
    reasons: tuple[str, ...]
    scores: Mapping[str, float]
    anomaly: float
    faulty_probability: float
    heatmap: Heatmap
    model: ModelRef
    thresholds: Thresholds
    stages: Stages
    thumbnail: bytes = field(default=b"", repr=False)

    @property
    def deadline_at(self) -> int:
        """After this moment the verdict is of no use to the line."""
        return self.frame.captured_at + self.frame.deadline_ms * 1000

    @property
    def lateness_ms(self) -> float:
        """Milliseconds after the deadline; 0 when in time."""
        return max(0, self.stages.decided_at - self.deadline_at) / 1000

    @property
    def late(self) -> bool:
        """Whether the deadline had passed."""
        return self.stages.decided_at > self.deadline_at

    @property
    def latency_ms(self) -> float:
        """Milliseconds from capture to decision."""
        return (self.stages.decided_at - self.stages.captured_at) / 1000

    def to_json(self) -> bytes:
        """The wire form, UTF-8."""
        return json.dumps(self.to_document(), separators=(",", ":")).encode()

    def to_document(self) -> dict[str, object]:
        """The JSON form as a dict; times as ISO 8601 UTC, bytes as Base64."""
        frame = self.frame
        return {
            "schema_version": SCHEMA_VERSION,
            "frame_id": frame.frame_id,
            "line": frame.line,
            "camera": frame.camera,
            "sequence": frame.sequence,
            "slab_id": frame.slab_id,
            "origin": frame.origin,
            "picture": {
                "sha256": frame.sha256,
                "size": frame.size,
                "width": self.width,
                "height": self.height,
                "media_type": self.media_type,
                "brightness": self.quality.brightness,
                "contrast": self.quality.contrast,
                "sharpness": self.quality.sharpness,
            },
            "decision": self.decision.value,
            "defect": self.defect,
            "reasons": list(self.reasons),
            "scores": dict(self.scores),
            "anomaly": self.anomaly,
            "faulty_probability": self.faulty_probability,
            "heatmap": {
                "rows": self.heatmap.rows,
                "columns": self.heatmap.columns,
                "cells": base64.b64encode(self.heatmap.cells).decode(),
            },
            "model": {
                "name": self.model.name,
                "version": self.model.version,
                "digest": self.model.digest,
                "runtime": self.model.runtime,
                "fallback": self.model.fallback,
            },
            "thresholds": {
                "good_upto": self.thresholds.good_upto,
                "faulty_from": self.thresholds.faulty_from,
                "anomaly_upto": self.thresholds.anomaly_upto,
            },
            "stages": {name: to_iso(getattr(self.stages, name)) for name in Stages.__slots__},
            "deadline_ms": frame.deadline_ms,
            "deadline_at": to_iso(self.deadline_at),
            "late": self.late,
            "lateness_ms": self.lateness_ms,
            "latency_ms": self.latency_ms,
            "thumbnail": base64.b64encode(self.thumbnail).decode(),
        }

    @classmethod
    def from_json(cls, body: bytes) -> "Verdict":
        """The inverse of ``to_json``. Raises WireError."""
        try:
            fields = json.loads(body)
        except ValueError as error:
            raise WireError(f"verdict is not JSON: {error}") from error
        if not isinstance(fields, Mapping):
            raise WireError("verdict is not a JSON object")
        return cls.from_document(fields)

    @classmethod
    def from_document(cls, fields: Mapping[str, object]) -> "Verdict":
        """The inverse of ``to_document``. Raises WireError naming the field that is wrong."""
        check_version(fields)
        picture, heatmap = mapping(fields, "picture"), mapping(fields, "heatmap")
        model = mapping(fields, "model")
        stages = {name: from_iso(text(mapping(fields, "stages"), name)) for name in Stages.__slots__}
        scores = mapping(fields, "scores")
        return cls(
            frame=Frame(
                frame_id=text(fields, "frame_id"),
                line=text(fields, "line"),
                camera=text(fields, "camera"),
                sequence=integer(fields, "sequence"),
                captured_at=stages["captured_at"],
                sha256=text(picture, "sha256"),
                size=integer(picture, "size"),
                deadline_ms=integer(fields, "deadline_ms"),
                slab_id=optional_text(fields, "slab_id"),
                origin=optional_text(fields, "origin"),
            ),
            width=integer(picture, "width"),
            height=integer(picture, "height"),
            media_type=text(picture, "media_type"),
            quality=Quality(
                brightness=number(picture, "brightness"),
                contrast=number(picture, "contrast"),
                sharpness=number(picture, "sharpness"),
            ),
            decision=_decision(text(fields, "decision")),
            defect=optional_text(fields, "defect"),
            reasons=_texts(fields, "reasons"),
            scores={name: number(scores, name) for name in scores},
            anomaly=number(fields, "anomaly"),
            faulty_probability=number(fields, "faulty_probability"),
            heatmap=Heatmap(integer(heatmap, "rows"), integer(heatmap, "columns"), _bytes(heatmap, "cells")),
            model=ModelRef(
                name=text(model, "name"),
                version=integer(model, "version"),
                digest=text(model, "digest"),
                runtime=text(model, "runtime"),
                fallback=flag(model, "fallback"),
            ),
            thresholds=_thresholds(mapping(fields, "thresholds")),
            stages=Stages(**stages),
            thumbnail=_bytes(fields, "thumbnail"),
        )


def make_verdict(
    encoded: Encoded,
    prediction: Prediction,
    ruling: Ruling,
    model: ModelRef,
    thresholds: Thresholds,
    stages: Stages,
) -> Verdict:
    """Put a verdict together from what the stages made."""
    return Verdict(
        frame=encoded.frame,
        width=encoded.width,
        height=encoded.height,
        media_type=encoded.media_type,
        quality=encoded.quality,
        decision=ruling.decision,
        defect=ruling.defect,
        reasons=ruling.reasons,
        scores={name: round(float(score), 6) for name, score in zip(CLASSES, prediction.scores, strict=True)},
        anomaly=round(prediction.anomaly, 6),
        faulty_probability=round(ruling.faulty_probability, 6),
        heatmap=heatmap_of(prediction.heatmap),
        model=model,
        thresholds=thresholds,
        stages=stages,
        thumbnail=encoded.thumbnail,
    )


def heatmap_of(heatmap: Floats) -> Heatmap:
    """From float32 [rows, columns, classes] probabilities to bytes of 1 - p(good) per cell."""
    rows, columns = heatmap.shape[:2]
    faulty = np.clip(np.rint((1.0 - heatmap[:, :, 0]) * 255), 0, 255).astype(np.uint8)
    return Heatmap(rows=rows, columns=columns, cells=faulty.tobytes())


def model_ref(manifest: Manifest, runtime: str, *, fallback: bool = False) -> ModelRef:
    """How a verdict names the model of this manifest."""
    return ModelRef(manifest.name, manifest.version, manifest.digest, runtime, fallback)


def json_schema() -> dict[str, object]:
    """The published JSON Schema of the wire form."""
    text_ = resources.files(__package__).joinpath("verdict.schema.json").read_text(encoding="utf-8")
    schema: dict[str, object] = json.loads(text_)
    return schema


def _thresholds(fields: Mapping[str, object]) -> Thresholds:
    try:
        return Thresholds(
            good_upto=number(fields, "good_upto"),
            faulty_from=number(fields, "faulty_from"),
            anomaly_upto=number(fields, "anomaly_upto"),
        )
    except ModelError as error:
        raise WireError(str(error)) from error


def _texts(fields: Mapping[str, object], name: str) -> tuple[str, ...]:
    value = fields.get(name)
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise WireError(f"field {name!r} is no list of texts")
    return tuple(value)


def _bytes(fields: Mapping[str, object], name: str) -> bytes:
    try:
        return base64.b64decode(text(fields, name), validate=True)
    except ValueError as error:
        raise WireError(f"field {name!r} is no Base64") from error


def _decision(name: str) -> Decision:
    try:
        return Decision(name)
    except ValueError as error:
        raise WireError(f"decision {name!r}: expected one of {', '.join(Decision)}") from error
