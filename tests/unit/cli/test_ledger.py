"""``marbleline ledger``: what it prints, and its exit codes."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from marbleline.adapters.brokers.sqlite import SqliteBroker
from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.cli import ledger as module
from marbleline.cli import main
from marbleline.domain.clock import now
from marbleline.domain.ledger import Ledger, LedgerEntry
from marbleline.domain.records import FrameRecord
from tests.builders import START, frame_message, make_frame, make_report, make_slab_verdict, make_verdict


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    """Camera-1: one judged, one dead-lettered. Camera-2: one lost, one pending."""
    broker, store = SqliteBroker(tmp_path / "broker.db"), SqliteStore(tmp_path / "store.db")
    store.put_frames([FrameRecord(make_frame(number, "camera-1"), b"p") for number in (1, 2)])
    store.put_frames([FrameRecord(make_frame(2, "camera-2"), b"p")])
    store.put_verdicts([make_verdict(1, "camera-1")])
    broker.publish_dead_letter("frames", frame_message(make_frame(2, "camera-1")), "truncated", "cut off")
    broker.receive("frame-records", 10, 0)
    broker.publish_dead_letter("frames", frame_message(make_frame(2, "camera-2")), "truncated", "cut off")
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


def test_watching_says_when_what_is_pending_does_not_move(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    at = iter((0, 30_000_000, 90_000_000))
    entry = LedgerEntry("camera-1", 3, 1, 2, 0, 0, 0)
    monkeypatch.setattr("marbleline.bootstrap.ledger.count_ledger", lambda _: Ledger((entry,), next(at)))
    rounds = []

    def sleep(seconds: float) -> None:
        rounds.append(seconds)
        if len(rounds) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(module.time, "sleep", sleep)
    assert main(["ledger", "--watch", "--data", str(tmp_path)]) == 0
    told = [line for line in capsys.readouterr().out.splitlines() if line.startswith("camera-1")]
    assert ["STALLED" in line for line in told] == [False, False, True]


@pytest.mark.parametrize("text", ["0", "x", "99999"])
def test_nonsense_is_usage(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["ledger", "--watch", text])
    assert left.value.code == 2
    assert "--watch" in capsys.readouterr().err


def test_blind_time_stands_behind_the_balance(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = SqliteStore(data / "store.db")
    report = make_report("camera-1", captured=2, reported_at=now())
    blind = {"watched_since": START, "blind_restart_ms": 12_500, "blind_source_away_ms": 500}
    store.put_cameras(
        [
            msgspec.structs.replace(report, **blind, interval_ms=500),
            msgspec.structs.replace(report, camera="camera-2", **blind, triggers=30, missed=4),
        ]
    )
    store.close()
    main(["ledger", "--data", str(data)])
    _, first, second, _ = capsys.readouterr().out.splitlines()
    assert first.endswith("balanced, blind for 13.0 s (restart 12.5 s, source away 0.5 s), about 26 pictures")
    assert second.endswith("4 of 30 triggers missed, blind for 13.0 s (restart 12.5 s, source away 0.5 s)")
    main(["ledger", "--json", "--data", str(data)])
    told = json.loads(capsys.readouterr().out)["cameras"]["camera-2"]["blind_time"]
    assert (told["total_s"], told["by_cause_s"]["restart"], told["missed"]) == (13.0, 12.5, 4)


def test_slabs_are_told_by_station(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with closing(SqliteStore(tmp_path / "store.db")) as store:
        store.put_frames([FrameRecord(make_frame(1), b"p")])
        store.put_verdicts([make_verdict(1)])
        store.put_slab_verdicts([make_slab_verdict(1), make_slab_verdict(2), make_slab_verdict(4)])
    assert main(["ledger", "--data", str(tmp_path)]) == 0
    *_, head, row = capsys.readouterr().out.splitlines()
    assert head.split() == ["station", "triggers", "judged", "pending", "missed", "lost"]
    assert row.split() == ["line-1", "4", "3", "0", "1", "0", "balanced"]
    main(["ledger", "--json", "--data", str(tmp_path)])
    (slabs,) = json.loads(capsys.readouterr().out)["slabs"]
    assert (slabs["triggers"], slabs["missed"], slabs["balanced"]) == (4, 1, True)
