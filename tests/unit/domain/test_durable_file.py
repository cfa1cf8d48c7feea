"""Files beside model versions: replaced in one rename, or a line added."""

from pathlib import Path

import pytest

from marbleline.domain.durable_file import append_line, replace_file


def test_a_file_is_replaced_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "labels.json"
    replace_file(path, b"first")
    replace_file(path, b"second")
    assert path.read_bytes() == b"second"
    assert list(tmp_path.iterdir()) == [path]


def test_what_can_not_be_renamed_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "labels.json"
    replace_file(path, b"first")

    def refuse(self: Path, target: Path) -> Path:
        raise OSError("refused")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OSError, match="refused"):
        replace_file(path, b"second")
    assert path.read_bytes() == b"first"


def test_lines_are_added(tmp_path: Path) -> None:
    append_line(tmp_path / "log.jsonl", b"1")
    append_line(tmp_path / "log.jsonl", b"2")
    assert (tmp_path / "log.jsonl").read_bytes() == b"1\n2\n"
