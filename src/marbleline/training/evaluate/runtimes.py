"""SavedModel and LiteRT side by side, and the cost beside EfficientNet-Lite0. Needs TensorFlow."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from marbleline.training.model.backbone import load_imagenet, whole_lite0

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Parity:
    """Largest differences between the runtimes over ``count`` pictures."""

    scores: float
    anomaly: float
    heatmap: float
    count: int


def parity(folder: Path, images: list[Pixels]) -> Parity:
    """Run both files of a version on the same pictures, each uint8 [h, w, 3]."""
    signature = tf.saved_model.load(str(folder)).signatures["serving_default"]
    interpreter = Interpreter(str(folder / "model.tflite"))
    runner = interpreter.get_signature_runner("serving_default")
    worst = dict.fromkeys(("scores", "anomaly", "heatmap"), 0.0)
    for image in images:
        one = {name: value.numpy() for name, value in signature(image=tf.constant(image[None])).items()}
        other = runner(image=image[None])
        for name in worst:
            worst[name] = max(worst[name], float(np.abs(one[name] - other[name]).max()))
    return Parity(worst["scores"], worst["anomaly"], worst["heatmap"], len(images))


def cost_beside_lite0(
    folder: Path, size: tuple[int, int] = (240, 320), rounds: int = 30
) -> tuple[float, float]:
    """Milliseconds a picture on one thread, (this model, EfficientNet-Lite0), interleaved, medians."""
    rng = np.random.default_rng(0)
    theirs = Interpreter(model_content=_lite0(), num_threads=1)
    return _interleaved(
        (_ours(folder, rng, size), _prepared(theirs, rng.random((1, *size, 3), dtype=np.float32))), rounds
    )


def cost_of(
    folders: tuple[Path, Path], size: tuple[int, int] = (240, 320), rounds: int = 30
) -> tuple[float, float]:
    """Milliseconds a picture on one thread of two versions, interleaved, medians."""
    rng = np.random.default_rng(0)
    return _interleaved((_ours(folders[0], rng, size), _ours(folders[1], rng, size)), rounds)


def _ours(folder: Path, rng: np.random.Generator, size: tuple[int, int]) -> Any:
    interpreter = Interpreter(str(folder / "model.tflite"), num_threads=1)
    return _prepared(interpreter, rng.integers(0, 256, (1, *size, 3), dtype=np.uint8))


def _interleaved(runs: tuple[Any, Any], rounds: int) -> tuple[float, float]:
    times: list[list[float]] = [[], []]
    for _ in range(rounds):
        for interpreter, found in zip(runs, times, strict=True):
            begun = time.perf_counter()
            interpreter.invoke()
            found.append(1e3 * (time.perf_counter() - begun))
    return float(np.median(times[0])), float(np.median(times[1]))


def _prepared(interpreter: Any, value: NDArray[Any]) -> Any:
    index = interpreter.get_input_details()[0]["index"]
    interpreter.resize_tensor_input(index, value.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(index, value)
    interpreter.invoke()
    return interpreter


def _lite0() -> bytes:
    model = whole_lite0()
    load_imagenet(model)
    function = tf.function(
        lambda image: model(image, training=False),
        input_signature=[tf.TensorSpec([1, None, None, 3], tf.float32)],
    )
    frozen = convert_variables_to_constants_v2(function.get_concrete_function())
    content: bytes = tf.lite.TFLiteConverter.from_concrete_functions([frozen], model).convert()
    return content
