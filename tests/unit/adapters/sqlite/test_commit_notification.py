"""Who waits for an SQLite file's next commit is woken by it."""

import errno
import os
import stat
import threading
import time
from pathlib import Path

import pytest

from marbleline.adapters.sqlite import commit_notification
from marbleline.adapters.sqlite.commit_notification import Notifier, Waiter

LONG = 30.0


def test_a_notification_wakes_who_waits(tmp_path: Path) -> None:
    waiter, notifier = Waiter(tmp_path / "waiters"), Notifier(tmp_path / "waiters")
    thread = threading.Thread(target=waiter.wait, args=(LONG,))
    thread.start()
    notifier.notify()
    thread.join(LONG / 2)
    assert not thread.is_alive()
    waiter.close()
    notifier.close()


def test_a_notification_before_the_wait_counts_and_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiter, notifier = Waiter(tmp_path), Notifier(tmp_path)
    for _ in range(100):
        notifier.notify()
    heard: list[int] = []
    read = os.read
    monkeypatch.setattr(
        commit_notification.os, "read", lambda fd, size: heard.append(len(got := read(fd, size))) or got
    )  # type: ignore[func-returns-value]
    waiter.wait(LONG)
    waiter.wait(0.01)
    assert heard == [100]
    waiter.close()
    notifier.close()


def test_a_fifo_that_nobody_reads_fills_up_and_holds_up_nobody(tmp_path: Path) -> None:
    waiter, notifier = Waiter(tmp_path), Notifier(tmp_path)
    for _ in range(100_000):
        notifier.notify()
    waiter.wait(LONG)
    waiter.close()
    notifier.close()


def test_waiters_come_and_go(tmp_path: Path) -> None:
    notifier, first = Notifier(tmp_path), Waiter(tmp_path)
    notifier.notify()
    second = Waiter(tmp_path)
    first.close()
    notifier.notify()
    second.wait(LONG)
    second.close()
    notifier.notify()
    notifier.close()
    assert list(tmp_path.iterdir()) == []


def test_a_dead_process_s_fifo_is_removed(tmp_path: Path) -> None:
    if (child := os.fork()) == 0:
        Waiter(tmp_path)
        os._exit(0)
    os.waitpid(child, 0)
    assert [stat.S_ISFIFO(one.stat().st_mode) for one in tmp_path.iterdir()] == [True]
    Notifier(tmp_path).notify()
    assert list(tmp_path.iterdir()) == []


def test_a_fifo_that_can_not_be_opened_now_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waiter = Waiter(tmp_path)

    def too_many(*_: object) -> int:
        raise OSError(errno.EMFILE, "too many open files")

    with monkeypatch.context() as patched:
        patched.setattr(commit_notification.os, "open", too_many)
        Notifier(tmp_path).notify()
    notifier = Notifier(tmp_path)
    notifier.notify()
    waiter.wait(LONG)
    assert len(list(tmp_path.iterdir())) == 1
    waiter.close()
    notifier.close()


def test_without_a_folder_nobody_is_rung_and_a_wait_is_short(tmp_path: Path) -> None:
    Notifier(tmp_path / "none").notify()
    (tmp_path / "a-file").touch()
    waiter, at = Waiter(tmp_path / "a-file"), time.monotonic()
    waiter.wait(LONG)
    assert time.monotonic() - at < LONG
    waiter.close()


def test_a_fork_hangs_its_own(tmp_path: Path) -> None:
    waiter = Waiter(tmp_path)
    assert waiter.mine()
    if (child := os.fork()) == 0:
        os._exit(int(waiter.mine()))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    waiter.close()
