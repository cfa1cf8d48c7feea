"""The rehearsal goes through all four steps, and its answers are those that it asked for."""

import csv
from collections import Counter
from pathlib import Path

import pytest

from marbleline.cli import EXIT_USAGE, main
from marbleline.domain.model import load_manifest
from marbleline.errors import SettingError
from marbleline.training.commission.rehearsal import rehearse

SHIPPED = Path(__file__).resolve().parents[4] / "model_repo" / "marble" / "1"


@pytest.mark.slow
def test_it_watches_asks_learns_and_shows(tmp_path: Path) -> None:
    told: list[str] = []
    measured = rehearse(tmp_path, SHIPPED, 40, told.append, rounds=(20, 30))
    text = "\n".join(told)
    assert [word for word in ("1 WATCH", "2 ASK", "3 LEARN", "4 SHOW") if word not in text] == []
    assert measured.slabs == 40
    assert 0 <= measured.wrong <= measured.decided <= 40
    with (tmp_path / "images" / "index.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len({row["path"] for row in rows}) == len(rows) == 30
    assert Counter(row["asked"] for row in rows)["random"] == 12
    assert load_manifest(tmp_path / "rehearsal" / "2").version == 2


def test_more_answers_than_slabs_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="20 slabs: 100 answers are asked for"):
        rehearse(tmp_path, SHIPPED, 20, print)


def test_the_command_writes_into_no_folder_that_holds_something(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "kept").touch()
    assert main(["product", "rehearse", "--folder", str(tmp_path)]) == EXIT_USAGE
    assert "is not empty" in capsys.readouterr().err
