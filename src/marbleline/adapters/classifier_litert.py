"""The classifier in this process: LiteRT runs the version's ``model.tflite``. No server, no TensorFlow."""

import os
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from marbleline.domain.answer import Answer, predictions_of
from marbleline.domain.model import CLASSES, Floats, Manifest, Prediction, load_manifest, read_file
from marbleline.domain.picture import Pixels
from marbleline.errors import ModelError

RUNTIME: Final = "litert"
MODEL_FILE: Final = "model.tflite"

# The cameras of a line deliver one or two sizes. Each size costs an interpreter (its activations), so a
# folder of odd sizes must not collect them without end.
KEPT_SIZES: Final = 4

# Standard error is the whole process's: two threads that turn it aside at once would not both put it back.
_ASIDE: Final = threading.Lock()

_INPUT: Final = {"image": ((3,), np.uint8)}
_OUTPUTS: Final = {
    "scores": ((len(CLASSES),), np.float32),
    "anomaly": ((), np.float32),
    "heatmap": ((len(CLASSES),), np.float32),
}


class LiteRtClassifier:
    """Judges with the LiteRT file of one version; keeps the port ``Classifier``."""

    def __init__(
        self, folder: Path, threads: int = 1, warm: Sequence[tuple[int, int]] = ((640, 480),)
    ) -> None:
        """Load a version's folder (see ``domain.model.newest_version``) and warm it up.

        ``threads`` is how many cores one picture may use. ``warm`` lists the (width, height) in pixels of
        captured pictures to be ready for: the first one of another shape costs an allocation.

        Raises ModelError naming the file and what is wrong with it.
        """
        self._manifest = load_manifest(folder)
        self._content = read_file(folder, self._manifest, MODEL_FILE)
        self._where = str(folder / MODEL_FILE)
        self._threads = threads
        self._runners: OrderedDict[tuple[int, int], Any] = OrderedDict()
        with _stderr_of_native_code(self._where):
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

    def classify(self, images: Sequence[Pixels]) -> Answer:
        """Judge pictures one by one; see the port. Raises ModelError."""
        return Answer(tuple(self._judge(image) for image in images), self._manifest, RUNTIME)

    def check(self) -> None:
        """A loaded model can always be asked."""

    def close(self) -> None:
        """Let go of the interpreters."""
        self._runners.clear()

    def _judge(self, image: Pixels) -> Prediction:
        height, width = image.shape[:2]
        outputs = self._run(image[np.newaxis])
        return predictions_of(outputs, 1, height, width, self._manifest, self._where)[0]

    def _run(self, batch: Pixels) -> Mapping[str, Floats]:
        size = batch.shape[1:3]
        try:
            runner = self._runners.get(size) or self._make_runner()
            outputs: Mapping[str, Floats] = runner(image=batch)
        except (ValueError, RuntimeError) as error:
            raise ModelError(
                f"{self._where}: LiteRT can't run it on {size[1]}x{size[0]} pixels: {error}"
            ) from error
        self._runners[size] = runner
        self._runners.move_to_end(size)
        if len(self._runners) > KEPT_SIZES:
            self._runners.popitem(last=False)
        return outputs

    def _make_runner(self) -> Any:
        interpreter = Interpreter(model_content=self._content, num_threads=self._threads)
        signatures = interpreter.get_signature_list()
        if len(signatures) != 1:
            raise ModelError(f"{self._where}: has signatures {sorted(signatures)}, expected one")
        runner = interpreter.get_signature_runner(next(iter(signatures)))
        _check_tensors("input", runner.get_input_details(), _INPUT, self._where)
        _check_tensors("output", runner.get_output_details(), _OUTPUTS, self._where)
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
def _stderr_of_native_code(where: str) -> Iterator[None]:
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
