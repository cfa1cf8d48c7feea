"""What the stand-in takes on, and how it is reached: bounds, deadlines, health, TLS, port."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import pytest

from marbleline.adapters.classifiers.litert import LiteRtClassifier
from marbleline.adapters.classifiers.tfserving import TfServingClassifier
from marbleline.errors import ClassifierUnavailable, SettingError
from marbleline.tfserving.server.batcher import Sizes
from marbleline.tfserving.server.server import Server, Tls
from marbleline.tfserving.server.versions import Versions
from marbleline.tfserving.tensors import fill_pixels
from tests.builders import wait_until
from tests.models.tiny_model import TINY, expected, slab
from tests.services.authority import make_certificates
from tests.unit.tfserving.server.standing_in import Client, a_request, refused, standing_in

_Code = grpc.StatusCode


class Slow(LiteRtClassifier):
    """Judges when the gate is open."""

    gate = threading.Event()

    def classify(self, images: Any) -> Any:
        Slow.gate.wait(30)
        return super().classify(images)


def open_slow(folder: Path) -> Slow:
    return Slow(folder, warm=())


@pytest.fixture
def slow() -> Iterator[type[Slow]]:
    Slow.gate.clear()
    yield Slow
    Slow.gate.set()


def test_many_clients_get_their_own_answers() -> None:
    with standing_in(TINY, sizes=Sizes(threads=2)) as client:

        def ask(number: int) -> bool:
            classifier = TfServingClassifier(client.address, TINY, timeout_s=30)
            image = slab("crack", row=number % 15, column=number % 20)
            for _ in range(5):
                answer = classifier.classify([image, slab("dot")])
                assert answer.predictions[0].heatmap == pytest.approx(expected(image, 3).heatmap, abs=1e-4)
            classifier.close()
            return True

        with ThreadPoolExecutor(8) as clients:
            assert all(clients.map(ask, range(8)))


def test_beyond_the_bound_it_is_unavailable(slow: type[Slow]) -> None:
    with standing_in(TINY, open_version=open_slow, sizes=Sizes(threads=1, bound=2)) as client:
        request = a_request()
        request.inputs["image"].Clear()
        fill_pixels(request.inputs["image"], [slab()] * 3)
        with refused(_Code.UNAVAILABLE, "queue is full"):
            client.predict(request)
        slow.gate.set()
        assert client.answers() == 3


def test_a_deadline_ends_the_call_and_what_waits_is_dropped(slow: type[Slow]) -> None:
    with standing_in(TINY, open_version=open_slow, sizes=Sizes(threads=1)) as client:
        with refused(_Code.DEADLINE_EXCEEDED, ""):
            client.predict(a_request(), timeout=0.2)
        with refused(_Code.DEADLINE_EXCEEDED, ""):
            client.predict(a_request(), timeout=0.2)
        with client.versions.asked() as batcher:
            # Of two calls one picture is in work; the other's is cancelled.
            wait_until(lambda: all(future.cancelled() for _, future in batcher._waiting))
        slow.gate.set()
        assert client.answers() == 3


def test_health_says_whether_a_version_can_be_asked() -> None:
    versions = Versions(TINY, LiteRtClassifier, Sizes(threads=1))
    server = Server(versions, "127.0.0.1:0")
    with grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        client = Client(channel, server, versions)
        for service in ("", "tensorflow.serving.PredictionService"):
            assert client.health(service) == "NOT_SERVING"
        with refused(_Code.NOT_FOUND, "Servable not found"):
            client.answers()
        versions.refresh()
        server.update_health()
        assert client.health() == client.health("tensorflow.serving.ModelService") == "SERVING"
        with refused(_Code.NOT_FOUND, ""):
            client.health("other")
    server.close(0)


def test_tls_with_an_authority_of_ones_own(tmp_path: Path) -> None:
    make_certificates(tmp_path)
    tls = Tls(tmp_path / "server.pem", tmp_path / "server.key")
    with standing_in(TINY, tls=tls) as client:
        address = f"grpcs://localhost:{client.server.port}"
        classifier = TfServingClassifier(address, TINY, timeout_s=30, ca_file=tmp_path / "ca.pem")
        assert classifier.classify([slab()]).manifest.version == 3
        classifier.close()
        for wrong, ca_file in ((address, None), (address.replace("grpcs", "grpc"), None)):
            stranger = TfServingClassifier(wrong, TINY, timeout_s=5, ca_file=ca_file)
            with pytest.raises(ClassifierUnavailable):
                stranger.classify([slab()])
            stranger.close()


def test_certificates_and_their_authority_are_renewed_without_a_restart(tmp_path: Path) -> None:
    make_certificates(tmp_path)
    tls = Tls(tmp_path / "server.pem", tmp_path / "server.key")
    with standing_in(TINY, tls=tls) as client:
        address = f"grpcs://localhost:{client.server.port}"
        old = TfServingClassifier(address, TINY, timeout_s=30, ca_file=tmp_path / "ca.pem")
        assert old.classify([slab()]).predictions
        ca_of_before = (tmp_path / "ca.pem").read_bytes()
        make_certificates(tmp_path)
        new = TfServingClassifier(address, TINY, timeout_s=30, ca_file=tmp_path / "ca.pem")
        assert new.classify([slab()]).predictions
        new.close()
        # One that still trusts the old authority learns of the new one after a failure.
        late_file = tmp_path / "late.pem"
        late_file.write_bytes(ca_of_before)
        late = TfServingClassifier(address, TINY, timeout_s=30, ca_file=late_file)
        with pytest.raises(ClassifierUnavailable):
            late.classify([slab()])
        late_file.write_bytes((tmp_path / "ca.pem").read_bytes())
        wait_until(lambda: _judges(late), what="the new authority to be trusted")
        for one in (old, late):
            one.close()


def _judges(classifier: TfServingClassifier) -> bool:
    try:
        return len(classifier.classify([slab()]).predictions) == 1
    except ClassifierUnavailable:
        return False


def test_a_port_in_use_is_refused() -> None:
    versions = Versions(TINY, LiteRtClassifier, Sizes(threads=1))
    first = Server(versions, "127.0.0.1:0")
    with pytest.raises(SettingError, match="can't listen"):
        Server(versions, f"127.0.0.1:{first.port}")
    first.close(0)


def test_a_key_that_is_not_there(tmp_path: Path) -> None:
    versions = Versions(TINY, LiteRtClassifier, Sizes(threads=1))
    with pytest.raises(SettingError, match="serve_key_file"):
        Server(versions, "127.0.0.1:0", Tls(tmp_path / "a", tmp_path / "b"))
