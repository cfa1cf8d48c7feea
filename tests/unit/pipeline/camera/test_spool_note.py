"""A note of the spool: what was written is read, or the note before, and never a mixture of the two."""

import contextlib
import threading
from pathlib import Path

import pytest

from marbleline.pipeline.camera.spool_note import CONFIRMED, SpoolNote, read_note
from tests.builders import make_frame

FRAME_ID = make_frame(1).frame_id


def test_a_note_is_read_by_the_next_worker(tmp_path: Path) -> None:
    assert read_note(tmp_path, CONFIRMED) == 0
    for sequence in (1, 7, 12, 999_999_999_999, 3):  # the newest counts, not the highest
        note = SpoolNote(tmp_path, CONFIRMED)
        note.write(sequence, FRAME_ID)
        assert read_note(tmp_path, CONFIRMED) == sequence
        note.write(sequence - 1, FRAME_ID)
        assert read_note(tmp_path, CONFIRMED) == sequence - 1
        note.close()


def test_a_note_of_an_older_version_is_read_and_replaced(tmp_path: Path) -> None:
    (tmp_path / CONFIRMED).write_text(f"41 {FRAME_ID}\n")
    assert read_note(tmp_path, CONFIRMED) == 41
    note = SpoolNote(tmp_path, CONFIRMED)
    note.write(42, FRAME_ID)
    assert read_note(tmp_path, CONFIRMED) == 42
    note.close()


@pytest.mark.parametrize("content", [b"", b"\0" * 256, b"\0" * 39, b"41 no-frame\n", b" " * 256])
def test_what_a_power_cut_spoiled_is_no_note(tmp_path: Path, content: bytes) -> None:
    (tmp_path / CONFIRMED).write_bytes(content)
    assert read_note(tmp_path, CONFIRMED) == 0


@pytest.mark.parametrize("cut", range(0, 129, 3))
def test_a_copy_that_was_half_overwritten_leaves_the_one_before(tmp_path: Path, cut: int) -> None:
    note, path = SpoolNote(tmp_path, CONFIRMED), tmp_path / CONFIRMED
    note.write(111_111, FRAME_ID)
    note.write(222_222, FRAME_ID)
    before = path.read_bytes()
    note.write(333_333, FRAME_ID)
    whole = path.read_bytes()
    note.close()
    start = next(place for place, (old, new) in enumerate(zip(before, whole, strict=True)) if old != new)
    start -= start % 128
    path.write_bytes(half := before[:start] + whole[start : start + cut] + before[start + cut :])
    assert read_note(tmp_path, CONFIRMED) == (333_333 if half == whole else 222_222)


def test_a_reader_gets_nothing_older_than_its_call(tmp_path: Path) -> None:
    note = SpoolNote(tmp_path, CONFIRMED)
    written = 0

    def work() -> None:
        nonlocal written
        for sequence in range(1, 20_001):
            note.write(sequence, FRAME_ID)
            written = sequence

    worker = threading.Thread(target=work)
    worker.start()
    reads = 0
    while worker.is_alive():
        before = written
        found = read_note(tmp_path, CONFIRMED)
        assert before <= found <= written + 1
        reads += 1
    worker.join()
    note.close()
    assert reads > 10


def test_a_copy_being_written_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two notes within one read: a torn copy beside one that is older than the call."""
    note, path = SpoolNote(tmp_path, CONFIRMED), tmp_path / CONFIRMED
    for sequence in (1, 2, 3, 4):
        note.write(sequence, FRAME_ID)
    note.close()
    now = path.read_bytes()
    older, torn = sorted((now[:128], now[128:]))[0], b"5" + now[1:128]
    reads = iter([older + torn, now])
    monkeypatch.setattr(Path, "read_bytes", lambda path: next(reads))
    assert read_note(tmp_path, CONFIRMED) == 4


def test_no_file_is_made_for_a_note_but_the_first(tmp_path: Path) -> None:
    note, path = SpoolNote(tmp_path, CONFIRMED), tmp_path / CONFIRMED
    note.write(1, FRAME_ID)
    made = path.stat()
    for sequence in range(2, 100):
        note.write(sequence, FRAME_ID)
    assert (path.stat().st_ino, path.stat().st_size) == (made.st_ino, made.st_size)
    assert [found.name for found in tmp_path.iterdir()] == [CONFIRMED]
    note.close()


@pytest.mark.parametrize("replaced", [False, True])
def test_a_note_that_was_taken_away_is_made_anew(tmp_path: Path, replaced: bool) -> None:
    note, path = SpoolNote(tmp_path, CONFIRMED), tmp_path / CONFIRMED
    note.write(1, FRAME_ID)
    path.unlink()
    if replaced:
        path.write_text(f"9 {FRAME_ID}\n")
    note.write(2, FRAME_ID)
    assert read_note(tmp_path, CONFIRMED) == 2
    note.close()


def test_a_note_can_be_written_on_a_full_disk(small_disk: Path) -> None:
    with contextlib.closing(SpoolNote(small_disk, CONFIRMED)) as note:
        note.write(1, FRAME_ID)
        with contextlib.suppress(OSError), (small_disk / "other").open("wb", buffering=0) as other:
            while other.write(bytes(4096)):
                pass
        note.write(2, FRAME_ID)
        assert read_note(small_disk, CONFIRMED) == 2
        with pytest.raises(OSError, match="No space left on device"):
            SpoolNote(small_disk, CONFIRMED).write(3, FRAME_ID)
        assert read_note(small_disk, CONFIRMED) == 2
