"""The mark beside the spool: what was written is read, or the copy before it."""

import errno
import os
from pathlib import Path

import pytest

from marbleline.domain.records import BlindCause
from marbleline.pipeline.camera.watch_mark import NAME, WatchFile, WatchMark
from tests.builders import START

MARK = WatchMark(
    up=12.5,
    at=START,
    boot="0b1e",
    since=START - 5,
    told=True,
    blind_s={cause.value: 123456789.123456 for cause in BlindCause},
    last=(START, 40.25, BlindCause.SPOOL_FULL),
    trigger=2**53,
    triggers=2**53,
    missed=2**53,
)


def test_a_mark_is_read_by_the_next_worker(tmp_path: Path) -> None:
    assert WatchFile(tmp_path).read() is None
    assert not WatchFile(tmp_path).exists()
    WatchFile(tmp_path).write(MARK)
    assert WatchFile(tmp_path).read() == MARK
    assert WatchFile(tmp_path).exists()


def test_the_newest_counts_also_after_a_restart(tmp_path: Path) -> None:
    for number in range(7):
        file = WatchFile(tmp_path)
        file.read()
        file.write(WatchMark(up=float(number), at=number, boot="", since=0))
        found = WatchFile(tmp_path).read()
        assert found is not None
        assert found.at == number
        file.close()


@pytest.mark.parametrize("cut", range(0, 150, 11))
def test_a_copy_that_was_half_overwritten_leaves_the_one_before(tmp_path: Path, cut: int) -> None:
    file, path = WatchFile(tmp_path), tmp_path / NAME
    for number in (1, 2):
        file.write(WatchMark(up=float(number), at=number, boot="", since=0))
    before = path.read_bytes()
    file.write(WatchMark(up=3.0, at=3, boot="", since=0))
    whole = path.read_bytes()
    path.write_bytes(half := before[:1024] + whole[1024 : 1024 + cut] + before[1024 + cut :])
    found = WatchFile(tmp_path).read()
    assert found is not None
    assert found.at == (3 if half == whole else 2)


def test_a_disk_that_fails_does_not_stop_the_camera(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    WatchFile(tmp_path).write(MARK)
