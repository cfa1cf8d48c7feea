"""The runtimes and precisions that row ``model`` compares: how each gets its file and runs a batch."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.runtimes import convert

Pixels = NDArray[np.uint8]
Outputs = Mapping[str, NDArray[np.float32]]
Run = Callable[[Pixels], Outputs]
"""A batch uint8 [n, height, width, 3] -> scores [n, classes], anomaly [n], heatmap."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """``make`` writes the model's file into a folder, from the LiteRT file and calibration pictures.

    ``open``  opens the file with so many threads
    ``side``  short side of the model's input; 0: what the manifest says
    """

    name: str
    make: Callable[[Path, Path, Sequence[Pixels]], Path]
    open: Callable[[Path, int], Run]
    side: int = 0


def _litert(path: Path, threads: int) -> Run:
    from ai_edge_litert.interpreter import Interpreter

    runner: Any = Interpreter(str(path), num_threads=threads).get_signature_runner()
    return lambda batch: runner(image=batch)


def _openvino(path: Path, threads: int) -> Run:
    import openvino

    core = openvino.Core()
    compiled = core.compile_model(
        core.read_model(path),
        "CPU",
        {"INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1, "ENABLE_CPU_PINNING": False},
    )
    request = compiled.create_infer_request()

    def run(batch: Pixels) -> Outputs:
        found = request.infer({0: batch}, share_inputs=True, share_outputs=True)
        return _by_shape([found[output] for output in compiled.outputs])

    return run


def _onnx(path: Path, threads: int) -> Run:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # A thread that spins while it waits is CPU time that another worker of the line could have.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda batch: _by_shape(session.run(None, {name: batch}))


def _by_shape(values: Sequence[NDArray[np.float32]]) -> Outputs:
    """Converters lose the signature's names; the three outputs differ in their dimensions."""
    names = {1: "anomaly", 2: "scores", 4: "heatmap"}
    return {names[value.ndim]: value for value in values}


CANDIDATES: Final = (
    Candidate("LiteRT float32", convert.as_it_is, _litert),
    Candidate("LiteRT int8 backbone", convert.litert_int8, _litert),
    Candidate("ONNX Runtime float32", convert.onnx, _onnx),
    Candidate("ONNX Runtime int8 backbone", convert.onnx_int8, _onnx),
    Candidate("OpenVINO float32", convert.as_it_is, _openvino),
    Candidate("OpenVINO int8 backbone", convert.openvino_int8, _openvino),
    Candidate("LiteRT float32, input of 208 pixels", convert.as_it_is, _litert, side=208),
    Candidate("LiteRT float32, input of 160 pixels", convert.as_it_is, _litert, side=160),
)
"""The first is what ships; the others are measured against it."""
