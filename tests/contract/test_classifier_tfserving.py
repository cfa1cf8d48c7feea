"""The gRPC adapter with the stand-in server keeps the classifier's promises."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from marbleline.adapters.classifier_litert import LiteRtClassifier
from marbleline.adapters.classifier_tfserving import TfServingClassifier
from marbleline.serving.batcher import Sizes
from marbleline.serving.server import Server
from marbleline.serving.versions import Versions
from tests.contract.classifier_suite import ClassifierSuite
from tests.models.tiny_model import TINY


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """The stand-in with the newest version, 3."""
    versions = Versions(TINY, LiteRtClassifier, Sizes(threads=2))
    server = Server(versions, "127.0.0.1:0")
    versions.refresh()
    yield server
    server.close(0)


class TestTfServing(ClassifierSuite):
    runtime = "tensorflow-serving"

    @pytest.fixture
    def classifier(self, server: Server) -> Iterator[TfServingClassifier]:
        classifier = TfServingClassifier(f"grpc://127.0.0.1:{server.port}", TINY, timeout_s=20)
        yield classifier
        classifier.close()
