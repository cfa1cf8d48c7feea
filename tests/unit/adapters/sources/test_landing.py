"""The landing folder: whole files only, each once, whatever the senders do."""

import fcntl
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from marbleline.adapters.sources.landing import LandingSource
from marbleline.adapters.sources.landing_arrivals import Arrivals
from marbleline.adapters.sources.picture_files import PictureFile, Stamp, read_picture
from marbleline.errors import DataFolderBusy, SourceUnavailable
from marbleline.ports.source import SPOOL_FULL, TOO_LARGE, CapturedImage
from tests.builders import START, FakeClock, make_frame, make_picture


class Landing:
    """A landing folder, its camera's source, and seconds that pass when the source sleeps."""

    def __init__(self, folder: Path, **options: object) -> None:
        self.folder = folder
        self.seconds = 0.0
        self.clock = FakeClock()
        self.options = options
        self.sequence = 0
        self.source = self.open()

    def open(self, last: CapturedImage | None = None) -> LandingSource:
        source = LandingSource(
            self.folder,
            100_000,
            clock=self.clock,
            monotonic=lambda: self.seconds,
            sleep=self.sleep,
            **self.options,  # type: ignore[arg-type]
        )
        source.resume(last and make_frame(1, captured_at=last.captured_at, origin=last.origin))
        self.source = source
        return source

    def restart(self, last: CapturedImage | None = None) -> None:
        """A camera that was killed lets go of its lock, and another starts."""
        self.source._release_claims()
        self.open(last)

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        self.clock.advance(seconds)

    def drop(self, name: str, content: bytes | None = None) -> Path:
        path = self.folder / name
        path.write_bytes(make_picture(len(name)) if content is None else content)
        return path

    def next_image(self, wait_s: float = 5.0) -> CapturedImage | None:
        return self.source.next_image(wait_s)

    def land(self, captured: CapturedImage | None) -> CapturedImage:
        assert captured is not None
        self.sequence += 1
        self.source.committed(captured, make_frame(self.sequence, captured_at=captured.captured_at))
        return captured

    def names(self, below: str = "") -> list[str]:
        folder = self.folder / below
        return sorted(path.name for path in folder.iterdir() if path.is_file() and path.name != "lock")

    def tidy_names(self, below: str) -> list[str]:
        return [name.partition("~")[2] for name in self.names(below)]


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(tmp_path)


class TestWhole:
    def test_a_file_is_taken_about_a_second_after_it_came(self, landing: Landing) -> None:
        assert landing.next_image(0.3) is None
        landing.drop("Platte 7 (grün).jpg")
        before = landing.seconds
        captured = landing.land(landing.next_image())
        assert (captured.origin, captured.content) == (
            "Platte 7 (grün).jpg",
            make_picture(len("Platte 7 (grün).jpg")),
        )
        assert 1.0 <= landing.seconds - before < 1.5
        assert captured.captured_at == landing.clock.at
        assert landing.names() == landing.names(".taken") == []

    def test_a_file_that_grows_is_left_until_it_has_stopped(self, landing: Landing) -> None:
        path = landing.drop("a.jpg", b"")
        for _ in range(10):
            with path.open("ab") as file:
                file.write(b"more")
            assert landing.next_image(0.5) is None
        captured = landing.next_image()
        assert captured is not None
        assert captured.content == b"more" * 10

    def test_times_that_are_set_back_do_not_hide_a_change(self, landing: Landing) -> None:
        path = landing.drop("a.jpg", b"12345")
        os.utime(path, ns=(START, START))
        assert landing.next_image(0.9) is None
        path.write_bytes(b"54321")
        os.utime(path, ns=(START, START))
        assert landing.next_image(0.9) is None
        assert landing.next_image() is not None

    @pytest.mark.skipif(not hasattr(fcntl, "F_SETLEASE"), reason="leases are Linux's")
    def test_a_writer_on_this_machine_who_pauses_is_waited_for(self, landing: Landing) -> None:
        with (landing.folder / "a.jpg").open("wb") as file:
            file.write(make_picture(1)[:500])
            file.flush()
            assert landing.next_image(5.0) is None
            assert landing.next_image(5.0) is None
            file.write(make_picture(1)[500:])
        captured = landing.next_image()
        assert captured is not None
        assert (captured.content, captured.origin) == (make_picture(1), "a.jpg")

    def test_a_file_that_changes_while_it_is_read_goes_back(
        self, landing: Landing, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        landing.drop("a.jpg", b"first half, ")
        tries: list[str] = []

        def meanwhile(descriptor: int, max_bytes: int) -> PictureFile:
            file = read_picture(descriptor, max_bytes)
            if not tries:
                tries.append("written to")  # from another machine: no lease tells of it
                claim = next((landing.folder / ".taken").glob("*a.jpg"))
                with claim.open("ab") as more:
                    more.write(b"second half")
                return replace(file, stamp=Stamp.of(claim.stat()))
            return file

        monkeypatch.setattr("marbleline.adapters.sources.landing.read_picture", meanwhile)
        captured = landing.next_image(20.0)
        assert captured is not None
        assert (captured.content, captured.origin) == (b"first half, second half", "a.jpg")

    def test_other_names_are_never_touched(self, landing: Landing) -> None:
        names = [".a.jpg", "a.jpg.tmp", "a.jpg.part", "a.jpg.filepart", "notes.txt", "a"]
        for name in names:
            landing.drop(name)
        (landing.folder / "sub.jpg").mkdir()
        os.mkfifo(landing.folder / "pipe.jpg")
        assert landing.next_image(3.0) is None
        assert landing.names() == sorted(names)

    def test_a_rename_into_place(self, landing: Landing) -> None:
        landing.drop("a.jpg.tmp")
        assert landing.next_image(3.0) is None
        (landing.folder / "a.jpg.tmp").rename(landing.folder / "a.jpg")
        assert landing.land(landing.next_image(2.0)).origin == "a.jpg"

    def test_oldest_first(self, landing: Landing) -> None:
        for age, name in enumerate(["c.jpg", "a.jpg", "b.jpg"]):
            os.utime(landing.drop(name), ns=(START, START + age))
        assert [landing.land(landing.next_image()).origin for _ in range(3)] == ["c.jpg", "a.jpg", "b.jpg"]

    def test_the_same_name_again_is_another_picture(self, landing: Landing) -> None:
        landing.drop("belt.jpg", b"one")
        first = landing.land(landing.next_image())
        landing.drop("belt.jpg", b"one")
        second = landing.land(landing.next_image())
        assert first.captured_at < second.captured_at
        landing.drop("belt.jpg", b"one")
        landing.restart(second)
        assert landing.next_image() is not None


class TestOnce:
    def test_killed_before_the_landing(self, landing: Landing) -> None:
        landing.drop("a.jpg")
        assert landing.next_image() is not None
        landing.restart()
        landing.sleep(60)
        captured = landing.land(landing.next_image())
        assert (captured.origin, captured.captured_at) == ("a.jpg", landing.clock.at)
        assert landing.names(".taken") == []

    def test_killed_between_the_landing_and_the_removal(self, landing: Landing) -> None:
        landing.drop("a.jpg")
        committed = landing.next_image()
        landing.restart(committed)
        assert landing.next_image() is None
        assert landing.names(".taken") == []

    def test_also_when_the_clock_was_set_back(self, landing: Landing) -> None:
        landing.drop("a.jpg")
        committed = landing.land(landing.next_image())
        landing.clock.at -= 3_600_000_000
        landing.drop("b.jpg")
        landing.restart(committed)
        waiting = landing.next_image()
        assert waiting is not None
        assert waiting.captured_at > committed.captured_at
        landing.restart(committed)
        assert landing.land(landing.next_image()).origin == "b.jpg"

    def test_what_can_not_be_removed_is_not_taken_again(
        self, landing: Landing, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        landing.drop("a.jpg")
        captured = landing.next_image()
        with monkeypatch.context() as broken:
            broken.setattr(Path, "unlink", _read_only)
            landing.land(captured)
        assert landing.tidy_names(".taken") == ["a.jpg"]
        assert landing.next_image() is None
        landing.restart(captured)
        assert landing.next_image() is None
        assert landing.names(".taken") == []

    def test_a_full_spool_keeps_it_at_the_front_of_the_line(self, landing: Landing) -> None:
        for name in ("a.jpg", "b.jpg"):
            landing.drop(name)
        for _ in range(3):
            captured = landing.next_image()
            assert captured is not None
            assert captured.origin == "a.jpg"
            landing.source.rejected(captured, SPOOL_FULL, "full")
        assert [landing.land(landing.next_image()).origin for _ in range(2)] == ["a.jpg", "b.jpg"]

    def test_a_second_camera_is_refused(self, landing: Landing) -> None:
        landing.next_image(0.0)
        first, second = landing.source, landing.open()
        with pytest.raises(DataFolderBusy, match="works on it"):
            second.next_image(0.0)
        first.close()
        assert second.next_image(0.0) is None


class TestTidy:
    def test_kept_files_move_to_done(self, tmp_path: Path) -> None:
        landing = Landing(tmp_path, keep=True)
        for _ in range(2):
            landing.drop("a.jpg")
            landing.land(landing.next_image())
        assert landing.tidy_names("done") == ["a.jpg", "a.jpg"]

    def test_too_large_moves_to_refused(self, landing: Landing) -> None:
        landing.drop("huge.tif", b"x" * 200_000)
        captured = landing.next_image()
        assert captured is not None
        assert (len(captured.content), captured.size) == (100_000, 200_000)
        landing.source.rejected(captured, TOO_LARGE, "200000 bytes, the limit is 100000")
        assert landing.tidy_names("refused") == ["huge.tif"]
        landing.drop("b.jpg")
        assert landing.land(landing.next_image()).origin == "b.jpg"

    def test_unreadable_moves_to_refused(self, landing: Landing, monkeypatch: pytest.MonkeyPatch) -> None:
        landing.drop("a.jpg")
        with monkeypatch.context() as broken:
            broken.setattr("marbleline.adapters.sources.landing.open_picture", _no_permission)
            assert landing.next_image() is None
        assert landing.tidy_names("refused") == ["a.jpg"]

    def test_a_name_too_long_to_be_claimed_moves_to_refused(self, landing: Landing) -> None:
        name = "n" * 250 + ".jpg"
        landing.drop(name)
        landing.drop("z.jpg")
        assert landing.land(landing.next_image()).origin == "z.jpg"
        assert landing.names("refused") == [name]

    def test_what_can_not_even_be_moved_does_not_hold_up_the_others(
        self, landing: Landing, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        landing.drop("a.jpg")
        rename = Path.rename

        def stuck(path: Path, target: Path) -> Path:
            if path.name == "a.jpg":
                raise PermissionError(13, "Permission denied")
            return rename(path, target)

        monkeypatch.setattr(Path, "rename", stuck)
        assert landing.next_image() is None
        landing.drop("b.jpg")
        assert landing.land(landing.next_image()).origin == "b.jpg"

    def test_a_file_removed_before_it_is_taken(self, landing: Landing) -> None:
        arrivals = Arrivals(landing.folder, 1.0, lambda: landing.seconds)
        landing.drop("a.jpg")
        assert arrivals.next() is None
        landing.drop("b.jpg")
        (landing.folder / "a.jpg").unlink()
        assert landing.land(landing.next_image()).origin == "b.jpg"


class TestAway:
    def test_a_folder_that_is_not_there_yet(self, tmp_path: Path) -> None:
        landing = Landing(tmp_path / "share")
        for _ in range(2):
            with pytest.raises(SourceUnavailable, match="share: no such folder"):
                landing.next_image()
        landing.folder.mkdir()
        landing.drop("a.jpg")
        assert landing.land(landing.next_image()).origin == "a.jpg"

    def test_a_folder_that_goes_and_comes_back(self, tmp_path: Path) -> None:
        landing = Landing(tmp_path / "share")
        landing.folder.mkdir()
        landing.drop("a.jpg")
        landing.land(landing.next_image())
        landing.drop("b.jpg")
        landing.folder.rename(tmp_path / "unplugged")
        with pytest.raises(SourceUnavailable):
            landing.next_image()
        (tmp_path / "unplugged").rename(landing.folder)
        assert landing.land(landing.next_image()).origin == "b.jpg"

    def test_a_folder_that_goes_with_a_file_in_hand(self, tmp_path: Path) -> None:
        landing = Landing(tmp_path / "share")
        landing.folder.mkdir()
        landing.drop("a.jpg")
        captured = landing.next_image()
        landing.folder.rename(tmp_path / "unplugged")
        landing.land(captured)
        with pytest.raises(SourceUnavailable):
            landing.next_image()
        (tmp_path / "unplugged").rename(landing.folder)
        assert landing.next_image() is None
        assert landing.names(".taken") == []

    def test_a_folder_that_is_replaced(self, tmp_path: Path) -> None:
        landing = Landing(tmp_path / "share")
        landing.folder.mkdir()
        landing.next_image(0.0)
        shutil.rmtree(landing.folder)
        landing.folder.mkdir()
        landing.drop("a.jpg")
        with pytest.raises(SourceUnavailable):
            landing.next_image()
        assert landing.land(landing.next_image()).origin == "a.jpg"


def test_many_thousand_files_are_listed_a_few_times_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    landing = Landing(tmp_path, settle_s=0.0)
    for number in range(5_000):
        (tmp_path / f"{number:05d}.jpg").write_bytes(b"x")
    listings: list[Path] = []
    scandir = os.scandir

    def counting(path: Path) -> object:
        if path == tmp_path:
            listings.append(path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", counting)
    monkeypatch.setattr("marbleline.adapters.sources.landing.sync_folder", lambda folder: None)
    while landing.sequence < 5_000:
        # None: a file that seems to be written still, as while another thread of the tests forks.
        if (captured := landing.next_image()) is not None:
            landing.land(captured)
    assert landing.names() == []
    assert len(listings) < 10


def _read_only(path: Path, missing_ok: bool = False) -> None:
    raise OSError(30, "Read-only file system")


def _no_permission(path: Path) -> int:
    raise PermissionError(13, "Permission denied")
