"""Workers as batch jobs: they work off what is there and exit, beside a running line too."""

import json
import threading
from pathlib import Path

import pytest

from marbleline.bootstrap.adapters import open_broker
from marbleline.bootstrap.catalogue import load
from marbleline.bootstrap.encoder import picture_limits
from marbleline.bootstrap.products import open_input_specs
from marbleline.cli import main
from marbleline.domain.clock import now
from marbleline.pipeline import consumer
from marbleline.pipeline.consumer import Batching, consume
from marbleline.pipeline.encoder import encoding_handler
from marbleline.ports.topology import FRAMES
from tests.builders import make_picture

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def soon_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumer, "IDLE_S", 0.3)


def ledger(data: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, int]:
    capsys.readouterr()
    main(["ledger", "--json", "--data", str(data)])
    found = json.loads(capsys.readouterr().out)
    assert found["balanced"]
    total: dict[str, int] = found["total"]
    return total


def test_a_landing_folder_is_swept_up_and_an_empty_run_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    landing, data = tmp_path / "landing", tmp_path / "data"
    landing.mkdir()
    for number in range(5):
        (landing / f"slab-{number}.jpg").write_bytes(make_picture(number, 640, 480))
    (landing / "broken.jpg").write_bytes(b"no picture")
    where = ["--data", str(data)]
    sweep = ["encoder", "--once", "--landing", str(landing), "--camera", "batch", "--settle-s", "0", *where]

    assert main(sweep) == 0
    total = ledger(data, capsys)
    assert (total["captured"], total["dead_lettered"], total["pending"]) == (6, 1, 5)
    assert main(["publisher", "--once", *where]) == 0
    total = ledger(data, capsys)
    assert (total["judged"], total["dead_lettered"], total["pending"]) == (5, 1, 0)

    assert main(sweep) == 0
    assert main(["publisher", "--once", *where]) == 0
    assert ledger(data, capsys) == total


def test_a_landing_folder_that_is_away_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--data", str(tmp_path / "data"), "--settle-s", "0"]
    assert main(["encoder", "--once", "--landing", str(tmp_path / "none"), *where]) == 1
    assert str(tmp_path / "none") in capsys.readouterr().err


def test_landing_goes_with_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["encoder", "--landing", "x"]) == 2
    assert "--once" in capsys.readouterr().err


def test_two_jobs_at_a_time_share_the_work_and_nothing_counts_twice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = str(tmp_path / "data")
    assert main(["camera", "--frames", "30", "--rate", "1000", "--data", data]) == 0

    settings = load({"data": data})

    work = encoding_handler(open_input_specs(settings), picture_limits(settings), now)

    def job() -> None:
        broker = open_broker(settings, "encoder")
        consume(broker, FRAMES.name, work, Batching(2), threading.Event(), once=True)
        broker.close()

    jobs = [threading.Thread(target=job) for _ in range(2)]
    for one in jobs:
        one.start()
    for one in jobs:
        one.join()
    assert main(["publisher", "--once", "--data", data]) == 0
    total = ledger(tmp_path / "data", capsys)
    assert (total["judged"], total["duplicates"], total["pending"]) == (30, 0, 0)
