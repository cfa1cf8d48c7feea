"""The messages of three calls, made from TensorFlow Serving's own definitions.

``api.binpb`` holds the definitions that ``tensorflow-serving-api`` ships (see ``collect.py``). Classes are
made of them at import, in a pool of their own: so no TensorFlow is installed, protobuf of any later
version will do, and a TensorFlow in the same process isn't disturbed.
"""

from importlib import resources
from typing import Any, Final

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_pool: Final = descriptor_pool.DescriptorPool()
for _file in descriptor_pb2.FileDescriptorSet.FromString(
    resources.files(__package__).joinpath("api.binpb").read_bytes()
).file:
    _pool.Add(_file)


def _message(name: str) -> Any:
    return message_factory.GetMessageClass(_pool.FindMessageTypeByName(name))


def _values(name: str) -> dict[str, int]:
    return {value.name: value.number for value in _pool.FindEnumTypeByName(name).values}


PredictRequest: Final = _message("tensorflow.serving.PredictRequest")
PredictResponse: Final = _message("tensorflow.serving.PredictResponse")
GetModelMetadataRequest: Final = _message("tensorflow.serving.GetModelMetadataRequest")
GetModelMetadataResponse: Final = _message("tensorflow.serving.GetModelMetadataResponse")
SignatureDefMap: Final = _message("tensorflow.serving.SignatureDefMap")
GetModelStatusRequest: Final = _message("tensorflow.serving.GetModelStatusRequest")
GetModelStatusResponse: Final = _message("tensorflow.serving.GetModelStatusResponse")
TensorProto: Final = _message("tensorflow.TensorProto")

DATA_TYPES: Final = _values("tensorflow.DataType")
STATES: Final = _values("tensorflow.serving.ModelVersionStatus.State")

PREDICT: Final = "/tensorflow.serving.PredictionService/Predict"
GET_MODEL_METADATA: Final = "/tensorflow.serving.PredictionService/GetModelMetadata"
GET_MODEL_STATUS: Final = "/tensorflow.serving.ModelService/GetModelStatus"

SIGNATURE: Final = "serving_default"
SIGNATURE_DEF: Final = "signature_def"
