"""From a trained network to a version's folder: SavedModel and LiteRT file."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from marbleline.domain.classification import OUTPUTS
from marbleline.training.model.manifest import LITERT_FILE
from marbleline.training.model.network import Judge


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


def _freeze(judge: Judge) -> Any:
    function = convert_variables_to_constants_v2(judge.judge.get_concrete_function())
    # The frozen function's outputs are a flat list, in the alphabetical order of the names.
    names = sorted(OUTPUTS)

    class Frozen(tf.Module):  # type: ignore[misc]
        @tf.function(input_signature=[tf.TensorSpec([None, None, None, 3], tf.uint8, name="image")])
        def judge(self, image: Any) -> dict[str, Any]:
            return dict(zip(names, function(image), strict=True))

    return Frozen()
