"""What the gRPC adapter makes of servers that fail, lie, hang, or change versions."""

import shutil
import socket
import threading
import time
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest

from marbleline.adapters.classifiers.tfserving import TfServingClassifier
from marbleline.errors import ClassifierUnavailable, ModelError, SettingError
from tests.builders import wait_until
from tests.contract.fake_model_server import FakeModelServer, serving, signatures
from tests.models.tiny_model import TINY, VERSIONS, expected, slab


def classifier_of(fake: FakeModelServer, which: str = "", **options: Any) -> TfServingClassifier:
    return TfServingClassifier(fake.address + which, options.pop("folder", TINY), timeout_s=10, **options)


def aborting(code: grpc.StatusCode, first: int = 10**9) -> Any:
    def before(number: int, context: Any) -> None:
        if number <= first:
            context.abort(code, "as the test wants it")

    return before


# --- which version ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("which", "name", "version", "label"),
    [
        ("", "tiny", 0, ""),
        ("/", "tiny", 0, ""),
        ("/other", "other", 0, ""),
        ("/tiny@stable", "tiny", 0, "stable"),
        ("/tiny@3", "tiny", 3, ""),
        ("/@3", "tiny", 3, ""),
    ],
)
def test_asks_for_the_version_or_label_of_the_address(
    which: str, name: str, version: int, label: str
) -> None:
    with serving(FakeModelServer()) as fake:
        classifier_of(fake, which).classify([slab()])
        spec = fake.requests[0].model_spec
        assert (spec.name, spec.version.value, spec.version_label) == (name, version, label)
        assert spec.signature_name == "serving_default"


def test_a_folder_of_one_version_pins_it() -> None:
    with serving(FakeModelServer(version=1)) as fake:
        classifier = classifier_of(fake, folder=TINY / "1")
        classifier.classify([slab()])
        assert fake.requests[0].model_spec.version.value == 1
        fake.version = 2
        with pytest.raises(ModelError, match="answers by version 2, asked for was 1"):
            classifier.classify([slab()])


def test_folder_and_address_must_agree() -> None:
    with pytest.raises(SettingError, match="asks for version 2"):
        TfServingClassifier("grpc://localhost:1/tiny@2", TINY / "1")


def test_a_promotion_between_two_calls_brings_its_own_thresholds() -> None:
    with serving(FakeModelServer(version=1)) as fake:
        classifier = classifier_of(fake, "/tiny@stable")
        assert classifier.manifest.version == 1
        for version in (1, 2, 3, 1):
            fake.version = version
            answer = classifier.classify([slab("crack")])
            assert answer.manifest.version == classifier.manifest.version == version
            assert answer.manifest.thresholds.faulty_from == VERSIONS[version]["faulty_from"]
            assert answer.predictions[0].scores == pytest.approx(
                expected(slab("crack"), version).scores, abs=1e-5
            )


def test_a_promotion_within_a_call_never_mixes_versions() -> None:
    # Two sizes make two requests: the first pair is answered by versions 1 and 2.
    with serving(FakeModelServer(version=lambda number: 1 if number <= 1 else 2)) as fake:
        answer = classifier_of(fake).classify([slab("dot"), slab("dot", width=240)])
        assert answer.manifest.version == 2
        assert len(fake.requests) == 4


def test_versions_that_never_agree_are_given_up() -> None:
    fake = FakeModelServer(version=lambda number: 1 + number % 2)
    with serving(fake), pytest.raises(ClassifierUnavailable, match=r"versions \[1, 2\] at once"):
        classifier_of(fake).classify([slab(), slab(width=240)])


def test_a_version_that_came_after_the_start(tmp_path: Path) -> None:
    for version in ("1", "2"):
        shutil.copytree(TINY / version, tmp_path / version)
    with serving(FakeModelServer(version=2)) as fake:
        classifier = classifier_of(fake, folder=tmp_path)
        fake.version = 3
        with pytest.raises(ModelError, match=r"answers by version 3, whose thresholds.*has no version 3"):
            classifier.classify([slab()])
        shutil.copytree(TINY / "3", tmp_path / "3")
        assert classifier.classify([slab()]).manifest.version == 3


def test_a_server_that_does_not_say_its_version() -> None:
    fake = FakeModelServer(spoil=lambda response: response.model_spec.Clear())
    with serving(fake), pytest.raises(ModelError, match="doesn't say which version"):
        classifier_of(fake).classify([slab()])


# --- compared at start --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "tensor", "said"),
    [
        ("image", ("inputs", "DT_UINT8", (-1, 224, 224, 3)), r"input 'image' is \[\?, 224, 224, 3\].*of 240"),
        ("image", ("inputs", "DT_FLOAT", (-1, -1, -1, 3)), "input 'image' is float, expected uint8"),
        ("image", ("inputs", "DT_UINT8", (-1, -1, -1, 1)), r"'image' is \[\?, \?, \?, 1\]"),
        ("image", ("inputs", "DT_UINT8", (1, -1, -1, 3)), r"'image' is \[1, "),
        ("scores", ("outputs", "DT_FLOAT", (-1, 5)), r"'scores' is \[\?, 5\].*good, crack, dot, joint"),
        ("heatmap", ("outputs", "DT_FLOAT", (-1, -1, -1, 3)), r"'heatmap'.*good, crack, dot, joint"),
        ("anomaly", ("outputs", "DT_FLOAT", (-1, 1)), r"'anomaly' is \[\?, 1\]"),
        ("anomaly", None, r"has outputs \['heatmap', 'scores'\]"),
        ("mask", ("inputs", "DT_FLOAT", (-1,)), r"has inputs \['image', 'mask'\]"),
    ],
)
def test_a_model_that_is_not_the_manifests_refuses_to_start(name: str, tensor: Any, said: str) -> None:
    tensors = {**signatures(), name: tensor}
    fake = FakeModelServer(tensors={key: value for key, value in tensors.items() if value is not None})
    with serving(fake), pytest.raises(ModelError, match=rf"version 3: .*{said}"):
        classifier_of(fake)


def test_another_signature_refuses_to_start() -> None:
    fake = FakeModelServer(signature_name="other")
    with serving(fake), pytest.raises(ModelError, match=r"signatures \['other'\]"):
        classifier_of(fake)


def test_a_server_that_is_away_at_start_is_compared_later() -> None:
    fake = FakeModelServer()
    with serving(fake):
        pass  # only to get a port on which nobody listens now
    classifier = TfServingClassifier(fake.address, TINY, timeout_s=10)
    assert classifier.manifest.version == 3
    with pytest.raises(ClassifierUnavailable, match=f"127.0.0.1:{fake.port}: UNAVAILABLE"):
        classifier.classify([slab()])
    with pytest.raises(ClassifierUnavailable):
        classifier.check()
    fake.tensors["scores"] = ("outputs", "DT_FLOAT", (-1, 5))
    with serving(fake, fake.port):
        wait_until(lambda: _reaches(classifier), what="the server to be found again")
        with pytest.raises(ModelError, match="scores"):
            classifier.classify([slab()])


def _judges(classifier: TfServingClassifier) -> bool:
    try:
        return len(classifier.classify([slab()]).predictions) == 1
    except ClassifierUnavailable:
        return False


def _reaches(classifier: TfServingClassifier) -> bool:
    try:
        classifier.check()
    except ClassifierUnavailable:
        return False
    return True


# --- failures -----------------------------------------------------------------------------------------------


def test_unavailable_is_tried_again() -> None:
    with serving(FakeModelServer(before=aborting(grpc.StatusCode.UNAVAILABLE, first=2))) as fake:
        assert len(classifier_of(fake).classify([slab()]).predictions) == 1
        assert len(fake.requests) == 3


@pytest.mark.parametrize(
    ("code", "kind", "tries"),
    [
        (grpc.StatusCode.UNAVAILABLE, ClassifierUnavailable, 3),
        (grpc.StatusCode.NOT_FOUND, ClassifierUnavailable, 1),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, ClassifierUnavailable, 1),
        (grpc.StatusCode.INTERNAL, ClassifierUnavailable, 1),
        (grpc.StatusCode.UNAUTHENTICATED, ClassifierUnavailable, 1),
        (grpc.StatusCode.INVALID_ARGUMENT, ModelError, 1),
        (grpc.StatusCode.FAILED_PRECONDITION, ModelError, 1),
        (grpc.StatusCode.UNIMPLEMENTED, ModelError, 1),
    ],
    ids=lambda value: getattr(value, "name", str(value)),
)
def test_nothing_else_is(code: grpc.StatusCode, kind: type[Exception], tries: int) -> None:
    with serving(FakeModelServer(before=aborting(code))) as fake:
        with pytest.raises(kind, match=f"{code.name}: as the test wants it"):
            classifier_of(fake).classify([slab()])
        assert len(fake.requests) == tries


def test_a_server_that_hangs_is_left_at_the_deadline_and_found_again() -> None:
    released = threading.Event()

    def hang(number: int, context: Any) -> None:
        if number == 1:
            released.wait(20)

    with serving(FakeModelServer(before=hang)) as fake:
        classifier = TfServingClassifier(fake.address, TINY, timeout_s=0.3)
        with pytest.raises(ClassifierUnavailable, match="DEADLINE_EXCEEDED"):
            classifier.classify([slab()])
        # The first call still hangs; the next one doesn't wait behind it.
        wait_until(lambda: _judges(classifier), what="the next call to be answered")
        released.set()


def test_a_network_that_swallows_all_is_left_at_the_deadline() -> None:
    # Accepted by the system, never answered by anybody.
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        began = time.monotonic()
        classifier = TfServingClassifier(f"grpc://127.0.0.1:{port}", TINY, timeout_s=0.2)
        with pytest.raises(ClassifierUnavailable):
            classifier.classify([slab()])
        with pytest.raises(ClassifierUnavailable):
            classifier.check()
        assert time.monotonic() - began < 10


def test_a_server_that_restarts_is_found_again() -> None:
    fake = FakeModelServer()
    with serving(fake):
        classifier = classifier_of(fake)
        classifier.classify([slab()])
    with pytest.raises(ClassifierUnavailable):
        classifier.classify([slab()])
    with serving(fake, fake.port):
        wait_until(lambda: _reaches(classifier), what="the server to be found again")
        assert len(classifier.classify([slab()]).predictions) == 1


def _spoil(name: str, **changes: Any) -> Any:
    def spoil(response: Any) -> None:
        tensor = response.outputs[name]
        for field, value in changes.items():
            if field == "dims":
                for dim, size in zip(tensor.tensor_shape.dim, value, strict=True):
                    dim.size = size
            elif field == "float_val":
                tensor.float_val[0] = value
            else:
                setattr(tensor, field, value)

    return spoil


@pytest.mark.parametrize(
    "spoil",
    [
        _spoil("scores", float_val=float("nan")),
        _spoil("scores", float_val=7.0),
        _spoil("scores", float_val=0.5),
        _spoil("scores", dims=(2, 4)),
        _spoil("scores", dtype=2),
        _spoil("scores", tensor_content=b"12345"),
        _spoil("heatmap", float_val=float("inf")),
        _spoil("heatmap", float_val=-1.0),
        _spoil("heatmap", dims=(1, 20, 15, 4)),
        _spoil("heatmap", dims=(1, -15, -20, 4)),
        _spoil("heatmap", dims=(1, 2**40, 2**40, 4)),
        _spoil("anomaly", float_val=float("nan")),
        lambda response: response.outputs["anomaly"].ClearField("float_val"),
        lambda response: response.outputs.pop("heatmap"),
    ],
)
def test_garbage_is_an_error_that_names_the_output(spoil: Any) -> None:
    fake = FakeModelServer(spoil=spoil)
    with serving(fake), pytest.raises(ModelError, match=r"127\.0\.0\.1:\d+.*(scores|anomaly|heatmap)"):
        classifier_of(fake).classify([slab("crack")])


# --- how it asks --------------------------------------------------------------------------------------------


def test_one_request_for_each_size_and_32_pictures() -> None:
    with serving(FakeModelServer()) as fake:
        images = [slab("crack", width=240 + 16 * (number % 2), row=number % 15) for number in range(80)]
        answer = classifier_of(fake).classify(images)
        assert sorted(r.inputs["image"].tensor_shape.dim[0].size for r in fake.requests) == [8, 8, 32, 32]
        for number, prediction in enumerate(answer.predictions):
            assert np.argmax(1 - prediction.heatmap[..., 0]) // prediction.heatmap.shape[1] == number % 15


def test_pixels_travel_as_bytes() -> None:
    with serving(FakeModelServer()) as fake:
        classifier_of(fake).classify([slab()])
        tensor = fake.requests[0].inputs["image"]
        assert tensor.tensor_content == slab().tobytes()
        assert not tensor.int_val


@pytest.mark.parametrize("state", ["LOADING", "UNLOADING", "END", "START"])
def test_not_ready_until_a_version_is(state: str) -> None:
    with serving(FakeModelServer(state=state)) as fake:
        classifier = classifier_of(fake)
        with pytest.raises(ClassifierUnavailable, match=f"3 is {state}"):
            classifier.check()


@pytest.mark.parametrize(
    "address", ["grpc:localhost", "grpc://", "grpc://h:0", "grpc://h:8500/a/b", "grpc://a:b@h", "http://h:80"]
)
def test_a_wrong_address_is_refused(address: str) -> None:
    with pytest.raises(SettingError, match="allowed is grpc"):
        TfServingClassifier(address, TINY)


def test_a_ca_file_that_is_not_there() -> None:
    with pytest.raises(SettingError, match="classifier_ca_file"):
        TfServingClassifier("grpcs://localhost:1", TINY, ca_file=Path("/nowhere/ca.pem"))
