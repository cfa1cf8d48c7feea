"""``marbleline dead-letters``: choosing, replaying and dropping, the ledger balanced throughout."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from marbleline.adapters.brokers.sqlite import SqliteBroker
from marbleline.cli import main
from tests.builders import frame_message, make_frame

REASONS = ("truncated", "truncated", "empty", "too_large")


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    """Four letters: three of camera top, the last of camera side."""
    broker = SqliteBroker(tmp_path / "broker.db")
    for number, reason in enumerate(REASONS, start=1):
        camera = "side" if number == 4 else "top"
        body = f"picture {number}".encode()
        broker.publish_dead_letter(
            "frames", frame_message(make_frame(number, camera, content=body), body), reason, f"why {number}"
        )
    broker.close()
    yield tmp_path


@pytest.fixture
def broker(data: Path) -> Iterator[SqliteBroker]:
    broker = SqliteBroker(data / "broker.db")
    yield broker
    broker.close()


def told(capsys: pytest.CaptureFixture[str], *words: str) -> list[dict[str, object]]:
    assert main(["dead-letters", *words, "--json"]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_list_filters_by_reason_and_camera(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    at = ("--data", str(data))
    assert [one["sequence"] for one in told(capsys, "list", *at)] == [1, 2, 3, 4]
    assert [one["sequence"] for one in told(capsys, "list", "--reason", "truncated", *at)] == [1, 2]
    assert [one["sequence"] for one in told(capsys, "list", "--camera", "side", *at)] == [4]
    assert main(["dead-letters", "list", *at]) == 0
    assert "4 dead letters: 2 truncated" in capsys.readouterr().out


def test_show_tells_all_and_saves_the_picture(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    [first] = told(capsys, "list", "--reason", "empty", "--data", str(data))
    file = tmp_path / "picture.bin"
    assert main(["dead-letters", "show", str(first["id"]), "--save", str(file), "--data", str(data)]) == 0
    assert "the file has no content" in capsys.readouterr().out
    assert file.read_bytes() == b"picture 3"


def test_a_dead_letter_that_is_not_there_is_refused(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dead-letters", "show", "nonsense", "--data", str(data)]) == 2
    assert "nonsense: there is none" in capsys.readouterr().err


def test_replay_keeps_the_frame_id_and_leaves_what_has_no_picture(
    data: Path, broker: SqliteBroker, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["dead-letters", "replay", "--all", "--data", str(data)]) == 0
    out = capsys.readouterr()
    assert "3 replayed" in out.out
    assert "1 left where they are" in out.err
    deliveries = broker.receive("frames", 10, 0)
    assert [one.message.message_id for one in deliveries] == [
        make_frame(n, "top").frame_id for n in (1, 2, 3)
    ]
    assert [dead_letter.reason for dead_letter in broker.dead_letters(10)] == ["too_large"]


def test_drop_gives_up_only_the_chosen_and_stays_on_record(
    data: Path, broker: SqliteBroker, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["dead-letters", "discard", "--reason", "truncated", "--data", str(data)]) == 0
    assert "2 discarded" in capsys.readouterr().out
    assert [dead_letter.reason for dead_letter in broker.dead_letters(10)] == ["empty", "too_large"]
    assert len(broker.inventory().discarded["top"]) == 2


@pytest.mark.parametrize("action", ["replay", "discard"])
def test_a_dry_run_changes_nothing(
    data: Path, broker: SqliteBroker, capsys: pytest.CaptureFixture[str], action: str
) -> None:
    assert main(["dead-letters", action, "--camera", "top", "--dry-run", "--data", str(data)]) == 0
    assert "3 would be" in capsys.readouterr().out
    assert len(broker.dead_letters(10)) == 4


@pytest.mark.parametrize("action", ["replay", "discard"])
def test_all_of_them_has_to_be_said(data: Path, capsys: pytest.CaptureFixture[str], action: str) -> None:
    assert main(["dead-letters", action, "--data", str(data)]) == 2
    assert "--all" in capsys.readouterr().err


def test_an_unknown_reason_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["dead-letters", "list", "--reason", "ugly"])
    assert left.value.code == 2
    assert "ugly" in capsys.readouterr().err
