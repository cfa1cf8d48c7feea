"""The supervised line: locking, restarting, stopping in order."""

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from marbleline.errors import DataFolderBusy, SettingError
from marbleline.line import Crew, Plan, locked, supervise
from marbleline.settings import Settings, load
from tests.builders import wait_until
from tests.models.tiny_model import TINY


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load({"data": str(tmp_path / "data"), "model": str(TINY), "log_level": "error"}, {})


@pytest.fixture
def crew(settings: Settings) -> Iterator[Crew]:
    crew = Crew(settings, Plan(cameras=[{"camera": "top", "rate": 20.0}], console=False))
    yield crew
    crew.stop(cameras=True)
    crew.stop(cameras=False)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_plan_names_its_processes() -> None:
    plan = Plan(cameras=[{"camera": "top"}, {"camera": "side"}], encoders=2)
    assert list(plan.commands()) == ["encoder-1", "encoder-2", "publisher", "console", "top", "side"]


@pytest.mark.parametrize("name", ["top", "encoder", "console"])
def test_two_processes_of_one_name_are_refused(name: str) -> None:
    plan = Plan(cameras=[{"camera": "top"}, {"camera": name}])
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


def test_what_dies_is_started_again(crew: Crew) -> None:
    first = crew.pids()
    os.kill(first["encoder"], 9)
    stop = threading.Event()
    watch = threading.Thread(target=supervise, args=(crew, stop, None))
    watch.start()
    try:
        wait_until(lambda: crew.restarts == 1, what="the restart")
        assert crew.pids()["encoder"] != first["encoder"]
        assert crew.pids()["publisher"] == first["publisher"]
    finally:
        stop.set()
        watch.join()


def test_stopping_ends_every_process(crew: Crew) -> None:
    pids = crew.pids()
    crew.stop(cameras=True)
    assert not alive(pids["top"])
    assert alive(pids["encoder"])
    crew.stop(cameras=False)
    assert not any(alive(pid) for pid in pids.values())


def test_a_line_ends_with_its_cameras(settings: Settings) -> None:
    crew = Crew(settings, Plan(cameras=[{"camera": "top", "rate": 50.0, "frames": 2}], console=False))
    supervise(crew, threading.Event(), until=time.monotonic() + 30)
    assert crew.cameras_ended
    crew.stop(cameras=True)
    crew.stop(cameras=False)


def test_a_worker_that_refuses_its_settings_stops_the_line(settings: Settings) -> None:
    crew = Crew(settings.with_(source="nonsense:"), Plan(cameras=[{"camera": "top"}], console=False))
    try:
        with pytest.raises(SettingError, match="top refused its settings"):
            supervise(crew, threading.Event(), until=time.monotonic() + 30)
    finally:
        crew.stop(cameras=True)
        crew.stop(cameras=False)
