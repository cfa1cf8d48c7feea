"""The command prints its report for machines, and says on standard error that there is none yet."""

import json
from pathlib import Path

import pytest

from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.cli import main
from marbleline.domain.decision import Decision
from marbleline.domain.shadow_verdict import ShadowVerdict, ShadowVerdictKind
from marbleline.domain.verdict import ModelRef
from tests.builders import make_record, make_verdict


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    """Of a line whose version 2 was a shadow on one frame, and differed."""
    (tmp_path / "data").mkdir()
    store, record = SqliteStore(tmp_path / "data" / "store.db"), make_record(1)
    store.put_verdicts([make_verdict(frame=record.frame, decision=Decision.GOOD)])
    candidate = ModelRef("marble", 2, "e" * 64, "litert")
    other = make_verdict(frame=record.frame, decision=Decision.FAULTY, model=candidate)
    store.put_shadow_verdicts([ShadowVerdict(ShadowVerdictKind.SHADOW, other)])
    store.close()
    return ["shadow", "--data", str(tmp_path / "data"), "--output", str(tmp_path / "report"), "--json"]


def test_json_is_what_the_file_holds(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*command, "--version", "2"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert (printed["frames"], printed["agreed"], len(printed["differing"])) == (1, 0.0, 1)
    assert printed == json.loads((tmp_path / "report" / "shadow.json").read_text())


def test_nothing_to_compare_is_no_json(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*command, "--version", "3"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "version 3 has not been a shadow" in said.err
