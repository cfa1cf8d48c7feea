"""``marbleline repair`` from the command line: its texts and exit codes."""

import json
from pathlib import Path

import pytest

from marbleline.adapters.brokers.sqlite import SqliteBroker
from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.bootstrap.supervisor import locked
from marbleline.cli import main
from tests.builders import make_record, make_report, make_verdict


@pytest.fixture
def data(tmp_path: Path) -> Path:
    store = SqliteStore(tmp_path / "store.db")
    store.put_frames([make_record(one) for one in range(1, 21)])
    store.put_verdicts([make_verdict(one) for one in range(1, 21)])
    store.put_cameras([make_report(captured=20)])
    store.close()
    broker = SqliteBroker(tmp_path / "broker.db")
    broker.check()
    broker.close()
    return tmp_path


def test_a_sound_line_needs_no_repair(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["repair", "--data", str(data)]) == 0
    told = capsys.readouterr().out
    assert told.count(": sound") == 2
    assert "20 captured, 20 judged" in told


def test_what_is_gone_is_said_and_the_exit_code_is_1(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = bytearray((data / "store.db").read_bytes())
    for sequence in (5, 6, 7):  # neither picture nor document is right any more
        frame_id = make_verdict(sequence).frame.frame_id.encode()
        place = -1
        while (place := wrong.find(frame_id, place + 1)) >= 0:
            wrong[place + 30] ^= 1
    (data / "store.db").write_bytes(wrong)
    assert main(["repair", "--data", str(data), "--dry-run"]) == 1
    assert "gone are the sequences 5 to 7" in capsys.readouterr().out
    assert (data / "store.db").read_bytes() == wrong
    assert main(["repair", "--data", str(data), "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    [camera] = report["cameras"]
    assert (camera["judged"], camera["gone"], camera["gone_sequences"]) == (17, 3, [[5, 7]])
    assert Path(report["files"][0]["aside"]).read_bytes() == wrong
    assert main(["ledger", "--data", str(data)]) == 1, "gaps are what was named as gone"


def test_a_line_that_runs_is_refused(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with locked(data):
        assert main(["repair", "--data", str(data)]) == 1
    assert "works on it" in capsys.readouterr().err


def test_a_folder_that_is_not_there_is_no_line(tmp_path: Path) -> None:
    assert main(["repair", "--data", str(tmp_path / "none")]) == 2
