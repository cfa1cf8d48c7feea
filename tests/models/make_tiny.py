"""Makes tests/models/tiny/<version>: a model of a few kilobytes with the signature of the real one.

Run from the repository's root with a Python that has TensorFlow: ``python -m tests.models.make_tiny``. The
result is committed, so that no other test needs TensorFlow.
"""

import hashlib
import json
import shutil
from pathlib import Path

import tensorflow as tf

from marbleline.domain.model import CLASSES, digest_of
from tests.models.tiny_model import BIAS, STRIDE, TINY, USUAL, VERSIONS, WEIGHTS


class Tiny(tf.Module):
    """``slope`` sharpens the softmax of each cell."""

    def __init__(self, slope: float) -> None:
        super().__init__()
        self.weights = tf.constant(WEIGHTS) * slope
        self.bias = tf.constant(BIAS) * slope

    @tf.function(input_signature=[tf.TensorSpec([None, None, None, 3], tf.uint8, name="image")])
    def judge(self, image: tf.Tensor) -> dict[str, tf.Tensor]:
        """The one signature of a Marbleline model."""
        colour = tf.cast(image, tf.float32) / 255.0
        cells = tf.nn.avg_pool2d(colour, STRIDE, STRIDE, "VALID")
        heatmap = tf.nn.softmax(
            tf.nn.conv2d(cells, self.weights[tf.newaxis, tf.newaxis], 1, "VALID") + self.bias, name="heatmap"
        )
        defects = tf.reduce_max(heatmap[..., 1:], axis=[1, 2])
        good = tf.reduce_min(heatmap[..., :1], axis=[1, 2])
        scores = tf.concat([good, defects], axis=1)
        scores = scores / tf.reduce_sum(scores, axis=1, keepdims=True)
        mean = tf.reduce_mean(colour, axis=[1, 2])
        anomaly = tf.reduce_sum(tf.abs(mean - USUAL), axis=1)
        return {"scores": scores, "anomaly": anomaly, "heatmap": heatmap}


def make(version: int, folder: Path) -> None:
    """Write one version: SavedModel, LiteRT file, manifest."""
    shutil.rmtree(folder, ignore_errors=True)
    recipe = VERSIONS[version]
    tiny = Tiny(recipe["slope"])
    tf.saved_model.save(tiny, str(folder), signatures={"serving_default": tiny.judge})
    (folder / "model.tflite").write_bytes(tf.lite.TFLiteConverter.from_saved_model(str(folder)).convert())
    files = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    manifest = {
        "name": "tiny",
        "version": version,
        "digest": digest_of(files),
        "files": files,
        "classes": list(CLASSES),
        "input": {"short_side": 240, "step": 16, "max_long_side": 960},
        "heatmap_stride": STRIDE,
        "thresholds": {name: recipe[name] for name in ("good_upto", "faulty_from", "anomaly_upto")},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    for number in VERSIONS:
        make(number, TINY / str(number))
