"""How large a file's pages are is found though its first page is lost."""

import random
import struct
from contextlib import closing
from pathlib import Path

import pytest

from marbleline.adapters.sqlite.opening import connect
from marbleline.adapters.sqlite.page_size import OLDER_PAGE_BYTES, PAGE_BYTES, page_size
from tests.unit.adapters.sqlite.damage import fill_broker, flipped

BOTH = pytest.mark.parametrize("made_with", [OLDER_PAGE_BYTES, PAGE_BYTES])


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[int, bytes]:
    """A broker's file on pages of each size."""
    found = {}
    for made_with in (OLDER_PAGE_BYTES, PAGE_BYTES):
        path = tmp_path_factory.mktemp("files") / "broker.db"
        connect(path, made_with).close()
        fill_broker(path)
        found[made_with] = path.read_bytes()
    return found


@BOTH
def test_a_sound_file(files: dict[int, bytes], made_with: int) -> None:
    assert int.from_bytes(files[made_with][16:18], "big") == made_with
    assert page_size(files[made_with], b"") == made_with


@BOTH
def test_a_file_without_its_beginning(files: dict[int, bytes], made_with: int) -> None:
    content = bytes(PAGE_BYTES) + files[made_with][PAGE_BYTES:]
    assert page_size(content, b"") == made_with


@BOTH
@pytest.mark.parametrize("said", [0, 512, 1000, OLDER_PAGE_BYTES, PAGE_BYTES, 1])
def test_a_file_that_says_something_else(files: dict[int, bytes], made_with: int, said: int) -> None:
    content = files[made_with][:16] + said.to_bytes(2, "big") + files[made_with][18:]
    assert page_size(content, b"") == made_with


@BOTH
@pytest.mark.parametrize("seed", range(6))
def test_a_file_of_which_much_is_wrong(files: dict[int, bytes], made_with: int, seed: int) -> None:
    content = bytearray(flipped(files[made_with], seed, flips=4000))
    content[:100] = random.Random(seed).randbytes(100)
    assert page_size(bytes(content), b"") == made_with


def test_full_pages_whose_header_would_be_right_on_smaller_ones() -> None:
    begin = b"SQLite format 3\0" + OLDER_PAGE_BYTES.to_bytes(2, "big")
    full = struct.pack(">BHHHBH", 0x0D, 0, 1, 4000, 0, 8000)
    assert page_size(begin.ljust(PAGE_BYTES, b"\0") + full.ljust(PAGE_BYTES, b"\0") * 5, b"") == PAGE_BYTES


@BOTH
def test_a_file_of_which_only_the_log_is_left(tmp_path: Path, made_with: int) -> None:
    with closing(connect(tmp_path / "a.db", made_with)) as connection:
        connection.execute("CREATE TABLE notes (note)")
        log = (tmp_path / "a.db-wal").read_bytes()
    assert page_size(b"", log) == made_with
    assert page_size(b"", b"\0" + log[1:]) == PAGE_BYTES


@pytest.mark.parametrize("content", [b"", b"no database " * 10_000, b"\0\xff" * 50_000])
def test_nothing_tells(content: bytes) -> None:
    assert page_size(content, b"") == PAGE_BYTES
