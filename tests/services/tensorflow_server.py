"""A model server on TensorFlow's own runtime, with tensorflow-serving-api's own stubs. For tests only.

Run by a Python that has both: ``python tensorflow_server.py MODEL_FOLDER VERSION``. It prints its port. It
shows what nothing else here can: that our messages are what the official stubs read and write, that the
SavedModel's own signature passes our comparison, and that its scores are LiteRT's.
"""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2
from tensorflow_serving.apis import (
    get_model_metadata_pb2,
    get_model_status_pb2,
    model_service_pb2_grpc,
    prediction_service_pb2_grpc,
)
from tensorflow_serving.apis.predict_pb2 import PredictResponse

SIGNATURE = "serving_default"


class Predictions(prediction_service_pb2_grpc.PredictionServiceServicer):  # type: ignore[misc]
    """Predict and GetModelMetadata of one version."""

    def __init__(self, folder: Path, name: str, version: int) -> None:
        self.loaded = tf.saved_model.load(str(folder))
        self.call = self.loaded.signatures[SIGNATURE]
        self.saved = saved_model_pb2.SavedModel.FromString((folder / "saved_model.pb").read_bytes())
        self.name, self.version = name, version

    def Predict(self, request: Any, context: Any) -> Any:  # noqa: N802
        """By the signature's own inputs and outputs."""
        self.check(request.model_spec, context)
        inputs = {name: tf.constant(tf.make_ndarray(tensor)) for name, tensor in request.inputs.items()}
        response = PredictResponse()
        self.specify(response.model_spec)
        for name, value in self.call(**inputs).items():
            if not request.output_filter or name in request.output_filter:
                # As TensorFlow Serving does: values in the typed list, none in tensor_content.
                target = response.outputs[name]
                array = value.numpy()
                target.CopyFrom(tf.make_tensor_proto(array))
                target.tensor_content = b""
                del target.float_val[:]
                target.float_val.extend(array.ravel().tolist())
        return response

    def GetModelMetadata(self, request: Any, context: Any) -> Any:  # noqa: N802
        """The SavedModel's own SignatureDefs, as they lie in the file."""
        self.check(request.model_spec, context)
        signatures = get_model_metadata_pb2.SignatureDefMap()
        for name, signature in self.saved.meta_graphs[0].signature_def.items():
            signatures.signature_def[name].CopyFrom(signature)
        response = get_model_metadata_pb2.GetModelMetadataResponse()
        self.specify(response.model_spec)
        response.metadata["signature_def"].Pack(signatures)
        return response

    def check(self, model_spec: Any, context: Any) -> None:
        """NOT_FOUND for another name or version."""
        version = model_spec.version.value if model_spec.HasField("version") else self.version
        if (model_spec.name, version) != (self.name, self.version):
            context.abort(grpc.StatusCode.NOT_FOUND, "Servable not found for request")

    def specify(self, model_spec: Any) -> None:
        """What answered."""
        model_spec.name = self.name
        model_spec.version.value = self.version
        model_spec.signature_name = SIGNATURE


class Status(model_service_pb2_grpc.ModelServiceServicer):  # type: ignore[misc]
    """GetModelStatus: always available."""

    def __init__(self, version: int) -> None:
        self.version = version

    def GetModelStatus(self, request: Any, context: Any) -> Any:  # noqa: N802
        """The one version."""
        response = get_model_status_pb2.GetModelStatusResponse()
        response.model_version_status.add(version=self.version, state="AVAILABLE")
        return response


def main(folder: Path, version: int) -> None:
    """Serve until killed."""
    tf.config.threading.set_intra_op_parallelism_threads(1)
    server = grpc.server(ThreadPoolExecutor(4), options=(("grpc.max_receive_message_length", -1),))
    predictions = Predictions(folder / str(version), folder.name, version)
    prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(predictions, server)
    model_service_pb2_grpc.add_ModelServiceServicer_to_server(Status(version), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
