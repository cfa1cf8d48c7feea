"""Who waits for an SQLite file's next commit is woken by it."""

import errno
import os
import stat
import threading
import time
from pathlib import Path

import pytest

from marbleline.adapters.sqlite import bells
from marbleline.adapters.sqlite.bells import Bell, Ringer

LONG = 30.0


def test_a_ring_wakes_who_waits(tmp_path: Path) -> None:
    bell, ringer = Bell(tmp_path / "bells"), Ringer(tmp_path / "bells")
    thread = threading.Thread(target=bell.wait, args=(LONG,))
    thread.start()
    ringer.ring()
    thread.join(LONG / 2)
    assert not thread.is_alive()
    bell.close()
    ringer.close()


def test_a_ring_before_the_wait_counts_and_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bell, ringer = Bell(tmp_path), Ringer(tmp_path)
    for _ in range(100):
        ringer.ring()
    heard: list[int] = []
    read = os.read
    monkeypatch.setattr(bells.os, "read", lambda fd, size: heard.append(len(got := read(fd, size))) or got)  # type: ignore[func-returns-value]
    bell.wait(LONG)
    bell.wait(0.01)
    assert heard == [100]
    bell.close()
    ringer.close()


def test_a_bell_that_nobody_hears_fills_up_and_holds_up_nobody(tmp_path: Path) -> None:
    bell, ringer = Bell(tmp_path), Ringer(tmp_path)
    for _ in range(100_000):
        ringer.ring()
    bell.wait(LONG)
    bell.close()
    ringer.close()


def test_bells_come_and_go(tmp_path: Path) -> None:
    ringer, first = Ringer(tmp_path), Bell(tmp_path)
    ringer.ring()
    second = Bell(tmp_path)
    first.close()
    ringer.ring()
    second.wait(LONG)
    second.close()
    ringer.ring()
    ringer.close()
    assert list(tmp_path.iterdir()) == []


def test_a_dead_process_s_bell_is_taken_down(tmp_path: Path) -> None:
    if (child := os.fork()) == 0:
        Bell(tmp_path)
        os._exit(0)
    os.waitpid(child, 0)
    assert [stat.S_ISFIFO(one.stat().st_mode) for one in tmp_path.iterdir()] == [True]
    Ringer(tmp_path).ring()
    assert list(tmp_path.iterdir()) == []


def test_a_bell_that_can_not_be_reached_now_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bell = Bell(tmp_path)

    def too_many(*_: object) -> int:
        raise OSError(errno.EMFILE, "too many open files")

    with monkeypatch.context() as patched:
        patched.setattr(bells.os, "open", too_many)
        Ringer(tmp_path).ring()
    ringer = Ringer(tmp_path)
    ringer.ring()
    bell.wait(LONG)
    assert len(list(tmp_path.iterdir())) == 1
    bell.close()
    ringer.close()


def test_without_a_folder_nobody_is_rung_and_a_wait_is_short(tmp_path: Path) -> None:
    Ringer(tmp_path / "none").ring()
    (tmp_path / "a-file").touch()
    bell, at = Bell(tmp_path / "a-file"), time.monotonic()
    bell.wait(LONG)
    assert time.monotonic() - at < LONG
    bell.close()


def test_a_fork_hangs_its_own(tmp_path: Path) -> None:
    bell = Bell(tmp_path)
    assert bell.mine()
    if (child := os.fork()) == 0:
        os._exit(int(bell.mine()))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    bell.close()
