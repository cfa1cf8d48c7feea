"""Spare files: no frame is lost, torn or shown twice for them, and they take nothing that a frame needs."""

import contextlib
import logging
import os
from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import Path

import pytest

from marbleline.domain.frame import Frame
from marbleline.errors import SpoolFull, WireError
from marbleline.pipeline.camera.spool import Spool
from marbleline.pipeline.camera.spool_file import Disk
from marbleline.pipeline.camera.spool_view import SpoolCount, view
from tests.builders import make_frame
from tests.unit.pipeline.camera.power_cut import PowerCut

MEGABYTE = 1_000_000
BLOCK = 4096


class CountedDisk(Disk):
    """Counts the files that are made, and those that are written over."""

    def __init__(self) -> None:
        self.made = self.overwritten = 0

    def write(self, path: Path, parts: Iterable[bytes]) -> None:
        super().write(path, parts)
        self.made += 1

    def overwrite(self, path: Path, parts: Iterable[bytes]) -> bool:
        done = super().overwrite(path, parts)
        self.overwritten += done
        return done


@pytest.fixture
def disk() -> CountedDisk:
    return CountedDisk()


@pytest.fixture
def spool(tmp_path: Path, disk: CountedDisk) -> Iterator[Spool]:
    opened = Spool(tmp_path / "spool", MEGABYTE, disk)
    yield opened
    opened.close()


def picture(sequence: int) -> bytes:
    """Some take one block, some three: each is longer or shorter than what it is written over."""
    return bytes([sequence % 251 + 1]) * (1000 + sequence * 37 % 5 * 2300)


def append(spool: Spool, content: bytes | None = None) -> Frame:
    body = picture(spool.next_sequence) if content is None else content
    frame = make_frame(spool.next_sequence, content=body)
    spool.append(frame, body)
    return frame


def spares(spool: Spool) -> list[Path]:
    return sorted((spool.folder / "frames").glob("*.spare.tmp"))


def taken(spool: Spool) -> int:
    """The bytes of all files in the spool, in blocks."""
    files = (spool.folder / "frames").iterdir()
    return sum(-(-path.stat().st_size // BLOCK) * BLOCK for path in files)


def leave_spares(spool: Spool, frames: int, content: bytes | None = None) -> None:
    """Land and release so many, and one more, which makes the others' files ready to be written over."""
    for _ in range(frames):
        spool.published(append(spool, content).sequence)
    append(spool, content)
    spool.release([one.frame_id for one in spool.retained()])
    append(spool, content)


class TestReuse:
    def test_a_line_makes_no_more_files_than_are_in_use_at_once(
        self, spool: Spool, disk: CountedDisk
    ) -> None:
        for _ in range(100):
            spool.confirm(append(spool).sequence - 3)
        assert disk.made <= 7
        assert disk.overwritten == 100 - disk.made
        kept = spool.pending(100, MEGABYTE)
        assert [spool.read(one).image for one in kept] == [picture(one.sequence) for one in kept]

    def test_what_many_releases_leave_is_bounded(self, tmp_path: Path) -> None:
        class Fast(Disk):
            def sync(self, descriptor: int) -> None:
                """Not what this test is about."""

        for quota, most in ((100 * MEGABYTE, 128), (MEGABYTE, MEGABYTE // 16 // BLOCK)):
            spool = Spool(tmp_path / f"{quota}", quota, Fast())
            leave_spares(spool, 200, b"x")
            assert len(spares(spool)) == most
            spool.close()

    def test_what_is_released_during_a_sync_waits_for_the_next(self, tmp_path: Path) -> None:
        class Meanwhile(CountedDisk):
            spools: tuple[Spool, ...] = ()

            def sync_folder(self, folder: Path) -> None:
                super().sync_folder(folder)
                for one in self.spools:
                    one.release([pending.frame_id for pending in one.retained()])

        disk = Meanwhile()
        spool = Spool(tmp_path / "spool", MEGABYTE, disk)
        append(spool)
        append(spool)
        spool.published(1)
        disk.spools = (spool,)
        append(spool)
        append(spool)
        assert (len(spares(spool)), disk.overwritten) == (1, 0)
        append(spool)
        assert (len(spares(spool)), disk.overwritten) == (0, 1)
        spool.close()

    def test_a_spare_file_that_is_gone_is_done_without(self, spool: Spool, disk: CountedDisk) -> None:
        leave_spares(spool, 2)
        for path in spares(spool):
            path.unlink()
        frame = append(spool)
        assert disk.overwritten == 0
        assert spool.read(spool.pending(9, MEGABYTE)[-1]).frame == frame

    def test_a_damaged_file_that_was_set_aside_is_not_written_over(
        self, spool: Spool, disk: CountedDisk
    ) -> None:
        append(spool)
        [pending] = spool.pending(1, MEGABYTE)
        pending.path.write_bytes(b"damaged")
        with pytest.raises(WireError):
            spool.read(pending)
        spool.set_aside(pending)
        spool.confirm(1)
        for _ in range(4):
            spool.confirm(append(spool).sequence)
        assert disk.overwritten == 1, "frame 5 took the file of frame 2"
        assert [path.read_bytes() for path in (spool.folder / "damaged").iterdir()] == [b"damaged"]

    def test_a_frame_that_gives_way_while_it_is_read_is_not_written_over(self, tmp_path: Path) -> None:
        spool = Spool(tmp_path / "spool", 40 * BLOCK)
        for _ in range(40):
            spool.published(append(spool, b"x" * 100).sequence)
        with spool.retained()[0].path.open("rb") as reading:
            for _ in range(20):
                spool.published(append(spool, b"y" * 100).sequence)
            assert reading.read().endswith(b"x" * 100)
        spool.close()


class TestFromOutside:
    def test_nobody_takes_a_spare_file_for_a_frame(self, spool: Spool) -> None:
        leave_spares(spool, 5)
        assert len(spares(spool)) == 5
        assert view(spool.folder) == SpoolCount(
            7, {make_frame(number, content=picture(number)).frame_id: number for number in (6, 7)}
        )

    def test_a_restart_removes_them_without_a_word(
        self, spool: Spool, caplog: pytest.LogCaptureFixture
    ) -> None:
        leave_spares(spool, 5)
        spool.close()
        with caplog.at_level(logging.INFO):
            again = Spool(spool.folder, MEGABYTE)
        assert [record.message for record in caplog.records] == ["spool.recovered"]
        assert (spares(again), again.next_sequence) == ([], 8)
        again.close()


class TestSpace:
    def test_they_count_towards_the_quota_and_give_way_first(self, tmp_path: Path) -> None:
        spool = Spool(tmp_path / "spool", 40 * BLOCK)
        for _ in range(40):
            spool.published(append(spool, b"x").sequence)
        spool.release([one.frame_id for one in spool.retained()[:5]])
        assert (len(spares(spool)), taken(spool)) == (2, 37 * BLOCK), "a 16th of the quota"
        append(spool, b"x" * 3 * BLOCK)
        assert (len(spares(spool)), len(spool.retained()), taken(spool)) == (1, 35, spool.quota)
        append(spool, b"x" * BLOCK)
        assert (len(spares(spool)), len(spool.retained()), taken(spool)) == (0, 34, spool.quota)
        with pytest.raises(SpoolFull):
            for _ in range(40):
                append(spool, b"x")
        assert (spool.usage().frames, spool.retained(), spares(spool)) == (36, [], [])
        assert taken(spool) == spool.quota
        spool.close()

    def test_the_quota_holds_whatever_comes_and_goes(self, tmp_path: Path) -> None:
        spool = Spool(tmp_path / "spool", 64 * BLOCK)
        for number in range(1, 200):
            append(spool)
            spool.published(number - number % 3)
            if number % 7 == 0:
                spool.release([one.frame_id for one in spool.retained()][: number % 30])
            # The newest file stays as the counter in any case.
            assert taken(spool) <= spool.quota + 3 * BLOCK
        spool.close()

    def test_they_give_way_on_a_full_disk(self, small_disk: Path) -> None:
        with contextlib.closing(Spool(small_disk / "spool", 16 * MEGABYTE)) as spool:
            leave_spares(spool, 4, os.urandom(100_000))
            spool.published(5)
            assert len(spares(spool)) == 4
            with contextlib.suppress(OSError), (small_disk / "other").open("wb", buffering=0) as other:
                while other.write(bytes(BLOCK)):
                    pass
            for _ in range(2):
                append(spool, os.urandom(180_000))
            assert spares(spool) == []
            assert [one.sequence for one in spool.retained()] == [5], "frames give way after spare files"


@pytest.mark.parametrize("undo_removals", [False, True])
@pytest.mark.parametrize("keep_names", [False, True])
class TestPowerCut:
    def test_after_any_operation(self, tmp_path: Path, undo_removals: bool, keep_names: bool) -> None:
        survives(tmp_path, PowerCut(), undo_removals=undo_removals, keep_names=keep_names)

    def test_would_be_torn_if_a_spare_file_were_not_synced(
        self, tmp_path: Path, undo_removals: bool, keep_names: bool
    ) -> None:
        class NoSync(PowerCut):
            def overwrite(self, path: Path, parts: Iterable[bytes]) -> bool:
                done = super().overwrite(path, parts)
                self._contents.discard(path.stat().st_ino)
                return done

        with pytest.raises(WireError, match="not a spool file"):
            survives(tmp_path, NoSync(), undo_removals=undo_removals, keep_names=keep_names)


def survives(tmp_path: Path, disk: PowerCut, *, undo_removals: bool, keep_names: bool) -> None:
    """Land and release, cut the power after each operation, and look at what a new camera finds."""
    spool = Spool(tmp_path / "spool", MEGABYTE, disk)
    frames, cuts = spool.folder / "frames", count()
    landed = released = 0

    def cut() -> None:
        left = tmp_path / f"left-{next(cuts)}"
        disk.leave(frames, left / "frames", undo_removals=undo_removals, keep_names=keep_names)
        with contextlib.closing(Spool(left, MEGABYTE)) as found:
            pending = found.pending(1000, MEGABYTE)
            numbers = {one.sequence for one in pending}
            assert set(range(released + 1, landed + 1)) <= numbers <= set(range(1, landed + 2))
            assert found.next_sequence in (landed + 1, landed + 2)
            for one in pending:
                entry = found.read(one)
                assert (entry.frame.frame_id, entry.image) == (one.frame_id, picture(one.sequence))

    disk.after = cut
    try:
        for do in "LLLCLLCLLLLCLCLLCCLL":
            if do == "L":
                append(spool)
                landed += 1
            else:
                released = landed
                spool.confirm(landed)
    finally:
        disk.after = lambda: None
        disk.close()
        spool.close()
    assert next(cuts) > 60
