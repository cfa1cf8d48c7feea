"""``marbleline report``: which shift it takes, the file, its exit codes."""

from contextlib import closing
from pathlib import Path

import pytest
from pypdf import PdfReader

from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.cli import main
from tests.builders import make_frame, make_verdict
from tests.unit.console.pdf.figures import HOUR, SINCE

PLANT = ("--console-time-zone", "UTC", "--console-shift-starts", "06:00,14:00,22:00")


@pytest.fixture
def data(tmp_path: Path) -> str:
    with closing(SqliteStore(tmp_path / "store.db")) as store:
        store.put_verdicts(
            [make_verdict(frame=make_frame(n, captured_at=SINCE + n * HOUR)) for n in (1, 2, 3)]
        )
    return str(tmp_path)


def test_the_shift_of_a_time_in_the_language_that_is_set(data: str, tmp_path: Path) -> None:
    output = tmp_path / "shift.pdf"
    told = ["--of", "2026-11-27T09:30", "--report-language", "it", "--output", str(output)]
    assert main(["report", *told, "--data", data, *PLANT]) == 0
    said = " ".join(PdfReader(output).pages[0].extract_text().split())
    assert "report del turno 27 nov, dalle 06:00 alle 14:00" in said
    assert "100,0 % 0,0 % 0,0 % 0,0 % 3" in said


def test_without_a_name_the_file_has_that_of_line_and_shift(
    data: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["report", "--of", "2026-11-27T13:59:59", "--data", data, *PLANT]) == 0
    assert (tmp_path / "line-1-2026-11-27-0600.pdf").read_bytes().startswith(b"%PDF-")
    assert "line-1-2026-11-27-0600.pdf" in capsys.readouterr().out


def test_what_is_no_shift_is_refused_with_what_is_allowed(
    data: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", "--of", "yesterday", "--data", data, *PLANT]) == 2
    assert "allowed is last, running or a time" in capsys.readouterr().err


def test_a_folder_that_is_not_there_is_refused(data: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "--output", "/nowhere/shift.pdf", "--data", data, *PLANT]) == 2
    assert "/nowhere/shift.pdf: can't be written" in capsys.readouterr().err
