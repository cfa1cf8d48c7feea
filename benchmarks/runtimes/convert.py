"""The shipped LiteRT file in the formats and precisions of other runtimes, by their own converters.

Only the backbone becomes int8: the heads take differences from a slab's own mean, which have no steps to
spare, and cost a tenth.
"""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]

BACKBONE: Final = "backbone_1/.*"
_IDENTIFIER: Final = b"TFL3"
_HEADS: Final = ("head_.*", "add_5.*", "sub_2.*", "MatMul.*")
_STATISTICS: Final = ("Subtract", "Multiply", "Power", "ReduceMean", "ReduceSum", "Sqrt", "Exp", "Log")
_SHAPE: Final = (1, 240, 320, 3)


def as_it_is(source: Path, folder: Path, pictures: Sequence[Pixels]) -> Path:
    """The LiteRT file itself: OpenVINO reads it too."""
    return source


def litert_int8(source: Path, folder: Path, pictures: Sequence[Pixels]) -> Path:
    """By AI Edge Quantizer: int8 activations by minimum and maximum, int8 weights per channel."""
    from ai_edge_quantizer import qtyping, quantizer, recipe_manager

    made = folder / "int8.tflite"
    per_tensor = qtyping.TensorQuantizationConfig(8, False, qtyping.QuantGranularity.TENSORWISE)
    per_channel = qtyping.TensorQuantizationConfig(8, True, qtyping.QuantGranularity.CHANNELWISE)
    recipe = recipe_manager.RecipeManager()
    operations = qtyping.TFLOperationName
    for operation in (operations.CONV_2D, operations.DEPTHWISE_CONV_2D, operations.ADD):
        recipe.add_quantization_config(
            regex=BACKBONE,
            operation_name=operation,
            op_config=qtyping.OpQuantizationConfig(
                activation_tensor_config=per_tensor,
                weight_tensor_config=per_channel,
                compute_precision=qtyping.ComputePrecision.INTEGER,
            ),
            algorithm_key="min_max_uniform_quantize",
        )
    work = quantizer.Quantizer(bytearray(_with_shape(source)))
    work.load_quantization_recipe(recipe.get_quantization_recipe())
    found = work.calibrate({"serving_default": [{"image": picture[None]} for picture in pictures]})
    made.write_bytes(work.quantize(found).quantized_model)
    return made


def onnx(source: Path, folder: Path, pictures: Sequence[Pixels]) -> Path:
    """By tf2onnx."""
    made = folder / "float32.onnx"
    if not made.exists():
        subprocess.run(
            [sys.executable, "-m", "tf2onnx.convert", "--tflite", source, "--output", made, "--opset", "17"],
            check=True,
            capture_output=True,
        )
    return made


def onnx_int8(source: Path, folder: Path, pictures: Sequence[Pixels]) -> Path:
    """By ONNX Runtime's static quantization: weights per channel, convolutions of the backbone only."""
    import onnx as onnx_format
    from onnxruntime.quantization import QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.calibrate import CalibrationDataReader

    plain = onnx(source, folder, pictures)
    made = folder / "int8.onnx"
    graph = onnx_format.load(plain).graph
    inputs = graph.input[0].name
    backbone = [node.name for node in graph.node if node.op_type == "Conv" and "backbone" in node.output[0]]

    class Pictures(CalibrationDataReader):  # type: ignore[misc]
        def __init__(self) -> None:
            self._left: Iterator[Pixels] = iter(pictures)

        def get_next(self) -> dict[str, Any] | None:
            picture = next(self._left, None)
            return None if picture is None else {inputs: picture[None]}

    quantize_static(
        plain,
        made,
        Pictures(),
        quant_format=QuantFormat.QDQ,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        per_channel=True,
        nodes_to_quantize=backbone,
    )
    return made


def openvino_int8(source: Path, folder: Path, pictures: Sequence[Pixels]) -> Path:
    """By NNCF: preset "mixed". From the ONNX file, which keeps the layers' names."""
    import nncf
    import openvino

    made = folder / "int8.xml"
    quantized = nncf.quantize(
        openvino.Core().read_model(onnx(source, folder, pictures)),
        nncf.Dataset([picture[None] for picture in pictures]),
        preset=nncf.QuantizationPreset.MIXED,
        subset_size=len(pictures),
        # Not "all but the backbone": its activations have no name of their own, and stay in float32 then.
        ignored_scope=nncf.IgnoredScope(patterns=list(_HEADS), types=list(_STATISTICS), validate=False),
    )
    openvino.save_model(quantized, made, compress_to_fp16=False)
    return made


def _with_shape(source: Path) -> bytes:
    """The file with a usual input size as its default: the quantizer prepares it before any picture comes."""
    import flatbuffers
    from ai_edge_litert import schema_py_generated as schema

    model = schema.ModelT.InitFromPackedBuf(source.read_bytes(), 0)
    graph = model.subgraphs[0]
    graph.tensors[graph.inputs[0]].shape = list(_SHAPE)
    builder = flatbuffers.Builder(1 << 22)
    builder.Finish(model.Pack(builder), file_identifier=_IDENTIFIER)
    return bytes(builder.Output())
