"""What the shared backbone sees of the pictures that a product is taught with, kept on disk if wanted."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from marbleline.adapters.classifiers.litert import stderr_of_native_code
from marbleline.domain.input_spec import InputSpec
from marbleline.domain.model import Floats
from marbleline.domain.picture import Pixels, prepare
from marbleline.domain.product_heads import BackboneOutput, backbone_output_of
from marbleline.domain.windows import pieces_of
from marbleline.training.commission.views import PictureView, view_of

_SIZES = 6
"""Interpreters kept: each size of picture takes one."""

_ONE = 3
"""Dimensions of the features of one picture; those of several windows have one more."""


@dataclass(frozen=True, slots=True)
class CachedOutput:
    """The output of the backbone for one picture, or one window of a picture.

    Features are float16: half the memory for a day of slabs.
    """

    features: NDArray[np.float16]
    scores: Floats
    base: Floats

    @property
    def output(self) -> BackboneOutput:
        """As the heads take it."""
        return BackboneOutput(self.features.astype(np.float32), self.scores, self.base)


class Backbone:
    """Runs the extended graph on pictures. ``threads`` is how many cores one picture may use."""

    def __init__(self, graph: bytes, spec: InputSpec, threads: int = 1, cache: Path | None = None) -> None:
        """``cache``: folder in which observations are kept for the next time, by picture and graph."""
        self.spec = spec
        self._graph = graph
        self._threads = threads
        self._runners: dict[tuple[int, ...], Callable[..., dict[str, Floats]]] = {}
        self._cache = None
        if cache is not None:
            self._cache = cache / hashlib.sha256(graph + repr(spec).encode()).hexdigest()[:16]
            self._cache.mkdir(parents=True, exist_ok=True)

    def files(
        self, paths: Iterable[Path], view: PictureView = PictureView.PLAIN
    ) -> Iterator[tuple[CachedOutput, ...]]:
        """Run picture files, in order: one output of each, or one of each window of a large picture.

        ``view`` is of each window. Raises PictureError, OSError.
        """
        for path in paths:
            content = path.read_bytes()
            name = hashlib.sha256(content).hexdigest() + ("" if view is PictureView.PLAIN else f"-{view}")
            kept = None if self._cache is None else self._cache / f"{name}.npz"
            if kept is not None and kept.exists():
                yield _read(kept)
                continue
            pieces = pieces_of(prepare(content, self.spec).rgb, self.spec)
            found = tuple(self.image(view_of(piece, view)) for piece in pieces)
            if kept is not None:
                _write(kept, found)
            yield found

    def image(self, image: Pixels) -> CachedOutput:
        """Run uint8 [height, width, 3] of the model's input size."""
        runner = self._runners.get(image.shape)
        if runner is None:
            if len(self._runners) >= _SIZES:
                self._runners.clear()
            with stderr_of_native_code("the backbone"):
                interpreter = Interpreter(model_content=self._graph, num_threads=self._threads)
                runner = self._runners[image.shape] = interpreter.get_signature_runner()
                runner(image=image[np.newaxis])
        output = backbone_output_of(runner(image=image[np.newaxis]))
        return CachedOutput(output.features.astype(np.float16), output.scores, output.base)


def _write(path: Path, outputs: Sequence[CachedOutput]) -> None:
    """One output as its arrays, those of several windows stacked."""
    arrays = {
        name: np.stack([getattr(one, name) for one in outputs]) for name in ("features", "scores", "base")
    }
    np.savez(path, **(arrays if len(outputs) > 1 else {name: array[0] for name, array in arrays.items()}))


def _read(path: Path) -> tuple[CachedOutput, ...]:
    with np.load(path, allow_pickle=False) as file:
        features, scores, base = file["features"], file["scores"], file["base"]
    if features.ndim == _ONE:
        return (CachedOutput(features, scores, base),)
    return tuple(CachedOutput(*arrays) for arrays in zip(features, scores, base, strict=True))
