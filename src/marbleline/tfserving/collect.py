"""Copies the API's own definitions out of the package ``tensorflow-serving-api`` into ``api.binpb``.

    python -m marbleline.tfserving.collect [FILE]

To be run where ``tensorflow-serving-api`` and ``tensorflow`` are installed, when the API changes; the
result is committed. TensorFlow's runtime is not loaded: only the generated descriptions are read.
"""

import importlib
import importlib.util
import sys
import types
from pathlib import Path

from google.protobuf import descriptor_pb2

MODULES = (
    "tensorflow_serving.apis.predict_pb2",
    "tensorflow_serving.apis.get_model_metadata_pb2",
    "tensorflow_serving.apis.get_model_status_pb2",
)


def collect() -> bytes:
    """A FileDescriptorSet of the three calls' messages and all that they are made of."""
    spec = importlib.util.find_spec("tensorflow")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("tensorflow is not installed here; it holds half of the definitions")
    # In place of the real package, whose import would load the runtime.
    hollow = types.ModuleType("tensorflow")
    hollow.__path__ = list(spec.submodule_search_locations)
    sys.modules["tensorflow"] = hollow
    files = descriptor_pb2.FileDescriptorSet()
    seen: set[str] = set()
    for name in MODULES:
        _add(importlib.import_module(name).DESCRIPTOR, files, seen)
    content: bytes = files.SerializeToString(deterministic=True)
    return content


def _add(file: object, files: "descriptor_pb2.FileDescriptorSet", seen: set[str]) -> None:
    name: str = file.name  # type: ignore[attr-defined]
    if name in seen:
        return
    seen.add(name)
    for needed in file.dependencies:  # type: ignore[attr-defined]
        _add(needed, files, seen)
    file.CopyToProto(files.file.add())  # type: ignore[attr-defined]


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("api.binpb")
    target.write_bytes(collect())
