"""Looking for damage while the line runs: it is told to people in every way there is, until it is mended."""

import logging
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.adapters.stores.sqlite.schema import SCHEMA
from marbleline.domain.alarm import DAMAGED
from marbleline.operations.integrity import EmbeddedFile, watch_files
from marbleline.telemetry.health import Heartbeat
from tests.builders import make_record, make_verdict, wait_until
from tests.unit.adapters.sqlite.damage import flipped


def test_damage_is_told_and_its_end_too(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = EmbeddedFile(tmp_path / "other.db", SCHEMA)
    filled = SqliteStore(file.path)
    filled.put_frames([make_record(one) for one in range(1, 200)])
    filled.put_verdicts([make_verdict(one) for one in range(1, 200)])
    filled.close()
    shutil.copy(file.path, tmp_path / "sound")
    file.path.write_bytes(flipped(file.path.read_bytes(), 1, 200))
    heartbeat, stop = Heartbeat("integrity"), threading.Event()
    # Alarms go to a store of their own: a damaged one may not take them.
    alarms, seen = SqliteStore(tmp_path / "store.db"), SqliteStore(tmp_path / "store.db")
    watch = threading.Thread(target=watch_files, args=([file], alarms, "line-1", 0.05, stop, heartbeat))

    def raised() -> list[bool]:
        return [one.raised for one in seen.alarms() if (one.kind, one.subject) == (DAMAGED, "other.db")]

    with caplog.at_level(logging.ERROR):
        watch.start()
        try:
            _wait(lambda: raised() == [True])
            assert "marbleline repair" in str(heartbeat.trouble)
            assert _metric("marbleline_file_damaged") == 1
            assert [one.message for one in caplog.records].count("integrity.damaged") == 1
            shutil.copy(tmp_path / "sound", tmp_path / "mended")
            (tmp_path / "mended").rename(file.path)
            _wait(lambda: raised() == [False])
            _wait(lambda: heartbeat.trouble is None)
            assert _metric("marbleline_file_damaged") == 0
        finally:
            stop.set()
            watch.join()
            seen.close()
            alarms.close()


def test_a_file_that_cannot_be_looked_at_ends_nothing(tmp_path: Path) -> None:
    (tmp_path / "folder.db").mkdir()
    heartbeat, stop = Heartbeat("integrity"), threading.Event()
    store = SqliteStore(tmp_path / "store.db")
    file = EmbeddedFile(tmp_path / "folder.db", SCHEMA)
    watch = threading.Thread(target=watch_files, args=([file], store, "line-1", 0.05, stop, heartbeat))
    watch.start()
    try:
        _wait(lambda: heartbeat.beaten_at is not None)
        assert watch.is_alive()
    finally:
        stop.set()
        watch.join()
        store.close()


def _wait(condition: Callable[[], object]) -> None:
    wait_until(condition, limit_s=60.0)


def _metric(name: str) -> float | None:
    return REGISTRY.get_sample_value(name, {"file": "other.db"})
