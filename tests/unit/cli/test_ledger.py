"""``marbleline ledger``: what it prints, and its exit codes."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from marbleline.adapters.broker_sqlite import SqliteBroker
from marbleline.adapters.store_sqlite import SqliteStore
from marbleline.cli import ledger as module
from marbleline.cli import main
from marbleline.domain.records import FrameRecord
from tests.builders import frame_message, make_frame, make_verdict


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    """Camera-1: one judged, one dead-lettered. Camera-2: one lost, one pending."""
    broker, store = SqliteBroker(tmp_path / "broker.db"), SqliteStore(tmp_path / "store.db")
    store.put_frames([FrameRecord(make_frame(number, "camera-1"), b"p") for number in (1, 2)])
    store.put_frames([FrameRecord(make_frame(2, "camera-2"), b"p")])
    store.put_verdicts([make_verdict(1, "camera-1")])
    broker.bury("frames", frame_message(make_frame(2, "camera-1")), "truncated", "cut off")
    broker.take("frame-records", 10, 0)
    broker.bury("frames", frame_message(make_frame(2, "camera-2")), "truncated", "cut off")
    broker.close()
    store.close()
    yield tmp_path


def test_json_tells_each_camera_and_the_exit_code_the_balance(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ledger", "--json", "--data", str(data)]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["balanced"] is False
    first, second = told["cameras"]["camera-1"], told["cameras"]["camera-2"]
    assert (first["captured"], first["judged"], first["dead_lettered"], first["balanced"]) == (2, 1, 1, True)
    assert (second["captured"], second["gaps"], second["balanced"]) == (2, 1, False)
    assert told["total"]["captured"] == 4


def test_a_table_is_for_people(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ledger", "--data", str(data)]) == 1
    head, first, second, total = capsys.readouterr().out.splitlines()
    assert head.split()[:3] == ["camera", "captured", "judged"]
    assert first.endswith("balanced")
    assert second.endswith("NOT BALANCED")
    assert total.split()[:2] == ["all", "4"]


def test_a_balanced_ledger_is_0_and_an_empty_one_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ledger", "--data", str(tmp_path)]) == 0
    assert "No frame was captured yet" in capsys.readouterr().out


def test_a_folder_that_is_not_there_is_refused_and_not_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ledger", "--data", str(tmp_path / "typo")]) == 2
    assert "there is none" in capsys.readouterr().err
    assert not (tmp_path / "typo").exists()


def test_watching_counts_until_interrupted(
    data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds = []

    def sleep(seconds: float) -> None:
        rounds.append(seconds)
        if len(rounds) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(module.time, "sleep", sleep)
    assert main(["ledger", "--watch", "0.5", "--json", "--data", str(data)]) == 1
    assert rounds == [0.5] * 3
    assert len([json.loads(line) for line in capsys.readouterr().out.splitlines()]) == 3


@pytest.mark.parametrize("text", ["0", "x", "99999"])
def test_nonsense_is_usage(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["ledger", "--watch", text])
    assert left.value.code == 2
    assert "--watch" in capsys.readouterr().err
