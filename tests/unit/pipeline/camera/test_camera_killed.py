"""The camera, killed again and again while it captures: nothing lost, nothing twice, no sequence reused."""

import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from marbleline.adapters.brokers.sqlite import SqliteBroker
from marbleline.domain.clock import uptime
from marbleline.domain.frame import Frame
from marbleline.pipeline.camera.spool_view import captured_of, view
from marbleline.pipeline.camera.watch_mark import WatchFile, WatchMark
from tests.builders import make_picture, wait_until

pytestmark = pytest.mark.slow

PICTURES = 160
KILLS = 6
COMMAND = [sys.executable, "-m", "marbleline", "camera"]


class KilledCamera:
    """``marbleline camera`` in a process, on a source that ends or that empties."""

    def __init__(self, data: Path, source: str) -> None:
        self.data = data
        self.ends = source.startswith("folder:")
        self.environment = {
            **os.environ,
            "MARBLELINE_DATA": str(data),
            "MARBLELINE_SOURCE": source,
            "MARBLELINE_RATE": "400",
            "MARBLELINE_REPEAT": "false",
            "MARBLELINE_SETTLE_S": "0",
            "MARBLELINE_LOG_LEVEL": "warning",
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> "subprocess.Popen[bytes]":
        self.process = subprocess.Popen(COMMAND, env=self.environment)
        return self.process

    def kill_after(self, more: int) -> None:
        """Start it, kill it once so many more pictures have landed (or it has ended)."""
        before = self.captured()
        process = self.start()
        wait_until(
            lambda: self.captured() >= before + more or process.poll() is not None, 60, f"{more} more frames"
        )
        process.send_signal(signal.SIGKILL)
        process.wait()

    def captured(self) -> int:
        spool = self.data / "spool" / "camera-1"
        return captured_of(spool) if (spool / "frames").is_dir() else 0

    def frames(self) -> list[Frame]:
        """Every captured frame: what the broker got (perhaps more than once) and what still waits."""
        broker = SqliteBroker(self.data / "broker.db")
        found = [Frame.from_headers(one.message.headers) for one in broker.receive("frames", 100_000, 0)]
        broker.close()
        return found


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(PICTURES):
        (folder / f"Platte {number:03d}.jpg").write_bytes(make_picture(number))
    return folder


@pytest.fixture(params=["folder", "landing"])
def camera(request: pytest.FixtureRequest, pictures: Path, tmp_path: Path) -> Iterator[KilledCamera]:
    camera = KilledCamera(tmp_path / "data", f"{request.param}:{pictures}")
    yield camera
    if camera.process is not None and camera.process.poll() is None:
        camera.process.kill()
        camera.process.wait()


def test_the_seconds_without_a_worker_are_counted(camera: KilledCamera) -> None:
    spool = camera.data / "spool" / "camera-1"
    without_s, at_most_s = 0.0, 0.0
    marked_at = killed_at = uptime()
    for number in range(KILLS):
        started_at = uptime()
        process = camera.start()
        wait_until(partial(is_marked_after, spool, started_at), 60, "a mark of this worker")
        if number:
            without_s += started_at - killed_at
            at_most_s += uptime() - marked_at
        marked_at = mark_of(spool).up
        process.send_signal(signal.SIGKILL)
        process.wait()
        killed_at = uptime()
    counted = mark_of(spool).blind_s
    assert set(counted) == {"restart"}
    # At least while no worker ran; at most the whole time less what the workers were seen to watch.
    assert without_s <= counted["restart"] <= at_most_s


def test_a_hand_over_counts_as_rollout(camera: KilledCamera) -> None:
    spool = camera.data / "spool" / "camera-1"
    before = camera.start()
    wait_until(partial(is_marked_after, spool, 0.0), 60, "a mark of the first worker")
    successor = subprocess.Popen([*COMMAND, "--standby"], env=camera.environment)
    try:
        before.terminate()
        before.wait(30)
        ended_at = uptime()
        wait_until(partial(is_marked_after, spool, ended_at), 60, "a mark of the second worker")
        assert set(mark_of(spool).blind_s) <= {"rollout"}
    finally:
        successor.kill()
        successor.wait()


def is_marked_after(spool: Path, at: float) -> bool:
    return mark_of(spool).up > at


def mark_of(spool: Path) -> WatchMark:
    return WatchFile(spool).read() or WatchMark(up=0.0, at=0, boot="", since=0)


def test_nothing_is_lost_or_taken_twice(camera: KilledCamera) -> None:
    rng = random.Random(7)
    for _ in range(KILLS):
        camera.kill_after(rng.randrange(1, PICTURES // KILLS - 4))
    process = camera.start()
    wait_until(lambda: camera.captured() >= PICTURES, 60, "the last picture")
    wait_until(lambda: not view(camera.data / "spool" / "camera-1").held, 60, "an empty spool")
    if not camera.ends:
        process.terminate()
    assert process.wait(30) == 0

    by_id = {frame.frame_id: frame for frame in camera.frames()}
    sequences = sorted(frame.sequence for frame in by_id.values())
    assert sequences == list(range(1, PICTURES + 1))
    origins = Counter(frame.origin for frame in by_id.values())
    assert set(origins.values()) == {1}
    assert len(origins) == PICTURES
