"""Video: a file that ends or repeats, and a stream that breaks off and comes back."""

import contextlib
import io
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from marbleline.adapters.sources import video_reader
from marbleline.adapters.sources.frame_interval import FrameInterval
from marbleline.adapters.sources.video import StreamSource, VideoFileSource, video_source, without_secrets
from marbleline.adapters.sources.video_reader import VideoReader
from marbleline.domain.picture import Pixels
from marbleline.errors import SourceEnded, SourceUnavailable
from marbleline.ports.source import CapturedImage
from tests.builders import FakeClock, make_frame, make_picture, make_pixels, wait_until
from tests.contract.test_source_video import write_video
from tests.unit.adapters.sources.rtsp_camera import RtspCamera


def file_source(path: Path, *, rate: float = 25, repeat: bool = False) -> VideoFileSource:
    return VideoFileSource(path, rate, repeat, FakeClock(), FrameInterval(1e9))


def captured_images(source: VideoFileSource, limit: int = 100) -> list[CapturedImage]:
    found: list[CapturedImage] = []
    try:
        while len(found) < limit:
            captured = source.next_image(1.0)
            if captured is not None:
                found.append(captured)
                source.committed(captured, make_frame(len(found)))
    except SourceEnded:
        pass
    return found


class TestFile:
    def test_each_picture_as_jpeg_with_its_number(self, tmp_path: Path) -> None:
        write_video(tmp_path / "belt ü.avi", 3)
        found = captured_images(file_source(tmp_path / "belt ü.avi"))
        assert [captured.origin for captured in found] == ["belt ü.avi#0", "belt ü.avi#1", "belt ü.avi#2"]
        for number, captured in enumerate(found):
            with Image.open(io.BytesIO(captured.content)) as image:
                assert (image.format, image.size) == ("JPEG", (64, 48))
                pixels = np.asarray(image).astype(int)[..., ::-1]
            assert np.abs(pixels - make_pixels(number)).mean() < 12

    def test_at_a_lower_rate_it_is_sampled_evenly(self, tmp_path: Path) -> None:
        write_video(tmp_path / "a.avi", 21)
        found = captured_images(file_source(tmp_path / "a.avi", rate=5))
        assert [captured.origin for captured in found] == [f"a.avi#{number}" for number in (0, 5, 10, 15, 20)]

    def test_repeats(self, tmp_path: Path) -> None:
        write_video(tmp_path / "a.avi", 2)
        found = captured_images(file_source(tmp_path / "a.avi", repeat=True), 3)
        assert [captured.origin for captured in found] == ["a.avi#0", "a.avi#1", "a.avi#0 (round 2)"]

    def test_goes_on_in_the_round_where_it_was(self, tmp_path: Path) -> None:
        write_video(tmp_path / "a.avi", 3)
        source = file_source(tmp_path / "a.avi", repeat=True)
        source.resume(make_frame(9, origin="a.avi#1 (round 4)"))
        assert [captured.origin for captured in captured_images(source, 2)] == [
            "a.avi#2 (round 4)",
            "a.avi#0 (round 5)",
        ]

    def test_another_file_begins_at_its_beginning(self, tmp_path: Path) -> None:
        write_video(tmp_path / "a.avi", 2)
        source = file_source(tmp_path / "a.avi")
        source.resume(make_frame(9, origin="b.avi#1"))
        assert len(captured_images(source)) == 2

    def test_what_is_no_video_or_not_there_yet(self, tmp_path: Path) -> None:
        (tmp_path / "a.avi").write_bytes(b"no video")
        for name in ("a.avi", "b.avi"):
            with pytest.raises(SourceUnavailable, match=name):
                file_source(tmp_path / name).next_image(1.0)
        source = file_source(tmp_path / "b.avi")
        with pytest.raises(SourceUnavailable):
            source.next_image(1.0)
        write_video(tmp_path / "b.avi", 2)
        assert len(captured_images(source)) == 2

    def test_a_truncated_file_gives_what_it_has(self, tmp_path: Path) -> None:
        write_video(tmp_path / "a.avi", 20)
        os.truncate(tmp_path / "a.avi", (tmp_path / "a.avi").stat().st_size // 2)
        assert 0 < len(captured_images(file_source(tmp_path / "a.avi"))) < 20


class MotionJpeg:
    """A network camera: JPEGs over HTTP without end, until it is unplugged."""

    def __init__(self, port: int = 0) -> None:
        self.listener = socket.create_server(("127.0.0.1", port))
        self.port: int = self.listener.getsockname()[1]
        self.unplugged = threading.Event()
        self.clients: list[socket.socket] = []
        self.requests: list[bytes] = []
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.clients.append(client)
            threading.Thread(target=self._send, args=(client,), daemon=True).start()

    def _send(self, client: socket.socket) -> None:
        try:
            self.requests.append(client.recv(4096))
            client.sendall(
                b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=frame\r\n\r\n"
            )
            number = 0
            while not self.unplugged.wait(0.02):
                picture = make_picture(number)
                number += 1
                client.sendall(
                    b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%b\r\n"
                    % (len(picture), picture)
                )
        except OSError:
            pass
        finally:
            client.close()

    def unplug(self) -> None:
        self.unplugged.set()
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)  # else an accept() under way keeps the port
        self.listener.close()
        self.thread.join(20)
        for client in self.clients:
            client.close()


def next_image(source: StreamSource, limit_s: float = 30.0) -> CapturedImage:
    found: list[CapturedImage] = []

    def asked() -> bool:
        try:
            captured = source.next_image(0.1)
        except SourceUnavailable:
            return False
        if captured is not None:
            found.append(captured)
        return bool(found)

    wait_until(asked, limit_s, "a picture of the stream")
    return found[0]


def is_away(source: StreamSource) -> bool:
    try:
        source.next_image(0.05)
    except SourceUnavailable:
        return True
    return False


class TestStream:
    @pytest.fixture
    def plugged(self) -> Iterator[MotionJpeg]:
        camera = MotionJpeg()
        yield camera
        camera.unplug()

    def test_breaks_off_and_comes_back(self, plugged: MotionJpeg) -> None:
        address = f"http://operator:secret@127.0.0.1:{plugged.port}/belt?key=secret"
        source = video_source(address, 1000, False, FakeClock())
        assert isinstance(source, StreamSource)
        captured = next_image(source)
        assert captured.origin == f"http://127.0.0.1:{plugged.port}/belt"
        with Image.open(io.BytesIO(captured.content)) as image:
            assert (image.format, image.size) == ("JPEG", (64, 48))
        plugged.unplug()
        said: list[str] = []

        def away() -> bool:
            try:
                source.next_image(0.05)
            except SourceUnavailable as error:
                said.append(str(error))
            return bool(said)

        wait_until(away, what="being told that it is away")
        assert "secret" not in said[0]
        assert f"127.0.0.1:{plugged.port}/belt" in said[0]
        again = MotionJpeg(plugged.port)
        next_image(source)
        source.close()
        again.unplug()

    def test_rtsp_over_tcp_with_a_password_also_after_it_was_unplugged(self) -> None:
        camera = RtspCamera("operator", "hunter2")
        source = video_source(f"rtsp://operator:hunter2@127.0.0.1:{camera.port}/belt", 1000, False)
        assert isinstance(source, StreamSource)
        captured = next_image(source)
        assert captured.origin == f"rtsp://127.0.0.1:{camera.port}/belt"
        with Image.open(io.BytesIO(captured.content)) as image:
            assert (image.format, image.size) == ("JPEG", (64, 48))
        setups = [request for request in camera.requests if request.startswith(b"SETUP")]
        assert setups
        assert all(b"RTP/AVP/TCP" in request for request in setups)
        camera.unplug()
        wait_until(lambda: is_away(source), what="being told that it is away")
        again = RtspCamera("operator", "hunter2", camera.port)
        next_image(source)
        source.close()
        again.unplug()

    def test_a_stream_that_freezes_counts_as_gone(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(video_reader, "_TIMEOUT_MS", 300)
        camera = RtspCamera("operator", "hunter2")
        source = video_source(f"rtsp://operator:hunter2@127.0.0.1:{camera.port}/belt", 1000, False)
        assert isinstance(source, StreamSource)
        next_image(source)
        camera.frozen.set()
        wait_until(lambda: is_away(source), what="being told that it is away")
        camera.frozen.clear()
        next_image(source)
        source.close()
        camera.unplug()

    def test_keeps_the_newest_and_counts_what_it_dropped(self) -> None:
        stream = CountedStream(limit=50)
        reader = VideoReader("x", "x", 1e9, FakeClock(), lambda address: stream)
        wait_until(lambda: stream.number == 50)
        taken = [reader.next_image(1.0) for _ in range(4)]
        assert [one[1][0, 0, 0] for one in taken if one] == [46, 47, 48, 49]
        assert reader.dropped == 46
        stream.unplugged.set()
        reader.close()

    def test_at_a_lower_rate_pictures_are_passed_over_not_dropped(self) -> None:
        stream = CountedStream(limit=200)
        reader = VideoReader("x", "x", 0.001, FakeClock(), lambda address: stream)
        wait_until(lambda: stream.number == 200)
        assert reader.next_image(1.0) is not None
        assert reader.next_image(0.0) is None
        assert reader.dropped == 0
        stream.unplugged.set()
        reader.close()

    def test_tries_again_with_longer_and_longer_waits(self, monkeypatch: pytest.MonkeyPatch) -> None:
        waits: list[float] = []
        wait = threading.Event.wait

        def noted(event: threading.Event, timeout: float | None = None) -> bool:
            if threading.current_thread().name == "video" and timeout:
                waits.append(timeout)
                return wait(event, 0.001)
            return wait(event, timeout)

        monkeypatch.setattr(threading.Event, "wait", noted)
        reader = VideoReader("x", "camera x", 5, FakeClock(), lambda address: None)
        wait_until(lambda: len(waits) >= 7)
        reader.close()
        for waited, most in zip(waits, (0.5, 1.0, 2.0, 4.0, 8.0, 10.0, 10.0), strict=False):
            assert most / 2 <= waited <= most
        with pytest.raises(SourceUnavailable, match="camera x can't be opened"):
            reader.next_image(0.0)

    def test_a_device_number_opens_a_device(self) -> None:
        source = video_source("0", 5, False)
        assert isinstance(source, StreamSource)
        assert not source.can_wait
        assert without_secrets(0) == "device 0"


class CountedStream:
    """Gives numbered pictures as fast as it can, then hangs like a camera that froze."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.number = 0
        self.unplugged = threading.Event()

    def grab(self) -> bool:
        if self.number == self.limit:
            self.unplugged.wait(60)
            return False
        self.number += 1
        return True

    def retrieve(self) -> tuple[bool, Pixels]:
        return True, np.full((4, 4, 3), self.number - 1, np.uint8)

    def release(self) -> None:
        """Nothing to release."""


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("rtsp://user:pass@10.0.0.7:554/stream1?token=abc", "rtsp://10.0.0.7:554/stream1"),
        ("rtsp://us@er:pa@ss@host/x", "rtsp://host/x"),
        ("rtsp://[fe80::1]:554/x", "rtsp://[fe80::1]:554/x"),
    ],
)
def test_addresses_are_shown_without_secrets(address: str, shown: str) -> None:
    assert without_secrets(address) == shown


def test_nothing_that_is_written_shows_the_password() -> None:
    code = (
        "import logging, sys, time\n"
        "logging.basicConfig(level='DEBUG')\n"
        "from marbleline.adapters.sources.video import video_source\n"
        "from marbleline.errors import SourceUnavailable\n"
        "source = video_source(sys.argv[1], 5, False)\n"
        "until = time.monotonic() + 30\n"
        "while time.monotonic() < until:\n"
        "    try:\n"
        "        source.next_image(0.1)\n"
        "    except SourceUnavailable as error:\n"
        "        print(error)\n"
        "        break\n"
    )
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    for scheme in ("rtsp", "http"):
        address = f"{scheme}://operator:hunter2@127.0.0.1:{port}/belt"
        done = subprocess.run(
            [sys.executable, "-c", code, address], capture_output=True, text=True, timeout=60, check=True
        )
        assert f"{scheme}://127.0.0.1:{port}/belt can't be opened" in done.stdout
        assert "hunter2" not in done.stdout + done.stderr
