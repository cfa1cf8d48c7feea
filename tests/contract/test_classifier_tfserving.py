"""The gRPC adapter with the stand-in server keeps the classifier's promises."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from marbleline.adapters.classifiers.litert import LiteRtClassifier
from marbleline.adapters.classifiers.tfserving import TfServingClassifier
from marbleline.tfserving.server.batcher import Sizes
from marbleline.tfserving.server.server import Server
from marbleline.tfserving.server.versions import Versions
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


@pytest.mark.slow
def test_what_a_publisher_on_real_servers_loads_stays_small(server: Server) -> None:
    """Below 120 MiB with every client that a publisher has, and no LiteRT before the fallback needs it."""
    code = f"""
import sys
sys.modules["pyarrow"] = None  # the console's; the client of Elasticsearch loads it where it finds it
import elasticsearch, pika, psutil
import marbleline.adapters.brokers.rabbitmq, marbleline.adapters.stores.elasticsearch
import marbleline.bootstrap.publisher
import marbleline.pipeline.publisher, marbleline.pipeline.recorder
from marbleline.bootstrap.adapters import open_classifier
from marbleline.bootstrap.catalogue import load
from tests.models.tiny_model import slab
flags = {{"classifier": "grpc://127.0.0.1:{server.port}", "model": {str(TINY)!r}}}
flags["classifier_timeout_ms"] = "20000"
classifier = open_classifier(load(flags, environment={{}}))
for number in range(40):
    answer = classifier.classify([slab(width=960 if number % 10 == 9 else 320)] * 8)
assert not answer.fallback
print(psutil.Process().memory_info().rss >> 20, *sorted(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    resident, *modules = done.stdout.split()
    print(f"resident: {resident} MiB")
    assert int(resident) < 120
    assert not {"ai_edge_litert", "tensorflow"} & set(modules)
