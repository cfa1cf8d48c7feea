"""What `marbleline judge --json` prints of a picture: its decision with the evidence. See docs/judge.md."""

import base64
from dataclasses import asdict

import msgspec

from marbleline.domain.defect_regions import find_regions
from marbleline.domain.model import CLASSES
from marbleline.domain.region import masks_text, shape_text
from marbleline.domain.strangest_patch import patch_in_picture
from marbleline.domain.verdict import heatmap_of, windows_in_picture
from marbleline.operations.judge import Failed, JudgedPicture


def as_document(result: JudgedPicture | Failed, *, heatmap: bool = False) -> dict[str, object]:
    """The JSON form of a result; names are those of a verdict's. See docs/judge.md."""
    path = str(result.path)
    if isinstance(result, Failed):
        return {"path": path, "error": {"reason": result.reason, "detail": result.detail}}
    manifest, prediction = result.answer.manifest, result.prediction
    document: dict[str, object] = {
        "path": path,
        "decision": result.judgement.decision.value,
        "defect": result.judgement.defect,
        "reasons": list(result.judgement.reasons),
        "scores": {
            name: round(float(score), 6) for name, score in zip(CLASSES, prediction.scores, strict=True)
        },
        "anomaly": round(prediction.anomaly, 6),
        "faulty_probability": round(result.judgement.faulty_probability, 6),
        "heatmap_peak": {
            name: round(value, 6) if isinstance(value, float) else value
            for name, value in asdict(result.peak).items()
        },
        "picture": {
            "sha256": result.sha256,
            "width": result.width,
            "height": result.height,
            "media_type": result.media_type,
        },
        "quality": msgspec.structs.asdict(result.quality),
        "thresholds": msgspec.structs.asdict(manifest.thresholds),
        "model": {
            "name": manifest.name,
            "version": manifest.version,
            "digest": manifest.digest,
            "runtime": result.answer.runtime,
        },
    }
    if result.region is not None:
        document["region"] = shape_text(result.region.outline)
        document["masks"] = masks_text(result.region.masks)
    windows = windows_in_picture(prediction.windows, result.width, result.height, result.region)
    if windows is not None:
        document["windows"] = msgspec.structs.asdict(windows)
    cells = heatmap_of(prediction.heatmap, result.region)
    regions = find_regions(cells.grid(), result.judgement.decision, result.judgement.defect)
    document["defects"] = msgspec.to_builtins(regions)
    if regions and (patch := patch_in_picture(prediction.strangest, result.region)) is not None:
        document["strangest"] = msgspec.to_builtins(patch)
    if heatmap:
        document["heatmap"] = {
            "rows": cells.rows,
            "columns": cells.columns,
            "cells": base64.b64encode(cells.cells).decode(),
        }
    return document
