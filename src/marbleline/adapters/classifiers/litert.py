"""The classifier in this process: LiteRT runs the version's ``model.tflite``. No server, no TensorFlow.

Of a product that was taught, the file is the backbone that all products share, and ``heads.npz`` judges what
it sees.
"""

import os
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from marbleline.adapters.classifiers.free_memory import return_free_memory
from marbleline.adapters.classifiers.label_following import FollowingClassifier
from marbleline.adapters.classifiers.registry import ClassifierContext
from marbleline.domain.classification import Classification, predictions_of
from marbleline.domain.model import (
    CLASSES,
    Floats,
    Manifest,
    ManifestCheck,
    Prediction,
    load_manifest,
    read_file,
)
from marbleline.domain.picture import Pixels
from marbleline.domain.product_features import STAGES
from marbleline.domain.product_heads import HEADS_FILE, from_bytes, judge
from marbleline.domain.version_labels import labelled_version, stable_version
from marbleline.errors import ModelError
from marbleline.settings.setting import NoSettings

RUNTIME: Final = "litert"
MODEL_FILE: Final = "model.tflite"

# The cameras of a line deliver one or two sizes. Each size costs an interpreter (its activations), and one
# that is resized stays as large as its largest: so their pixels are bounded together, to four 4:3 pictures.
_KEPT_PICTURES: Final = 4
# A size that came so often since its interpreter was made or resized is a camera's, and not an odd one.
_USUAL: Final = 3

# Standard error is the whole process's: two threads that turn it aside at once would not both put it back.
_ASIDE: Final = threading.Lock()

_INPUT: Final = {"image": ((3,), np.uint8)}
_OUTPUTS: Final = {
    "scores": ((len(CLASSES),), np.float32),
    "anomaly": ((), np.float32),
    "heatmap": ((len(CLASSES),), np.float32),
}
_FEATURES: Final = {name: ((stage.channels,), np.float32) for name, stage in STAGES.items()}


@dataclass(slots=True)
class _Runner:
    """An interpreter, and the most pixels that it was sized for: its memory never shrinks.

    ``uses`` counts the pictures of its present size.
    """

    run: Any
    most_pixels: int
    uses: int = 0


class LiteRtClassifier:
    """Judges with the LiteRT file of one version; keeps the port ``Classifier``."""

    def __init__(
        self,
        folder: Path,
        threads: int = 1,
        warm: Sequence[tuple[int, int]] = ((640, 480),),
        *,
        check: ManifestCheck | None = None,
    ) -> None:
        """Load a version's folder (see ``domain.model.newest_version``) and warm it up.

        ``threads`` is how many cores one picture may use. ``warm`` lists the (width, height) in pixels of
        captured pictures to be ready for: the first one of another shape costs an allocation.
        ``check`` as for ``load_manifest``.

        Raises ModelError naming the file and what is wrong with it.
        """
        self._manifest = load_manifest(folder, check)
        self._content = read_file(folder, self._manifest, MODEL_FILE)
        self._where = str(folder / MODEL_FILE)
        self._heads = None
        if HEADS_FILE in self._manifest.files:
            content = read_file(folder, self._manifest, HEADS_FILE)
            self._heads = from_bytes(content, str(folder / HEADS_FILE))
        self._threads = threads
        self._runners: OrderedDict[tuple[int, int], _Runner] = OrderedDict()
        self._kept_pixels = _KEPT_PICTURES * self._manifest.input.short_side**2 * 4 // 3
        with stderr_of_native_code(self._where):
            for width, height in warm:
                columns, rows = self._manifest.input.size_for(width, height)
                self.classify([np.full((rows, columns, 3), 128, np.uint8)])

    @property
    def manifest(self) -> Manifest:
        """The version that was loaded."""
        return self._manifest

    @property
    def runtime(self) -> str:
        """Always ``litert``."""
        return RUNTIME

    def classify(self, images: Sequence[Pixels]) -> Classification:
        """Judge pictures one by one; see the port. Raises ModelError."""
        return Classification(tuple(self._judge(image) for image in images), self._manifest, RUNTIME)

    def check(self) -> None:
        """A loaded model can always be asked."""

    def close(self) -> None:
        """Close the interpreters."""
        self._runners.clear()
        return_free_memory()

    def _judge(self, image: Pixels) -> Prediction:
        height, width = image.shape[:2]
        outputs = self._run(image[np.newaxis])
        if self._heads is not None:
            outputs = judge(self._heads, outputs)
        return predictions_of(outputs, 1, height, width, self._manifest, self._where)[0]

    def _run(self, batch: Pixels) -> Mapping[str, Floats]:
        size = (batch.shape[1], batch.shape[2])
        try:
            runner = self._runners.pop(size, None) or self._runner_for(size[0] * size[1])
            outputs: Mapping[str, Floats] = runner.run(image=batch)
        except (ValueError, RuntimeError) as error:
            raise ModelError(
                f"{self._where}: LiteRT can't run it on {size[1]}x{size[0]} pixels: {error}"
            ) from error
        runner.uses += 1
        self._runners[size] = runner
        return outputs

    def _runner_for(self, pixels: int) -> "_Runner":
        """A new one while there is room; else one that was large enough before, which resizes itself.

        Of several the one that was not used for longest, and none of a usual size if there is another. If
        none was large enough, the oldest of them grows, and others go until there is room for it.
        """
        room = self._kept_pixels - sum(runner.most_pixels for runner in self._runners.values())
        if not self._runners or pixels <= room:
            return _Runner(self._make_runner(), pixels)
        odd = [size for size, runner in self._runners.items() if runner.uses < _USUAL] or [*self._runners]
        large = (size for size in odd if self._runners[size].most_pixels >= pixels)
        runner = self._runners.pop(next(large, odd[0]))
        room += runner.most_pixels
        runner.most_pixels, runner.uses = max(runner.most_pixels, pixels), 0
        while self._runners and runner.most_pixels > room:
            room += self._runners.popitem(last=False)[1].most_pixels
            return_free_memory()
        return runner

    def _make_runner(self) -> Any:
        interpreter = Interpreter(model_content=self._content, num_threads=self._threads)
        signatures = interpreter.get_signature_list()
        if len(signatures) != 1:
            raise ModelError(f"{self._where}: has signatures {sorted(signatures)}, expected one")
        runner = interpreter.get_signature_runner(next(iter(signatures)))
        _check_tensors("input", runner.get_input_details(), _INPUT, self._where)
        wanted = _OUTPUTS if self._heads is None else _OUTPUTS | _FEATURES
        _check_tensors("output", runner.get_output_details(), wanted, self._where)
        return runner


def _check_tensors(
    kind: str, found: Mapping[str, Any], wanted: Mapping[str, tuple[tuple[int, ...], type]], where: str
) -> None:
    """By name, last dimensions and type. Raises ModelError."""
    if set(found) != set(wanted):
        raise ModelError(f"{where}: has {kind}s {sorted(found)}, expected {sorted(wanted)}")
    for name, (tail, dtype) in wanted.items():
        shape = tuple(int(side) for side in found[name]["shape_signature"])
        if found[name]["dtype"] is not dtype or shape[len(shape) - len(tail) :] != tail:
            raise ModelError(
                f"{where}: {kind} {name!r} is {found[name]['dtype'].__name__} {list(shape)},"
                f" expected {dtype.__name__} [..., {', '.join(map(str, tail))}]"
            )


@contextmanager
def stderr_of_native_code(where: str) -> Iterator[None]:
    """Keeps LiteRT's own chatter off the terminal and out of the logs, and shows it where it failed."""
    with _ASIDE, tempfile.TemporaryFile() as chatter:
        kept = os.dup(2)
        os.dup2(chatter.fileno(), 2)
        try:
            yield
        except ModelError as error:
            chatter.seek(0)
            said = chatter.read(500).decode(errors="replace").strip()
            raise ModelError(f"{error} ({said})" if said else str(error)) from error
        finally:
            os.dup2(kept, 2)
            os.close(kept)


def open_litert(context: ClassifierContext, settings: NoSettings) -> FollowingClassifier:
    """``litert:``. Follows the label of the version: the one that judges, or the one of the context."""
    if context.label is None:
        find: Callable[[], Path | None] = partial(stable_version, context.model)
    else:
        find = partial(labelled_version, context.model, context.label)
    return FollowingClassifier(find, partial(LiteRtClassifier, check=context.check))
