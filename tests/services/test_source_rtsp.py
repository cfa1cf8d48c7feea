"""RTSP against a server that we did not write: pictures, a wrong password, and a server that is killed."""

import io
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image

from marbleline.adapters.sources.video import StreamSource, video_source
from marbleline.errors import SourceUnavailable
from marbleline.telemetry.metrics import RECONNECTS
from tests.builders import wait_until
from tests.services.missing import ServerMissing, skip_or_fail
from tests.services.packages import install
from tests.services.processes import free_ports
from tests.services.rtsp_server import PACKAGES, PASSWORD, STREAMS, USER, RtspServer, installed

pytestmark = pytest.mark.slow

KILLS = 3


@pytest.fixture(scope="module")
def server() -> Iterator[RtspServer]:
    try:
        if not installed():
            install(PACKAGES, "GStreamer's RTSP server")
        started = RtspServer(free_ports(1)[0])
    except ServerMissing as error:
        skip_or_fail(error)
    started.start()
    yield started
    started.kill()


@pytest.fixture
def source(server: RtspServer, request: pytest.FixtureRequest) -> Iterator[StreamSource]:
    opened = source_of(server, request.param)
    yield opened
    opened.close()


def source_of(server: RtspServer, path: str, password: str = PASSWORD) -> StreamSource:
    opened = video_source(f"rtsp://{USER}:{password}@127.0.0.1:{server.port}{path}", 25.0, False)
    assert isinstance(opened, StreamSource)
    return opened


def picture(source: StreamSource) -> Image.Image:
    """The next one, also of a source that is not connected yet."""
    found: list[Image.Image] = []

    def asked() -> bool:
        try:
            captured = source.next_image(0.2)
        except SourceUnavailable:
            return False
        found.extend([Image.open(io.BytesIO(captured.content))] if captured else [])
        return bool(found)

    wait_until(asked, 60.0, what="a picture")
    return found[0]


def lost(source: StreamSource) -> str:
    """What it says when the server is away."""
    said: list[str] = []

    def asked() -> bool:
        try:
            source.next_image(0.05)
        except SourceUnavailable as error:
            said.append(str(error))
        return bool(said)

    wait_until(asked, 60.0, what="that the server is away")
    return said[0]


@pytest.mark.parametrize("source", STREAMS, indirect=True)
def test_pictures_come_whole_and_show_the_moving_ball(source: StreamSource) -> None:
    positions = set()
    for _ in range(5):
        grey = np.asarray(picture(source).convert("L"))
        assert grey.shape == (480, 640)
        rows, columns = np.nonzero(grey > 128)
        assert 500 < len(rows) < 5_000, "one ball on black, and no smear of a lost packet"
        positions.add((round(float(rows.mean())), round(float(columns.mean()))))
    assert len(positions) > 1


def test_a_wrong_password_gives_no_picture_and_is_not_shown(server: RtspServer) -> None:
    source = source_of(server, "/h264", "wrong-password")
    said = lost(source)
    assert f"rtsp://127.0.0.1:{server.port}/h264" in said
    assert "wrong-password" not in said
    source.close()


@pytest.mark.parametrize("source", ["/h264"], indirect=True)
def test_a_server_that_is_killed_is_connected_to_again(server: RtspServer, source: StreamSource) -> None:
    picture(source)
    reconnects = RECONNECTS.labels(to="camera_stream")._value.get()
    for kill in range(1, KILLS + 1):
        server.kill()
        lost(source)
        server.start()
        picture(source)
        assert RECONNECTS.labels(to="camera_stream")._value.get() == reconnects + kill
