"""Several products on one stand-in server."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

from marbleline.adapters.classifiers.litert import LiteRtClassifier
from marbleline.adapters.classifiers.tfserving import TfServingClassifier
from marbleline.domain.product import Product
from marbleline.errors import ClassifierUnavailable
from marbleline.operations.products import create_product
from marbleline.tfserving.server.batcher import Sizes
from marbleline.tfserving.server.models import Models
from marbleline.tfserving.server.server import Server
from tests.models.tiny_model import TINY, slab
from tests.unit.tfserving.server.standing_in import Client, a_request, refused


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TINY, tmp_path / "tiny"))


@pytest.fixture
def models(tiny: Path) -> Models:
    return Models(tiny, lambda folder: LiteRtClassifier(folder, warm=()), Sizes(threads=1))


@pytest.fixture
def client(models: Models) -> Iterator[Client]:
    server = Server(models, "127.0.0.1:0")
    models.refresh()
    with grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        yield Client(channel, server, models._first)
    server.close(0)


def test_a_product_is_served_when_its_folder_comes_and_not_after_it_has_gone(
    client: Client, models: Models, tiny: Path
) -> None:
    with refused(grpc.StatusCode.NOT_FOUND, "Servable not found for request: Latest(granite)"):
        client.predict(a_request("granite"))
    folder = create_product(tiny.parent, Product(name="granite"), tiny)
    models.refresh()
    granite, own = (client.predict(a_request(name)).model_spec for name in ("granite", "tiny"))
    assert (granite.name, granite.version.value) == ("granite", 1)
    assert (own.name, own.version.value) == ("tiny", 3)
    assert client.status("granite") == {1: "AVAILABLE"}
    shutil.rmtree(folder)
    models.refresh()
    with refused(grpc.StatusCode.NOT_FOUND, "granite"):
        client.predict(a_request("granite"))
    assert client.answers() == 3


def test_each_product_is_asked_by_its_folder(client: Client, models: Models, tiny: Path) -> None:
    folder = create_product(tiny.parent, Product(name="granite"), tiny)
    with pytest.raises(ClassifierUnavailable):
        TfServingClassifier(client.address, folder, timeout_s=30).classify([slab()])
    models.refresh()
    answers = [
        TfServingClassifier(client.address, one, timeout_s=30).classify([slab()]) for one in (folder, tiny)
    ]
    assert [answer.manifest.name for answer in answers] == ["granite", "tiny"]


def test_a_product_that_cannot_be_served_costs_the_others_nothing(
    client: Client, models: Models, tiny: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shutil.copytree(TINY, tiny.parent / "misnamed")
    create_product(tiny.parent, Product(name="granite"), tiny)
    create_product(tiny.parent, Product(name="untaught"))
    models.refresh()
    models.refresh()
    assert client.predict(a_request("granite")).model_spec.name == "granite"
    with refused(grpc.StatusCode.NOT_FOUND, "misnamed"):
        client.predict(a_request("misnamed"))
    refusals = [record.__dict__["product"] for record in caplog.records if record.msg == "product.refused"]
    assert refusals == ["misnamed"], "said once, and nothing of a product that has no version yet"
    assert client.answers() == 3


def test_the_folder_of_one_version_is_served_alone(tiny: Path) -> None:
    create_product(tiny.parent, Product(name="granite"), tiny)
    models = Models(tiny / "1", lambda folder: LiteRtClassifier(folder, warm=()), Sizes(threads=1))
    models.refresh()
    assert models.ready()
    assert models.named("granite") is None
    models.close()
