"""Replaying a folder."""

import os
import sys
from pathlib import Path

import pytest

from marbleline.adapters.sources.folder import FolderSource
from marbleline.adapters.sources.frame_interval import FrameInterval
from marbleline.errors import SourceEnded, SourceUnavailable
from marbleline.ports.source import CapturedImage
from tests.builders import FakeClock, make_frame, make_picture


class Seconds:
    """A monotonic clock that sleeping advances."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def source(folder: Path, *, repeat: bool = False, rate: float = 5, max_bytes: int = 100_000) -> FolderSource:
    seconds = Seconds()
    return FolderSource(
        folder,
        rate,
        repeat,
        max_bytes,
        FakeClock(),
        FrameInterval(rate, monotonic=seconds, sleep=seconds.sleep),
    )


def fill(folder: Path, *names: str) -> None:
    for number, name in enumerate(names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(make_picture(number))


def origins(source: FolderSource, limit: int = 100) -> list[str | None]:
    """Take and land until the end, or so many."""
    found: list[str | None] = []
    try:
        while len(found) < limit:
            captured = source.next_image(1.0)
            if captured is not None:
                found.append(captured.origin)
                source.committed(captured, make_frame(len(found)))
    except SourceEnded:
        pass
    return found


def test_all_pictures_at_any_depth_sorted_and_nothing_else(tmp_path: Path) -> None:
    fill(
        tmp_path,
        "b.JPG",
        "a/ü ß.png",
        "a/Platte 2.tif",
        "a/.hidden.jpg",
        ".cache/x.jpg",
        "notes.txt",
        "c.webp",
    )
    assert origins(source(tmp_path)) == ["a/Platte 2.tif", "a/ü ß.png", "b.JPG", "c.webp"]


def test_round_and_round_with_the_round_in_the_origin(tmp_path: Path) -> None:
    fill(tmp_path, "a.jpg", "b.jpg")
    assert origins(source(tmp_path, repeat=True), 5) == [
        "a.jpg",
        "b.jpg",
        "a.jpg (round 2)",
        "b.jpg (round 2)",
        "a.jpg (round 3)",
    ]


def test_keeps_its_rate_and_makes_good_no_more_than_a_second(tmp_path: Path) -> None:
    fill(tmp_path, *[f"{number}.jpg" for number in range(10)])
    seconds = Seconds()
    opened = FolderSource(tmp_path, 2, True, 100_000, FakeClock(), FrameInterval(2, seconds, seconds.sleep))
    times = []
    for number in range(10):
        if number == 4:
            seconds.now += 60  # the spool was full
        while (captured := opened.next_image(0.2)) is None:
            pass
        opened.committed(captured, make_frame(1))
        times.append(seconds.now - 100)
    assert times[:4] == pytest.approx([0, 0.5, 1.0, 1.5])
    assert times[4] == pytest.approx(61.5)
    assert [at - 161.5 + 100 for at in times[5:]] == pytest.approx([0, 0, 0, 0.5, 1.0])


def test_a_file_removed_while_it_is_replayed_is_passed_over(tmp_path: Path) -> None:
    fill(tmp_path, "a.jpg", "b.jpg", "c.jpg")
    opened = source(tmp_path)
    first = opened.next_image(1.0)
    assert first is not None
    opened.committed(first, make_frame(1))
    (tmp_path / "b.jpg").unlink()
    assert origins(opened) == ["c.jpg"]


def test_what_is_no_regular_file_is_passed_over(tmp_path: Path) -> None:
    fill(tmp_path, "b.jpg")
    os.mkfifo(tmp_path / "a.jpg")
    (tmp_path / "d.jpg").symlink_to(tmp_path / "nowhere.jpg")
    assert origins(source(tmp_path)) == ["b.jpg"]


def test_a_mounted_config_map_is_read_and_a_link_to_outside_is_not(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    fill(folder / "..2026_11_24", "a.jpg", "b.jpg")
    fill(tmp_path, "outside.jpg")
    (folder / "..data").symlink_to("..2026_11_24")
    for name in ("a.jpg", "b.jpg"):
        (folder / name).symlink_to(f"..data/{name}")
    (folder / "c.jpg").symlink_to(tmp_path / "outside.jpg")
    (folder / "d.jpg").symlink_to("d.jpg")
    assert origins(source(folder)) == ["a.jpg", "b.jpg"]


def test_no_more_is_read_of_a_huge_file_than_the_limit(tmp_path: Path) -> None:
    with (tmp_path / "huge.tif").open("wb") as file:
        file.truncate(10**10)
    captured = source(tmp_path, max_bytes=1000).next_image(1.0)
    assert captured is not None
    assert (len(captured.content), captured.size) == (1000, 10**10)


@pytest.mark.skipif(sys.platform == "darwin", reason="a Mac's file system takes UTF-8 names only")
def test_a_name_that_is_not_utf8(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/caf\xe9.jpg"
    Path(os.fsdecode(path)).write_bytes(make_picture(1))
    assert origins(source(tmp_path)) == ["caf\\xe9.jpg"]


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        ("a.jpg", ["b.jpg", "c.jpg"]),
        ("b.jpg", ["c.jpg"]),
        ("aa.jpg", ["b.jpg", "c.jpg"]),  # removed meanwhile
        ("c.jpg", []),
        (None, ["a.jpg", "b.jpg", "c.jpg"]),
    ],
)
def test_goes_on_after_the_last_that_landed(tmp_path: Path, last: str | None, expected: list[str]) -> None:
    fill(tmp_path, "a.jpg", "b.jpg", "c.jpg")
    opened = source(tmp_path)
    opened.resume(make_frame(9, origin=last))
    assert origins(opened) == expected


def test_goes_on_in_the_round_where_it_was(tmp_path: Path) -> None:
    fill(tmp_path, "a.jpg", "b.jpg")
    opened = source(tmp_path, repeat=True)
    opened.resume(make_frame(9, origin="a.jpg (round 7)"))
    assert origins(opened, 3) == ["b.jpg (round 7)", "a.jpg (round 8)", "b.jpg (round 8)"]


def test_new_pictures_come_in_the_next_round(tmp_path: Path) -> None:
    fill(tmp_path, "b.jpg")
    opened = source(tmp_path, repeat=True)
    assert origins(opened, 1) == ["b.jpg"]
    fill(tmp_path, "a.jpg")
    assert origins(opened, 2) == ["a.jpg (round 2)", "b.jpg (round 2)"]


def test_a_folder_that_is_away_and_comes_back(tmp_path: Path) -> None:
    opened = source(tmp_path / "usb", repeat=True)
    for _ in range(2):
        with pytest.raises(SourceUnavailable, match=r"usb: No such file or directory"):
            opened.next_image(1.0)
    fill(tmp_path, "usb/a.jpg")
    assert origins(opened, 1) == ["a.jpg"]


def test_a_folder_that_disappears_while_it_is_replayed(tmp_path: Path) -> None:
    fill(tmp_path, "usb/a.jpg", "usb/b.jpg")
    opened = source(tmp_path / "usb", repeat=True)
    assert origins(opened, 1) == ["a.jpg"]
    (tmp_path / "usb").rename(tmp_path / "elsewhere")
    with pytest.raises(SourceUnavailable):
        _until_error(opened)
    (tmp_path / "elsewhere").rename(tmp_path / "usb")
    assert [name.split(" ")[0] for name in origins(opened, 2) if name] == ["a.jpg", "b.jpg"]


def test_a_folder_without_pictures_is_no_busy_loop(tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable, match="holds no picture that can be read"):
        source(tmp_path, repeat=True).next_image(1.0)
    with pytest.raises(SourceEnded):
        source(tmp_path).next_image(1.0)


def _until_error(opened: FolderSource) -> None:
    captured: CapturedImage | None
    for _ in range(10):
        captured = opened.next_image(1.0)
        if captured is not None:
            opened.committed(captured, make_frame(1))
