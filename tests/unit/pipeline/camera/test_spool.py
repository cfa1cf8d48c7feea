"""The spool: nothing that landed is lost, no sequence is given twice, and what is full says so."""

import contextlib
import errno
import os
import resource
import signal
import threading
from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import Path

import pytest
from msgspec.structs import replace

from marbleline.domain.frame import Frame
from marbleline.errors import DataFolderBusy, SpoolFull, WireError
from marbleline.pipeline.camera import spool_view
from marbleline.pipeline.camera.spool import Spool
from marbleline.pipeline.camera.spool_file import CaptureRejection, Disk, Entry, decode, encode
from marbleline.pipeline.camera.spool_view import captured_of, folder_of, folders_in, view
from tests.builders import make_frame, make_picture
from tests.unit.pipeline.camera.power_cut import PowerCut

MEGABYTE = 1_000_000


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    opened = Spool(tmp_path / "spool", MEGABYTE)
    yield opened
    opened.close()


def append(spool: Spool, content: bytes | None = None) -> Frame:
    body = make_picture(spool.next_sequence) if content is None else content
    frame = make_frame(spool.next_sequence, content=body)
    spool.append(frame, body)
    return frame


def waiting(spool: Spool) -> list[int]:
    return [pending.sequence for pending in spool.pending(1000, 10**9)]


def reopened(spool: Spool, disk: Disk | None = None) -> Spool:
    spool.close()
    return Spool(spool.folder, spool.quota, disk)


class TestEviction:
    def test_is_logged_at_once_and_then_as_a_sum_a_minute(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        seconds = 0.0
        spool = Spool(tmp_path / "spool", 5 * 4096, monotonic=lambda: seconds)
        for second in range(130):
            seconds = float(second)
            spool.published(append(spool, b"x").sequence)
        told = [record.frames for record in caplog.records if record.message == "spool.evicted"]  # type: ignore[attr-defined]
        # The sixth frame evicts the first; the log tells of it, of the next 60 and of 60 more.
        assert told == [1, 60, 60]
        spool.close()


class TestLanding:
    def test_what_landed_can_be_read_again(self, spool: Spool) -> None:
        picture = make_picture(1)
        frame = replace(make_frame(1, content=picture), slab_id="slab 7", origin="Platte grün/ü.jpg")
        spool.append(frame, picture)
        [pending] = spool.pending(10, MEGABYTE)
        assert spool.read(pending) == Entry(frame, picture)
        assert spool.last() == frame

    def test_a_refused_picture_lands_without_its_bytes(self, spool: Spool) -> None:
        rejection = CaptureRejection("too_large", "30000000 bytes, the limit is 20000000")
        spool.append(replace(make_frame(1), size=30_000_000), b"", rejection)
        again = reopened(spool)
        [pending] = again.pending(10, MEGABYTE)
        assert again.read(pending).rejection == rejection
        assert again.read(pending).frame.size == 30_000_000
        again.close()

    def test_sequences_have_to_follow_on_each_other(self, spool: Spool) -> None:
        append(spool)
        with pytest.raises(ValueError, match="the next is 2"):
            spool.append(make_frame(3), b"")

    def test_figures(self, spool: Spool) -> None:
        first, second = append(spool), append(spool)
        usage = spool.usage()
        assert usage.frames == 2
        assert usage.bytes == 2 * 4096
        assert usage.oldest_at is not None
        assert abs(usage.oldest_at - first.captured_at) < 10_000
        spool.confirm(second.sequence)
        assert (spool.usage().frames, spool.usage().bytes, spool.usage().oldest_at) == (0, 0, None)

    def test_a_window_is_bounded_by_number_and_by_bytes_but_never_empty(self, spool: Spool) -> None:
        for _ in range(5):
            append(spool)
        assert len(spool.pending(3, MEGABYTE)) == 3
        assert len(spool.pending(10, 2 * 4096)) == 2
        assert len(spool.pending(10, 1)) == 1

    def test_waiting_ends_with_a_landing_and_with_a_call(self, spool: Spool) -> None:
        assert not spool.wait(0.0)
        append(spool)
        assert spool.wait(60.0)


class TestRestart:
    def test_pending_frames_come_again_oldest_first(self, spool: Spool) -> None:
        frames = [append(spool) for _ in range(12)]
        spool.confirm(4)
        again = reopened(spool)
        assert waiting(again) == list(range(5, 13))
        assert again.next_sequence == 13
        assert again.last() == frames[-1]
        again.close()

    def test_sequence_and_last_frame_outlive_the_confirm_of_all(self, spool: Spool) -> None:
        frames = [append(spool) for _ in range(3)]
        spool.confirm(3)
        for _ in range(3):
            spool = reopened(spool)
            assert (waiting(spool), spool.next_sequence, spool.last()) == ([], 4, frames[-1])
        spool.close()

    def test_only_the_newest_file_is_kept_of_what_was_confirmed(self, spool: Spool) -> None:
        for _ in range(3):
            append(spool)
        spool.confirm(3)
        assert len(list((spool.folder / "frames").glob("*.frame"))) == 1
        append(spool)
        assert [path.name[:12] for path in (spool.folder / "frames").glob("*.frame")] == ["000000000004"]

    def test_a_lost_note_only_sends_the_newest_again(self, spool: Spool) -> None:
        append(spool)
        append(spool)
        spool.confirm(2)
        (spool.folder / "confirmed").write_bytes(b"\0" * 39)
        again = reopened(spool)
        assert (waiting(again), again.next_sequence) == ([2], 3)
        again.close()

    def test_half_written_files_are_removed(self, spool: Spool) -> None:
        append(spool)
        half = spool.folder / "frames" / f"000000000002-{make_frame(2).frame_id}.tmp"
        half.write_bytes(b"marbleline-spool 1 ")
        again = reopened(spool)
        assert not half.exists()
        assert (waiting(again), again.next_sequence) == ([1], 2)
        again.close()

    def test_of_two_files_with_one_sequence_the_later_counts(self, spool: Spool) -> None:
        frame = append(spool)
        later = replace(frame, frame_id="ffffffff" + frame.frame_id[8:], origin="later")
        old = spool.folder / "frames" / f"000000000001-{frame.frame_id}.frame"
        old.with_name(f"000000000001-{later.frame_id}.frame").write_bytes(
            b"".join(encode(Entry(later, make_picture(1))))
        )
        again = reopened(spool)
        assert (waiting(again), again.last(), old.exists()) == ([1], later, False)
        again.close()

    def test_other_files_are_left_alone(self, spool: Spool) -> None:
        other = spool.folder / "frames" / "README"
        other.write_text("who put this here?")
        again = reopened(spool)
        assert (waiting(again), other.exists()) == ([], True)
        again.close()


class TestDamage:
    @pytest.mark.parametrize("where", [3, 60, -100])
    def test_a_damaged_file_is_known_and_set_aside(self, spool: Spool, where: int) -> None:
        append(spool)
        [pending] = spool.pending(1, MEGABYTE)
        damaged = bytearray(pending.path.read_bytes())
        damaged[where] ^= 0xFF
        pending.path.write_bytes(damaged)
        with pytest.raises(WireError):
            spool.read(pending)
        spool.set_aside(pending)
        spool.confirm(1)
        append(spool)
        assert [path.read_bytes() for path in (spool.folder / "damaged").iterdir()] == [damaged]

    def test_a_truncated_file(self) -> None:
        whole = b"".join(encode(Entry(make_frame(1, content=b"picture"), b"picture")))
        for length in range(len(whole)):
            with pytest.raises(WireError):
                decode(whole[:length])

    def test_a_damaged_newest_file_does_not_lose_the_sequence(self, spool: Spool) -> None:
        append(spool)
        append(spool)
        newest = spool.pending(9, MEGABYTE)[-1].path
        newest.write_bytes(b"\0" * 50)
        again = reopened(spool)
        assert again.next_sequence == 3
        assert again.last() is not None
        again.close()


class FullDisk(Disk):
    """Fails where it is told to, as a full disk can at any of these."""

    def __init__(self) -> None:
        self.fails_at = ""
        self.error = errno.ENOSPC

    def _perhaps(self, name: str) -> None:
        if name == self.fails_at:
            raise OSError(self.error, os.strerror(self.error))

    def write(self, path: Path, parts: Iterable[bytes]) -> None:
        super().write(path, [next(iter(parts))] if self.fails_at == "write" else parts)
        self._perhaps("write")

    def sync(self, descriptor: int) -> None:
        self._perhaps("sync")

    def rename(self, old: Path, new: Path) -> None:
        self._perhaps("rename")
        super().rename(old, new)

    def sync_folder(self, folder: Path) -> None:
        self._perhaps("sync_folder")
        super().sync_folder(folder)


class TestFull:
    def test_the_quota_holds_and_the_sequence_stays_free(self, tmp_path: Path) -> None:
        spool = Spool(tmp_path / "spool", 3 * 4096)
        for _ in range(3):
            append(spool)
        with pytest.raises(SpoolFull, match="12288 of 12288 bytes"):
            append(spool)
        assert (spool.next_sequence, spool.has_room()) == (4, False)
        spool.confirm(1)
        assert spool.has_room()
        assert append(spool).sequence == 4
        spool.close()

    @pytest.mark.parametrize("fails_at", ["write", "sync", "rename", "sync_folder"])
    @pytest.mark.parametrize("error", [errno.ENOSPC, errno.EROFS, errno.EIO])
    def test_a_disk_that_fails_at_any_step(self, tmp_path: Path, fails_at: str, error: int) -> None:
        disk = FullDisk()
        spool = Spool(tmp_path / "spool", MEGABYTE, disk)
        append(spool)
        disk.fails_at, disk.error = fails_at, error
        with pytest.raises(SpoolFull, match=os.strerror(error)):
            append(spool)
        assert (waiting(spool), spool.next_sequence) == ([1], 2)
        assert [path.name[:12] for path in (spool.folder / "frames").iterdir()] == ["000000000001"]
        disk.fails_at = ""
        assert append(spool).sequence == 2
        again = reopened(spool)
        assert waiting(again) == [1, 2]
        again.close()

    def test_a_real_limit_half_way_through_a_file(self, tmp_path: Path) -> None:
        spool = Spool(tmp_path / "spool", MEGABYTE)
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
        try:
            with pytest.raises(SpoolFull, match="File too large"):
                append(spool, os.urandom(50_000))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
            signal.signal(signal.SIGXFSZ, before)
        assert list((spool.folder / "frames").iterdir()) == []
        assert append(spool).sequence == 1
        spool.close()

    def test_a_real_full_disk(self, small_disk: Path) -> None:
        spool = Spool(small_disk / "spool", 100 * MEGABYTE)
        for number in count(1):
            try:
                append(spool, os.urandom(100_000))
            except SpoolFull as error:
                assert "No space left on device" in str(error)
                break
            assert number < 100
        committed = spool.next_sequence - 1
        again = reopened(spool)
        assert waiting(again) == list(range(1, committed + 1))
        again.confirm(committed)
        assert append(again, os.urandom(50_000)).sequence == committed + 1
        again.close()

    def test_on_a_full_disk_retained_frames_make_room_to_note_what_was_confirmed(
        self, small_disk: Path
    ) -> None:
        spool = Spool(small_disk / "spool", 100 * MEGABYTE)
        for _ in range(3):
            append(spool, os.urandom(50_000))
        spool.published(1)
        with contextlib.suppress(OSError), (small_disk / "other").open("wb", buffering=0) as other:
            while other.write(bytes(4096)):
                pass
        spool.published(2)
        again = reopened(spool)
        held = waiting(again)
        again.close()
        assert held == [3]


class TestOneAtATime:
    def test_a_second_camera_is_refused(self, spool: Spool) -> None:
        with pytest.raises(DataFolderBusy, match=rf"process {os.getpid()}\) works on it; stop that one"):
            Spool(spool.folder, MEGABYTE)

    def test_a_folder_that_can_not_be_written(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("no folder")
        with pytest.raises(SpoolFull, match="can't be written: Not a directory"):
            Spool(tmp_path / "file" / "spool", MEGABYTE)

    @pytest.mark.skipif(os.geteuid() != 0, reason="takes root to be another user")
    def test_a_folder_that_belongs_to_another_user(self, tmp_path: Path) -> None:
        tmp_path.chmod(0o755)
        os.seteuid(65534)
        try:
            with pytest.raises(SpoolFull, match="can't be written: Permission denied"):
                Spool(tmp_path / "spool", MEGABYTE)
        finally:
            os.seteuid(0)


class TestView:
    def test_shows_what_is_there_while_the_camera_works(self, spool: Spool) -> None:
        assert (view(spool.folder).captured, view(spool.folder).held) == (0, {})
        frames = [append(spool) for _ in range(3)]
        spool.confirm(1)
        seen = view(spool.folder)
        assert seen.captured == captured_of(spool.folder) == 3
        assert seen.held == {frame.frame_id: frame.sequence for frame in frames[1:]}
        spool.confirm(3)
        assert (view(spool.folder).captured, view(spool.folder).held) == (3, {})

    def test_a_listing_that_misses_what_comes_and_goes_meanwhile(
        self, spool: Spool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for _ in range(7):
            append(spool)
        spool.confirm(5)
        listing, calls = spool_view._list, []

        def meanwhile(folder: Path) -> dict[str, int]:
            calls.append(folder)
            if len(calls) > 1:
                return listing(folder)
            spool.confirm(7)
            append(spool)  # removes 7; that the listing shows neither 7 nor 8 is allowed
            return {}

        monkeypatch.setattr(spool_view, "_list", meanwhile)
        assert view(spool.folder).captured == 7

    def test_a_listing_that_misses_what_landed_before_what_it_shows(
        self, spool: Spool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        frames = [append(spool), append(spool)]
        listings = [{frames[1].frame_id: 2}, spool_view._list(spool.folder)]
        monkeypatch.setattr(spool_view, "_list", lambda folder: listings.pop(0))
        assert sorted(view(spool.folder).held.values()) == [1, 2]

    def test_sees_every_frame_at_least_once_while_they_come_and_go(self, tmp_path: Path) -> None:
        class Fast(Disk):
            def sync(self, descriptor: int) -> None:
                """Not what this test is about."""

        spool = Spool(tmp_path / "spool", MEGABYTE, Fast())
        confirmed = 0

        def work() -> None:
            nonlocal confirmed
            for number in range(1, 1501):
                append(spool, b"picture")
                if number % 3:
                    # Known to be safe downstream before it leaves the spool, as in the outbox.
                    confirmed = max(0, number - number % 7)
                    spool.confirm(confirmed)

        worker = threading.Thread(target=work)
        worker.start()
        looks = 0
        while worker.is_alive():
            captured_before = spool.next_sequence - 1
            seen = view(spool.folder)
            assert seen.captured >= captured_before
            missing = set(range(confirmed + 1, seen.captured + 1)) - set(seen.held.values())
            assert not missing
            looks += 1
        worker.join()
        assert looks > 10
        spool.close()

    def test_finds_the_spools_of_a_data_folder(self, tmp_path: Path) -> None:
        assert folders_in(tmp_path) == {}
        Spool(folder_of(tmp_path, "camera-2"), MEGABYTE).close()
        assert folders_in(tmp_path) == {"camera-2": tmp_path / "spool" / "camera-2"}


def survives(tmp_path: Path, disk: PowerCut, *, undo_removals: bool) -> None:
    """Land and confirm, cut the power after each step, and look at what a new camera finds."""
    spool = Spool(tmp_path / "spool", MEGABYTE, disk)
    confirmed = 0
    for step, do in enumerate("LLLCLCLLCC"):
        if do == "L":
            append(spool)
        else:
            confirmed = spool.next_sequence - 1
            spool.confirm(confirmed)
        left = tmp_path / f"left-{step}"
        disk.leave(spool.folder / "frames", left / "frames", undo_removals=undo_removals)
        found = Spool(left, MEGABYTE)
        pending = found.pending(1000, MEGABYTE)
        numbers = [one.sequence for one in pending]
        committed = spool.next_sequence - 1
        assert set(range(confirmed + 1, committed + 1)) <= set(numbers), f"lost after step {step}"
        assert found.next_sequence == committed + 1, f"sequence after step {step}"
        assert [found.read(one).frame.sequence for one in pending] == numbers
        found.close()
    spool.close()


@pytest.mark.parametrize("undo_removals", [False, True])
class TestPowerCut:
    def test_nothing_landed_is_lost_and_no_sequence_given_twice(
        self, tmp_path: Path, undo_removals: bool
    ) -> None:
        survives(tmp_path, PowerCut(), undo_removals=undo_removals)

    def test_would_be_lost_without_syncing_the_file(self, tmp_path: Path, undo_removals: bool) -> None:
        class NoSync(PowerCut):
            def sync(self, descriptor: int) -> None:
                """Forgotten."""

        with pytest.raises(WireError):
            survives(tmp_path, NoSync(), undo_removals=undo_removals)

    def test_would_be_lost_without_syncing_the_folder(self, tmp_path: Path, undo_removals: bool) -> None:
        class NoSync(PowerCut):
            def sync_folder(self, folder: Path) -> None:
                """Forgotten."""

        with pytest.raises(AssertionError, match="lost after step 0"):
            survives(tmp_path, NoSync(), undo_removals=undo_removals)


def test_a_sequence_would_be_given_twice_if_the_newest_were_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    confirm = Spool.confirm

    def too_tidy(self: Spool, sequence: int) -> None:
        confirm(self, sequence)
        for path in (self.folder / "frames").iterdir():
            path.unlink()

    monkeypatch.setattr(Spool, "confirm", too_tidy)
    with pytest.raises(AssertionError, match="sequence after step 3"):
        survives(tmp_path, PowerCut(), undo_removals=False)


def test_a_landing_is_written_synced_named_and_its_name_synced_in_this_order(tmp_path: Path) -> None:
    calls: list[str] = []

    class Watched(Disk):
        def sync(self, descriptor: int) -> None:
            calls.append("sync")

        def sync_folder(self, folder: Path) -> None:
            calls.append(f"sync {folder.name}")

        def rename(self, old: Path, new: Path) -> None:
            calls.append(f"rename {old.suffix} {new.suffix}")
            super().rename(old, new)

        def unlink(self, path: Path) -> None:
            calls.append("unlink")
            super().unlink(path)

    spool = Spool(tmp_path / "spool", MEGABYTE, Watched())
    append(spool)
    spool.confirm(1)
    calls.clear()
    append(spool)
    # The file of the frame before becomes a spare one.
    assert calls == ["sync", "rename .tmp .frame", "sync frames", "rename .frame .tmp"]
    spool.close()
