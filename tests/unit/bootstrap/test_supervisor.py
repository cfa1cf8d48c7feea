"""The supervised line: locking, restarting, stopping in order."""

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from marbleline.bootstrap.catalogue import load
from marbleline.bootstrap.supervisor import LinePlan, Supervisor, locked, supervise
from marbleline.errors import DataFolderBusy, SettingError
from marbleline.settings.configuration import Configuration
from tests.builders import wait_until
from tests.models.tiny_model import TINY


@pytest.fixture
def configuration(tmp_path: Path) -> Configuration:
    return load({"data": str(tmp_path / "data"), "model": str(TINY), "log_level": "error"}, {})


@pytest.fixture
def supervisor(configuration: Configuration) -> Iterator[Supervisor]:
    supervisor = Supervisor(configuration, LinePlan(cameras=[{"camera": "top", "rate": "20"}], console=False))
    yield supervisor
    supervisor.stop(cameras=True)
    supervisor.stop(cameras=False)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_plan_names_its_processes() -> None:
    plan = LinePlan(cameras=[{"camera": "top"}, {"camera": "side"}], encoders=2)
    assert list(plan.commands()) == ["encoder-1", "encoder-2", "publisher", "console", "top", "side"]


@pytest.mark.parametrize("name", ["top", "encoder", "console"])
def test_two_processes_of_one_name_are_refused(name: str) -> None:
    plan = LinePlan(cameras=[{"camera": "top"}, {"camera": name}])
    with pytest.raises(SettingError, match=f"camera {name}: another"):
        plan.commands()


def test_two_lines_on_one_folder_are_refused(tmp_path: Path) -> None:
    busy = pytest.raises(DataFolderBusy, match=f"process {os.getpid()}.*--data")
    with locked(tmp_path), busy, locked(tmp_path):
        pass
    with locked(tmp_path):
        pass


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_can_not_be_written_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(SettingError, match="can't be written"), locked(tmp_path / "data"):
        pass


def test_a_file_in_place_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(SettingError, match="data folder"), locked(tmp_path / "data"):
        pass


@pytest.mark.slow
def test_what_dies_is_started_again(supervisor: Supervisor) -> None:
    first = supervisor.pids()
    os.kill(first["encoder"], 9)
    stop = threading.Event()
    watch = threading.Thread(target=supervise, args=(supervisor, stop, None))
    watch.start()
    try:
        wait_until(lambda: supervisor.restarts == 1, what="the restart")
        assert supervisor.pids()["encoder"] != first["encoder"]
        assert supervisor.pids()["publisher"] == first["publisher"]
    finally:
        stop.set()
        watch.join()


@pytest.mark.slow
def test_stopping_ends_every_process(supervisor: Supervisor) -> None:
    pids = supervisor.pids()
    supervisor.stop(cameras=True)
    assert not alive(pids["top"])
    assert alive(pids["encoder"])
    supervisor.stop(cameras=False)
    assert not any(alive(pid) for pid in pids.values())


@pytest.mark.slow
def test_a_line_ends_with_its_cameras(configuration: Configuration) -> None:
    supervisor = Supervisor(
        configuration, LinePlan(cameras=[{"camera": "top", "rate": "50", "frames": "2"}], console=False)
    )
    supervise(supervisor, threading.Event(), until=time.monotonic() + 30)
    assert supervisor.cameras_ended
    supervisor.stop(cameras=True)
    supervisor.stop(cameras=False)


def test_a_worker_that_refuses_its_settings_stops_the_line(
    configuration: Configuration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MARBLELINE_STALL_S", "never")  # each worker reads its own environment
    supervisor = Supervisor(configuration, LinePlan(cameras=[{"camera": "top"}], console=False))
    try:
        with pytest.raises(SettingError, match=r"\w+ refused its settings"):
            supervise(supervisor, threading.Event(), until=time.monotonic() + 30)
    finally:
        supervisor.stop(cameras=True)
        supervisor.stop(cameras=False)


def test_a_gate_station_is_one_of_the_lines_processes() -> None:
    own = {"camera": "gate-camera", "gate": "modbus:127.0.0.1:5020"}
    plan = LinePlan(cameras=[{"camera": "camera-1"}], console=False, gate=own)

    assert plan.commands()["gate"] == ("gate", own)
