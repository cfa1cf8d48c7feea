"""From a trained network to a version's folder: SavedModel, LiteRT file, and the manifest over both."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from marbleline.domain.model import CLASSES, Thresholds, digest_of
from marbleline.domain.picture import InputSpec
from marbleline.training.network import STRIDE, Judge

LITERT_FILE = "model.tflite"
OUTPUTS = ("scores", "anomaly", "heatmap")


def export_network(judge: Judge, folder: Path) -> None:
    """Write `saved_model.pb` and `model.tflite` of the same weights, both with the signature serving_default.

    The weights are constants in both: one graph, and the runtimes can fold and pack them when they load.
    """
    frozen = _freeze(judge)
    with tempfile.TemporaryDirectory() as scratch:
        tf.saved_model.save(frozen, scratch, signatures={"serving_default": frozen.judge})
        converter = tf.lite.TFLiteConverter.from_saved_model(scratch, signature_keys=["serving_default"])
        content = converter.convert()
    tf.saved_model.save(frozen, str(folder), signatures={"serving_default": frozen.judge})
    (folder / "fingerprint.pb").unlink(missing_ok=True)
    (folder / LITERT_FILE).write_bytes(content)


def write_manifest(
    folder: Path,
    *,
    name: str,
    version: int,
    spec: InputSpec,
    thresholds: Thresholds,
    training: Mapping[str, Any],
    metrics: Mapping[str, Any],
) -> dict[str, Any]:
    """Write `manifest.json` last of all: a version counts as complete from then on. Returns its fields.

    `files` has the SHA-256 of every file that a runtime loads; `digest` is `domain.model.digest_of` them.
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
        },
        "heatmap_stride": STRIDE,
        "thresholds": {
            "good_upto": thresholds.good_upto,
            "faulty_from": thresholds.faulty_from,
            "anomaly_upto": thresholds.anomaly_upto,
        },
        "training": dict(training),
        "metrics": dict(metrics),
    }
    path = folder / "manifest.json"
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(fields, indent=2) + "\n", encoding="utf-8")
    partial.replace(path)
    return fields


def _is_loaded(path: Path) -> bool:
    """Whether a runtime loads this file: cards, reports and what training starts from are not the model."""
    return path.name in (LITERT_FILE, "saved_model.pb", "fingerprint.pb") or path.parts[0] in (
        "variables",
        "assets",
    )


def _freeze(judge: Judge) -> Any:
    function = convert_variables_to_constants_v2(judge.judge.get_concrete_function())
    # The frozen function's outputs are a flat list, in the alphabetical order of the names.
    names = sorted(OUTPUTS)

    class Frozen(tf.Module):  # type: ignore[misc]
        @tf.function(input_signature=[tf.TensorSpec([None, None, None, 3], tf.uint8, name="image")])
        def judge(self, image: Any) -> dict[str, Any]:
            return dict(zip(names, function(image), strict=True))

    return Frozen()
