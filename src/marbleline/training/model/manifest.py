"""Writes ``manifest.json``, which makes a folder a model version."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from marbleline.domain.input_spec import InputSpec
from marbleline.domain.model import CLASSES, Thresholds, digest_of
from marbleline.domain.normal_pictures import NORMAL_PICTURES_FILE
from marbleline.domain.product_heads import HEADS_FILE

LITERT_FILE: Final = "model.tflite"
STRIDE: Final = 8
"""Pixels of the input per cell of the heat map of a version that was trained whole, each way."""


def write_manifest(
    folder: Path,
    *,
    name: str,
    version: int,
    spec: InputSpec,
    thresholds: Thresholds,
    training: Mapping[str, Any],
    metrics: Mapping[str, Any],
    stride: int = STRIDE,
    windowed: float = 0.0,
) -> dict[str, Any]:
    """Write ``manifest.json`` last of all: a version counts as complete from then on. Returns its fields.

    ``files`` has the SHA-256 of every file that a runtime or the console loads; ``digest`` is
    ``domain.model.digest_of`` them. ``stride``: pixels of the input per cell of the heat map. ``windowed`` as
    in ``domain.model.Manifest``.
    """
    files = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and _is_loaded(path.relative_to(folder))
    }
    fields: dict[str, Any] = {
        "name": name,
        "version": version,
        "digest": digest_of(files),
        "files": files,
        "classes": list(CLASSES),
        "input": {
            "short_side": spec.short_side,
            "step": spec.step,
            "max_long_side": spec.max_long_side,
            **({"window": spec.window} if spec.window else {}),
        },
        "heatmap_stride": stride,
        **({"windowed": windowed} if windowed else {}),
        "thresholds": msgspec.to_builtins(thresholds),
        "training": dict(training),
        "metrics": dict(metrics),
    }
    path = folder / "manifest.json"
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(fields, indent=2) + "\n", encoding="utf-8")
    partial.replace(path)
    return fields


def _is_loaded(path: Path) -> bool:
    """Whether this file is loaded: cards, reports and what training starts from are not the model."""
    loaded = (LITERT_FILE, HEADS_FILE, NORMAL_PICTURES_FILE, "saved_model.pb", "fingerprint.pb")
    return path.name in loaded or path.parts[0] in ("variables", "assets")
