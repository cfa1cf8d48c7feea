"""Adds the backbone's stages to the outputs of a LiteRT file, so that a product's own heads can read them.

A LiteRT file is a FlatBuffer: its outputs are a list of tensor numbers and a list of names. Both can be
extended without TensorFlow, which the line does not have.
"""

import re
from typing import Any, Final

import flatbuffers
from ai_edge_litert import schema_py_generated as schema

from marbleline.domain.product_features import STAGES
from marbleline.errors import ModelError

_IDENTIFIER: Final = b"TFL3"


def with_features(content: bytes, where: str) -> bytes:
    """The model ``content`` with the further outputs ``STAGES``, each float32 [N, rows, columns, channels].

    A model that has them already is returned as it is. ``where`` names the file in errors.
    Raises ModelError if it is no LiteRT file, or none on the backbone that products share.
    """
    if content[4:8] != _IDENTIFIER:
        raise ModelError(f"{where}: is no LiteRT file")
    model = schema.ModelT.InitFromPackedBuf(content, 0)
    if len(model.subgraphs) != 1 or len(model.signatureDefs or ()) != 1:
        raise ModelError(f"{where}: has several graphs or signatures; products are taught on one of each")
    graph, signature = model.subgraphs[0], model.signatureDefs[0]
    there = {output.name.decode() for output in signature.outputs}
    for name, stage in STAGES.items():
        if name in there:
            continue
        index = _tensor(graph, stage.layer, stage.channels)
        if index is None:
            raise ModelError(
                f"{where}: has no layer {stage.layer} of {stage.channels} channels; products are taught on a"
                " model that `marbleline train` made"
            )
        output = schema.TensorMapT()
        output.name, output.tensorIndex = name, index
        signature.outputs.append(output)
        graph.outputs = [*graph.outputs, index]
    builder = flatbuffers.Builder(len(content) + 4096)
    builder.Finish(model.Pack(builder), file_identifier=_IDENTIFIER)
    return bytes(builder.Output())


def _tensor(graph: Any, layer: str, channels: int) -> int | None:
    """The number of the first tensor that this layer makes, None if there is none of so many channels."""
    wanted = re.compile(rf"(.*/)?{layer}(_\d+)?/Add")
    for operator in graph.operators:
        index = int(operator.outputs[0])
        tensor = graph.tensors[index]
        if wanted.fullmatch(tensor.name.decode()) and tensor.shape[-1] == channels:
            return index
    return None
