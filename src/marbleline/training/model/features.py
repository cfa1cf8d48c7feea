"""Backbone features of many examples, computed once: the head then trains on them in seconds an epoch."""

from __future__ import annotations

import multiprocessing
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from marbleline.domain.input_spec import InputSpec
from marbleline.training.data.examples import Example, ExampleRecipe, make
from marbleline.training.progress import OnCount

Shape = tuple[int, int]


@dataclass(frozen=True)
class Features:
    """What the head trains on, of all examples with one input shape.

    fine float16 [n, h/8, w/8, 40], coarse float16 [n, h/16, w/16, 112], targets int [n], cells int8
    [n, h/8, w/8], sources: where each came from.
    """

    fine: NDArray[np.float16]
    coarse: NDArray[np.float16]
    targets: NDArray[np.int32]
    cells: NDArray[np.int8]
    sources: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.targets)


def preprocess(recipes: Sequence[ExampleRecipe], spec: InputSpec, processes: int) -> Iterator[Example]:
    """The examples of `recipes`, in order, made beside the training process in `processes` others."""
    if processes < 1:
        yield from (make(recipe, spec) for recipe in recipes)
        return
    # A forked TensorFlow hangs; the children import numpy and Pillow only.
    with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
        chunk = 256
        for start in range(0, len(recipes), chunk):
            yield from pool.map(partial(make, spec=spec), recipes[start : start + chunk], chunksize=8)


def extract(
    backbone: Any, examples: Iterable[Example], total: int, on_progress: OnCount
) -> dict[Shape, Features]:
    """Run `backbone` over `examples`; `told(done, total)` is called now and then. Groups by input shape."""
    run = tf.function(
        lambda image: backbone(image, training=False),
        input_signature=[tf.TensorSpec([None, None, None, 3], tf.float32)],
    )
    waiting: dict[Shape, list[Example]] = defaultdict(list)
    parts: dict[Shape, list[Features]] = defaultdict(list)

    def flush(shape: Shape) -> None:
        batch = waiting.pop(shape)
        fine, coarse = run(np.stack([example.image for example in batch]).astype(np.float32))
        parts[shape].append(
            Features(
                fine=fine.numpy().astype(np.float16),
                coarse=coarse.numpy().astype(np.float16),
                targets=np.array([example.target for example in batch], dtype=np.int32),
                cells=np.stack([example.cells for example in batch]),
                sources=np.array([example.source for example in batch]),
            )
        )

    for done, example in enumerate(examples, start=1):
        shape = example.image.shape[:2]
        waiting[shape].append(example)
        if len(waiting[shape]) == 16:
            flush(shape)
        if done % 100 == 0:
            on_progress(done, total)
    for shape in list(waiting):
        flush(shape)
    return {shape: _join(found) for shape, found in sorted(parts.items())}


def _join(parts: list[Features]) -> Features:
    names = ("fine", "coarse", "targets", "cells", "sources")
    return Features(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))
