"""A GigE Vision camera over real UDP: the contract of sources; it is killed, hangs and loses packets."""

import io
import logging
import re
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from viva_genicam.testing import FakeGigeCamera

from marbleline.adapters.brokers.sqlite import SqliteBroker
from marbleline.adapters.sources.frame_interval import FrameInterval
from marbleline.adapters.sources.genicam import GenicamSource
from marbleline.adapters.sources.genicam_discovery import discover
from marbleline.adapters.sources.genicam_pixels import RawPixels
from marbleline.adapters.sources.gvcp import DeviceIdentity
from marbleline.adapters.sources.registry import GenicamSettings, SourceContext
from marbleline.domain.frame import Frame
from marbleline.errors import SourceUnavailable
from marbleline.pipeline.camera.spool import Spool
from marbleline.pipeline.camera.worker import CameraOptions, run_camera
from marbleline.ports.source import CapturedImage, Source
from marbleline.ports.topology import FRAMES
from marbleline.telemetry.metrics import FRAMES_INCOMPLETE, RECONNECTS
from tests.builders import FakeClock, wait_until
from tests.contract.source_suite import SourceSuite, World
from tests.services.gige_camera import ADDRESS, SERIAL, GigeCamera, gige_camera, is_whole
from tests.services.missing import ServerMissing, skip_or_fail

KILLS = 20


@pytest.fixture(scope="module")
def running() -> Iterator[GigeCamera]:
    """A camera that this module's tests share, started."""
    try:
        with gige_camera() as camera:
            camera.start()
            yield camera
    except ServerMissing as error:
        skip_or_fail(error)


@pytest.fixture
def camera(running: GigeCamera) -> Iterator[GigeCamera]:
    """The same for tests that kill it."""
    yield running
    running.kill()
    running.start()


def source_of(clock: FakeClock | None = None, where: str = SERIAL, **settings: object) -> GenicamSource:
    context = SourceContext(f"genicam:{where}", "camera-1", 10_000_000)
    chosen = GenicamSettings(**{"rate": 1000.0, **settings})  # type: ignore[arg-type]
    return GenicamSource(context, chosen, clock or FakeClock(), FrameInterval(1000))


def pixels(captured: CapturedImage) -> RawPixels:
    """As they were stored."""
    return np.asarray(Image.open(io.BytesIO(captured.content)))


def next_image_of(source: Source) -> CapturedImage:
    """The next picture of a source that may not have found its camera yet."""
    found: list[CapturedImage] = []

    def asked() -> bool:
        try:
            captured = source.next_image(0.2)
        except SourceUnavailable:
            return False
        found.extend([captured] if captured else [])
        return bool(found)

    wait_until(asked, what="a picture")
    return found[0]


def lost(source: Source, saying: str) -> None:
    """Wait until the source says this of its camera."""
    said: list[str] = []

    def asked() -> bool:
        try:
            source.next_image(0.05)
        except SourceUnavailable as error:
            said.append(str(error))
        return bool(said) and saying in said[-1]

    wait_until(asked, what=f"being told: {saying}")


class GigeWorld(World):
    def offer(self, count: int) -> None:
        """The camera goes on."""

    def open(self) -> GenicamSource:
        return source_of(self.clock)


class TestGenicamSource(SourceSuite):
    @pytest.fixture
    def world(self, tmp_path: Path, running: GigeCamera) -> World:
        return GigeWorld(tmp_path)


def test_a_camera_is_found_with_its_serial_number(running: GigeCamera) -> None:
    found: list[DeviceIdentity] = []

    def looked() -> bool:
        found[:] = [one.identity for one in discover() if one.identity.serial == SERIAL]
        return bool(found)

    wait_until(looked, what="the camera's answer to a broadcast")
    assert (found[0].address, found[0].manufacturer, found[0].model) == (ADDRESS, "Aravis", "Fake")


@pytest.mark.parametrize("where", [SERIAL, ADDRESS])
def test_a_camera_is_chosen_by_serial_number_or_address(running: GigeCamera, where: str) -> None:
    source = source_of(where=where)
    assert f"Fake {SERIAL}#" in (next_image_of(source).origin or "")
    source.close()


def test_an_unknown_camera_is_named_with_those_that_are_there(running: GigeCamera) -> None:
    source = source_of(where="GV-404")
    lost(source, f"genicam:GV-404: no such camera on the network (found: {SERIAL} at {ADDRESS})")
    source.close()


@pytest.mark.parametrize(
    ("pixel_format", "mode", "storage"),
    [
        ("Mono8", "L", "raw"),
        ("Mono8", "L", "png"),
        ("RGB8", "RGB", "raw"),
        ("BayerRG8", "RGB", "raw"),
        ("Mono16", "I;16", "raw"),
    ],
)
def test_pixel_formats_become_pictures(
    running: GigeCamera, pixel_format: str, mode: str, storage: str
) -> None:
    source = source_of(genicam_pixel_format=pixel_format, genicam_storage=storage)
    picture = Image.open(io.BytesIO(next_image_of(source).content))
    assert (picture.mode, picture.size) == (mode, (512, 512))
    assert picture.format == ("PNG" if storage == "png" or mode == "I;16" else "BMP")
    source.close()


def test_a_pixel_format_that_the_camera_lacks_is_refused_with_those_it_has(running: GigeCamera) -> None:
    source = source_of(genicam_pixel_format="Mono12")
    lost(source, "PixelFormat Mono12: the camera offers BayerBG8")
    source.close()


def test_exposure_and_gain_reach_the_camera(running: GigeCamera) -> None:
    dark, light = (
        source_of(genicam_exposure_us=exposure, genicam_gain=0.0) for exposure in (1000.0, 10_000.0)
    )
    level = {}
    for name, source in (("dark", dark), ("light", light)):
        level[name] = float(pixels(next_image_of(source)).mean())
        source.close()
    assert level["dark"] < level["light"] / 2


def test_small_packets_are_warned_of(running: GigeCamera, caplog: pytest.LogCaptureFixture) -> None:
    for size, warned in ((1400, True), (9000, False)):
        caplog.clear()
        source = source_of(genicam_packet_size=size)
        next_image_of(source)
        source.close()
        assert ("genicam.small_packets" in [one.message for one in caplog.records]) is warned


def test_a_trigger_in_software_gives_a_picture_for_each_request(running: GigeCamera) -> None:
    source = source_of(genicam_trigger="software")
    numbers = [
        int((next_image_of(source).origin or "").partition("#")[2].partition(" ")[0]) for _ in range(4)
    ]
    assert np.diff(numbers).tolist() == [1, 1, 1]
    source.close()


@pytest.mark.parametrize("trigger", ["free", "software", "Line0"])
def test_a_camera_that_hangs_is_away_without_a_trigger_too(
    camera: GigeCamera, trigger: str, caplog: pytest.LogCaptureFixture
) -> None:
    source = source_of(genicam_trigger=trigger, genicam_timeout_s=0.5)
    if trigger == "Line0":
        connected(source, caplog)
        assert source.next_image(0.5) is None
    else:
        next_image_of(source)
    camera.hang()
    lost(source, f"Fake {SERIAL}")
    camera.kill()
    source.close()


def test_a_triggered_camera_that_restarted_is_connected_to_again(
    camera: GigeCamera, caplog: pytest.LogCaptureFixture
) -> None:
    # It is asked every 2 s, so not while it restarts.
    source = source_of(genicam_trigger="Line0", genicam_timeout_s=4.0)
    connected(source, caplog)
    camera.kill()
    camera.start()
    lost(source, "control of it was lost")
    connected(source, caplog)
    source.close()


def connected(source: GenicamSource, caplog: pytest.LogCaptureFixture) -> None:
    """Wait until the source has set up its camera."""
    caplog.clear()
    caplog.set_level(logging.INFO, "marbleline.camera")
    with suppress(SourceUnavailable):
        source.next_image(0.0)
    wait_until(lambda: "genicam.connected" in [one.message for one in caplog.records], what="connection")


def test_chunk_data_is_asked_for_where_it_is_offered(camera: GigeCamera) -> None:
    """By the library's own fake camera: Aravis's knows no chunk data."""
    camera.kill()
    with FakeGigeCamera(width=64, height=48) as fake:
        source = source_of(where=fake.ip)
        origin = next_image_of(source).origin or ""
        enabled = fake.peek(FakeGigeCamera.REGISTERS["ChunkModeActive"], 4)
        source.close()
    assert any(enabled)
    assert re.fullmatch(r".*#\d+ at \d+", origin)


def test_incomplete_frames_are_discarded_and_counted(camera: GigeCamera) -> None:
    counted = FRAMES_INCOMPLETE.labels(camera="camera-1")._value.get()
    camera.kill()
    camera.start(lost=3)
    source = source_of(genicam_packet_size=1400)
    taken = 0
    while taken < 10 or not source.dropped:
        assert is_whole(pixels(next_image_of(source)))
        taken += 1
    assert FRAMES_INCOMPLETE.labels(camera="camera-1")._value.get() > counted
    source.close()


@pytest.mark.slow
def test_a_camera_that_is_killed_twenty_times(camera: GigeCamera, tmp_path: Path) -> None:
    """Every other time it also loses packets. All published frames are whole, and none is missing."""
    incomplete = FRAMES_INCOMPLETE.labels(camera="camera-1")._value.get()
    path, stop = tmp_path / "broker.db", threading.Event()
    with closing(Spool(tmp_path / "spool", 1_000_000_000)) as spool:
        captured = running_line(spool, path, stop)
        for kill in range(KILLS):
            wait_for_frames(spool)
            back = reconnected()
            camera.kill()
            camera.start(lost=3 * (kill % 2))
            wait_until(lambda back=back: reconnected() > back, 60.0, "the reconnect")  # type: ignore[misc]
        wait_for_frames(spool)
        stop.set()
        captured.join(60)
        last = spool.next_sequence - 1
    assert FRAMES_INCOMPLETE.labels(camera="camera-1")._value.get() > incomplete
    assert published(path) == list(range(1, last + 1))


def reconnected() -> float:
    """How often a camera's stream was there again."""
    counted: float = RECONNECTS.labels(to="camera_stream")._value.get()
    return counted


def wait_for_frames(spool: Spool) -> None:
    """Wait for a few more in the spool."""
    already = spool.next_sequence
    wait_until(lambda: spool.next_sequence > already + 2, 60.0, "frames")


def running_line(spool: Spool, path: Path, stop: threading.Event) -> threading.Thread:
    source = source_of(rate=10.0, genicam_timeout_s=0.5, genicam_packet_size=1400)
    options = CameraOptions("line-1", "camera-1", grace_s=30.0)
    thread = threading.Thread(
        target=run_camera, args=(source, lambda: SqliteBroker(path), spool, options, stop), daemon=True
    )
    thread.start()
    return thread


def published(path: Path) -> list[int]:
    """The sequences of all frames in the broker, each found whole."""
    sequences = []
    with closing(SqliteBroker(path)) as broker:
        while deliveries := broker.receive(FRAMES.name, 16, 0.1):
            for delivery in deliveries:
                assert is_whole(np.asarray(Image.open(io.BytesIO(delivery.message.body))))
                sequences.append(Frame.from_headers(delivery.message.headers).sequence)
            broker.publish_and_ack(deliveries, ())
    return sequences
