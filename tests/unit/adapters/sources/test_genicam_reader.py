"""The thread that reads a GenICam camera: which frames it keeps, and what it does when the camera is away."""

import itertools
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest
from viva_genicam import Frame

from marbleline.adapters.sources.genicam_reader import GenicamReader
from marbleline.errors import SourceUnavailable
from marbleline.telemetry.metrics import FRAMES_INCOMPLETE, RECONNECTS
from tests.builders import FakeClock, wait_until

FRAME = Frame.from_bytes(bytes(16 * 16), 16, 16, "Mono8")


class ScriptedCamera:
    """Gives frames while ``frames`` is set, or one for each trigger; ``gone``: does not answer."""

    shown = "Model 5 22334455"

    def __init__(self, frames: threading.Event) -> None:
        self.frames = frames
        self.gone = threading.Event()
        self.unreachable = threading.Event()
        self.incomplete = 0
        self.overrun = 0
        self.fired = 0
        self.checks = 0
        self.closed = False
        self._numbers = itertools.count(1)

    def next_frame(self, wait_s: float) -> Frame | None:
        if not self.frames.wait(min(wait_s, 0.005)) or self.gone.is_set():
            return None
        if self.fired:
            self.frames.clear()
        threading.Event().wait(0.001)
        return FRAME

    def number_and_time(self, frame: Frame) -> tuple[int, int | None]:
        return next(self._numbers), None

    def fire(self) -> None:
        self.fired += 1
        if self.gone.is_set():
            self.unreachable.wait(20.0)  # as the library does, for as long as the test lasts
            raise SourceUnavailable("does not answer")
        self.frames.set()

    def check(self, timeout_s: float) -> None:
        self.checks += 1
        if self.gone.is_set():
            raise SourceUnavailable(f"{self.shown} does not answer")

    def close(self) -> None:
        self.closed = True


class Bench:
    """A reader and the cameras that it connected to, one after the other."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.cameras: list[ScriptedCamera] = []
        self.frames = threading.Event()
        self.present = threading.Event()
        self.present.set()
        self.readers: list[GenicamReader] = []

    def start(self, trigger: str, rate: float = 1000.0, timeout_s: float = 0.1) -> GenicamReader:
        reader = GenicamReader(self._connect, self.name, trigger, rate, timeout_s, FakeClock())
        self.readers.append(reader)
        wait_until(lambda: self.cameras, what="a connection")
        return reader

    def _connect(self) -> ScriptedCamera:
        if not self.present.is_set():
            raise SourceUnavailable("no such camera on the network")
        self.cameras.append(ScriptedCamera(self.frames))
        return self.cameras[-1]

    @property
    def incomplete(self) -> float:
        counted: float = FRAMES_INCOMPLETE.labels(camera=self.name)._value.get()
        return counted

    def close(self) -> None:
        for camera in self.cameras:
            camera.unreachable.set()
        for reader in self.readers:
            reader.close()


@pytest.fixture
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    made = Bench(f"reader-{abs(hash(request.node.name))}")
    yield made
    made.close()


def frames(reader: GenicamReader, count: int) -> list[str]:
    """The origins of the next frames."""
    found: list[str] = []

    def asked() -> bool:
        with suppress(SourceUnavailable):
            taken = reader.next_frame(0.01)
            found.extend([taken[1].origin] if taken else [])
        return len(found) >= count

    wait_until(asked, what="frames")
    return found


def lost(reader: GenicamReader) -> str:
    """What it says when the camera is away."""
    said: list[str] = []

    def asked() -> bool:
        try:
            reader.next_frame(0.01)
        except SourceUnavailable as error:
            said.append(str(error))
        return bool(said)

    wait_until(asked, what="that the camera is away")
    return said[0]


def test_a_free_running_camera_without_frames_is_lost_and_connected_to_again(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.frames.set()
    reader = bench.start("free")
    frames(reader, 2)
    before = RECONNECTS.labels(to="camera_stream")._value.get()
    bench.present.clear()
    bench.cameras[-1].gone.set()
    lost(reader)
    wait_until(lambda: bench.cameras[-1].closed, what="the lost camera to be closed")
    bench.present.set()
    frames(reader, 5)
    assert RECONNECTS.labels(to="camera_stream")._value.get() > before
    details = [vars(one)["detail"] for one in caplog.records if one.message == "genicam.lost"]
    assert "Model 5 22334455: no complete frame for 0.1 s" in details


def test_a_triggered_camera_is_asked_and_lost_only_when_it_does_not_answer(bench: Bench) -> None:
    reader = bench.start("Line1")
    wait_until(lambda: bench.cameras[0].checks > 3, what="questions")
    assert reader.next_frame(0.0) is None
    bench.cameras[0].gone.set()
    assert "does not answer" in lost(reader)


def test_a_software_trigger_gives_one_frame_for_a_request(bench: Bench) -> None:
    reader = bench.start("software")
    for number in range(1, 4):
        reader.request()
        reader.request()
        assert frames(reader, 1) == [f"Model 5 22334455#{number}"]
        assert bench.cameras[0].fired == number
    assert reader.next_frame(0.0) is None


def test_a_camera_that_blocks_the_library_is_away_all_the_same(bench: Bench) -> None:
    reader = bench.start("software")
    bench.cameras[0].gone.set()
    reader.request()
    wait_until(lambda: bench.cameras[0].fired, what="a trigger")
    assert "no complete frame within 0.1 s of a trigger" in lost(reader)
    assert not bench.cameras[0].closed, "the thread still waits"


def test_incomplete_frames_count_over_several_streams(bench: Bench) -> None:
    bench.frames.set()
    reader = bench.start("Line1")
    bench.cameras[0].incomplete, bench.cameras[0].overrun = 3, 2
    wait_until(lambda: bench.incomplete == 3, what="the count")
    bench.cameras[0].gone.set()
    wait_until(lambda: len(bench.cameras) > 1, what="another connection")
    bench.cameras[1].incomplete = 4
    wait_until(lambda: bench.incomplete == 7, what="the count")
    frames(reader, 1)
    assert reader.dropped >= 9


@pytest.mark.parametrize(("trigger", "kept"), [("free", 1), ("Line1", 4)])
def test_a_free_running_camera_is_thinned_to_the_rate_and_a_triggered_one_is_not(
    bench: Bench, trigger: str, kept: int
) -> None:
    bench.frames.set()
    reader = bench.start(trigger, rate=0.01)
    assert len(frames(reader, kept)) >= kept
    if trigger == "free":
        assert reader.next_frame(0.2) is None
