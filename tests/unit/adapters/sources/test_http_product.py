"""The product over HTTP: of one upload, of the line, and what is refused."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from marbleline.domain.product_switch import ProductSwitch, new_switch
from marbleline.errors import BrokerUnavailable, SettingError, UnknownProduct
from tests.builders import START
from tests.unit.adapters.sources.test_http import Camera

TOKEN = {"Authorization": "Bearer secret"}


class Line:
    """A line whose product can be switched; ``trouble`` is raised instead, if it is set."""

    def __init__(self) -> None:
        self.switches: list[ProductSwitch] = []
        self.trouble: Exception | None = None

    def switch(self, product: str, by: str) -> ProductSwitch:
        if self.trouble is not None:
            raise self.trouble
        self.switches.append(new_switch("line-1", product, by, START))
        return self.switches[-1]

    def current(self) -> str:
        return self.switches[-1].product if self.switches else "marble"


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture
def camera(line: Line) -> Iterator[Camera]:
    yield from _opened(line, "secret")


@pytest.fixture
def open_camera(line: Line) -> Iterator[Camera]:
    """A camera without a token."""
    yield from _opened(line, "")


def _opened(line: Line, token: str) -> Iterator[Camera]:
    camera = Camera(token, prepare=lambda source: source.listen_for_switches(line.switch, line.current))
    yield camera
    camera.close()


def post(camera: Camera, body: Any, headers: dict[str, str] | None = None) -> tuple[int, dict[str, Any]]:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    status, answer, _ = camera.send(content, TOKEN if headers is None else headers, path="/product")
    return status, answer


def test_the_line_is_switched_and_tells_its_product(camera: Camera, line: Line) -> None:
    assert camera.send(b"", TOKEN, method="GET", path="/product")[:2] == (200, {"product": "marble"})
    status, answer = post(camera, {"product": "granite", "by": "MES"})
    assert (status, answer["product"]) == (200, "granite")
    assert answer["switch_id"] == line.switches[-1].switch_id
    assert camera.send(b"", TOKEN, method="GET", path="/product")[:2] == (200, {"product": "granite"})
    assert post(camera, {"product": "onyx"})[0] == 200
    assert [switch.by for switch in line.switches] == ["MES", "http 127.0.0.1"]


def test_an_upload_may_name_its_own_product(camera: Camera) -> None:
    for headers in ({"X-Product": "granite-black"}, {}):
        assert camera.send(headers={**TOKEN, **headers})[0] == 201
    assert [captured.product for captured in camera.captured_images] == ["granite-black", None]
    status, answer, _ = camera.send(headers={**TOKEN, "X-Product": "../granite"})
    assert (status, "X-Product" in answer["error"]) == (400, True)


@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, 401), ({"Authorization": "Bearer wrong"}, 403)],
    ids=["no token", "a wrong token"],
)
def test_only_who_has_the_token_switches(
    camera: Camera, line: Line, headers: dict[str, str], status: int
) -> None:
    assert post(camera, {"product": "granite"}, headers)[0] == status
    assert line.switches == []


def test_without_a_token_nobody_switches(open_camera: Camera, line: Line) -> None:
    status, answer = post(open_camera, {"product": "granite"}, {})
    assert (status, "http_token" in answer["error"]) == (403, True)
    assert line.switches == []
    assert open_camera.send(b"", method="GET", path="/product")[0] == 200


@pytest.mark.parametrize(
    "body",
    [b"no json", b"[]", b"{}", b'{"product": 7}', b'{"product": "a", "by": 7}', b"[" * 1_000, b'"granite"'],
)
def test_what_is_no_switch_is_said_so(camera: Camera, line: Line, body: bytes) -> None:
    assert post(camera, body)[0] == 400
    assert line.switches == []


def test_a_body_beyond_what_a_switch_needs_is_not_read(camera: Camera) -> None:
    assert post(camera, b" " * 2_001)[0] == 413


@pytest.mark.parametrize(
    ("trouble", "status"),
    [
        (BrokerUnavailable("unplugged"), 503),
        (SettingError("product 'A': use lower-case letters"), 400),
        (UnknownProduct("product 'onyx' has no model version"), 404),
    ],
    ids=["broker away", "no name", "unknown"],
)
def test_what_keeps_the_line_from_switching_is_told(
    camera: Camera, line: Line, trouble: Exception, status: int
) -> None:
    line.trouble = trouble
    found, answer = post(camera, {"product": "onyx"})
    assert found == status
    assert answer["error"]
