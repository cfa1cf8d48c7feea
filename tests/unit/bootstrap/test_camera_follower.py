"""A line follows which cameras are set, with real processes."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from marbleline.bootstrap.camera_follower import CameraFollower
from marbleline.bootstrap.catalogue import load
from marbleline.bootstrap.supervisor import LinePlan, Supervisor, supervise
from marbleline.domain.camera_setup import CameraSetup, new_setup
from marbleline.errors import StoreUnavailable
from marbleline.operations.line_cameras import CameraProcess, LineCameras, read_line_cameras
from marbleline.settings.configuration import Configuration
from marbleline.settings.secret_files import SecretFiles
from tests.builders import START, wait_until
from tests.models.tiny_model import TINY

# Each starts a line of processes.
pytestmark = pytest.mark.slow

SYNTHETIC = {"source": "synthetic:", "rate": "20"}


def setup(camera: str, texts: Mapping[str, str], *, removed: bool = False) -> CameraSetup:
    return new_setup("line-1", camera, "", "", "eva", START, None, texts, removed=removed)


class Line:
    """A supervised line without encoders or publishers of its own; ``found`` is what the store has."""

    def __init__(self, data: Path) -> None:
        flags = {"data": str(data), "model": str(TINY), "log_level": "error"}
        self.configuration: Configuration = load(flags, {})
        self.data = data
        data.mkdir(exist_ok=True)
        self.found: list[CameraSetup] | None = []

    def look(self) -> list[CameraSetup]:
        if self.found is None:
            raise StoreUnavailable("away")
        return self.found

    @contextmanager
    def running(self, assumed: str = "") -> Iterator[Supervisor]:
        plan = LinePlan(cameras=[], encoders=0, publishers=0, console=False)
        supervisor = Supervisor(self.configuration, plan)
        secrets = SecretFiles(self.data / "secrets")
        follower = CameraFollower(
            self.configuration, self.data, ["encoder"], secrets, self.look, assumed, every_s=0.05
        )
        stop = threading.Event()
        follower.start()
        watch = threading.Thread(target=supervise, args=(supervisor, stop, None, follower.follow))
        watch.start()
        try:
            yield supervisor
        finally:
            stop.set()
            watch.join()
            follower.close()
            supervisor.stop(cameras=True)

    def said(self) -> LineCameras:
        return read_line_cameras(self.data) or LineCameras()

    def state(self, camera: str) -> CameraProcess | None:
        found = self.said().states.get(camera)
        return found.state if found is not None else None


@pytest.fixture
def line(tmp_path: Path) -> Line:
    return Line(tmp_path / "data")


def frames(line: Line, camera: str) -> Callable[[], bool]:
    return lambda: any((line.data / "spool" / camera / "frames").glob("*"))


def test_cameras_are_started_changed_and_stopped_while_the_line_runs(line: Line) -> None:
    with line.running() as supervisor:
        line.found = [setup("saw", SYNTHETIC), setup("end", SYNTHETIC)]
        wait_until(lambda: frames(line, "saw")() and frames(line, "end")(), what="frames of both")
        saw, end = supervisor.pids()["saw"], supervisor.pids()["end"]

        line.found = [setup("saw", {**SYNTHETIC, "rate": "10"}), setup("end", SYNTHETIC)]
        wait_until(lambda: supervisor.pids().get("saw", saw) != saw, what="the changed camera")
        assert supervisor.pids()["end"] == end

        line.found = [setup("saw", SYNTHETIC), setup("end", {}, removed=True)]
        wait_until(lambda: "end" not in supervisor.pids(), what="the end of the removed camera")
        wait_until(lambda: line.state("saw") is CameraProcess.RUNNING, what="the word of the line")
        assert line.said().wanted == {"saw": SYNTHETIC, "end": None}
        assert supervisor.restarts == 0


def test_a_line_that_names_no_camera_has_one_until_it_is_set_otherwise(line: Line) -> None:
    with line.running(assumed="camera-1") as supervisor:
        wait_until(lambda: "camera-1" in supervisor.pids(), what="the assumed camera")
        line.found = [setup("camera-1", {}, removed=True)]
        wait_until(lambda: not supervisor.pids(), what="its end")
        assert not supervisor.cameras_ended


def test_what_was_known_runs_while_the_store_is_away(line: Line) -> None:
    line.found = [setup("saw", SYNTHETIC)]
    with line.running():
        wait_until(lambda: line.state("saw") is CameraProcess.RUNNING, what="the camera")
    line.found = None
    with line.running(assumed="camera-1") as supervisor:
        wait_until(lambda: "saw" in supervisor.pids(), what="the camera that was known")


def test_what_can_not_run_is_said_and_stops_nothing(line: Line) -> None:
    line.found = [
        setup("saw", {"source": "synthetic:", "rate": "fast"}),
        setup("encoder", SYNTHETIC),
        setup("push", {"source": "http:127.0.0.1:0", "http_token": "{secret:0123456789abcdef}"}),
        setup("end", SYNTHETIC),
    ]
    with line.running() as supervisor:
        wait_until(lambda: line.state("end") is CameraProcess.RUNNING, what="the one that can")
        assert list(supervisor.pids()) == ["end"]
        states = line.said().states
    assert states["saw"].state is CameraProcess.REFUSED
    assert "rate is 'fast'" in states["saw"].detail
    assert states["encoder"].state is CameraProcess.GIVEN
    assert "type it again" in states["push"].detail


def test_a_camera_that_refuses_its_settings_is_not_started_again(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MARBLELINE_STALL_S", "never")  # each worker reads its own environment
    line.found = [setup("saw", SYNTHETIC)]
    with line.running() as supervisor:
        wait_until(lambda: line.state("saw") is CameraProcess.REFUSED, what="the word of the line")
        pid = supervisor.pids()["saw"]
        line.found = [setup("saw", {**SYNTHETIC, "stall_s": "5"})]
        wait_until(lambda: line.state("saw") is CameraProcess.RUNNING, what="the camera set right")
        assert supervisor.pids()["saw"] != pid
        assert supervisor.restarts == 0
