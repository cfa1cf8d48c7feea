"""The alarm of a calibration that has expired: raised once, and cleared when it is made again."""

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.errors import CalibrationError
from marbleline.pipeline.calibration_watch import changed_alarms, watch_calibrations
from marbleline.telemetry.health import Heartbeat
from tests.builders import START, FakeClock, wait_until
from tests.unit.bootstrap.test_slab_rules import CALIBRATION


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with closing(SqliteStore(tmp_path / "store.db")) as store:
        yield store


def test_it_is_raised_once_and_cleared_when_calibrated_again(store: SqliteStore) -> None:
    late = CALIBRATION.expires_at
    assert changed_alarms(store, "line-1", {"camera-1": CALIBRATION}, late - 1) == []
    (raised,) = changed_alarms(store, "line-1", {"camera-1": CALIBRATION}, late)
    assert (raised.subject, raised.raised, raised.kind) == ("camera-1", True, "calibration")
    store.put_alarms([raised])
    assert changed_alarms(store, "line-1", {"camera-1": CALIBRATION}, late + 5) == []
    assert changed_alarms(store, "line-2", {}, late + 5) == []
    fresh = replace(CALIBRATION, expires_at=late + 100)
    (cleared,) = changed_alarms(store, "line-1", {"camera-1": fresh}, late + 6)
    assert (cleared.subject, cleared.raised) == ("camera-1", False)


def test_the_loop_goes_on_over_a_file_that_can_not_be_read(store: SqliteStore, tmp_path: Path) -> None:
    found = iter([CalibrationError("camera-1.json: can't be read")])

    def read() -> dict[str, object]:
        for error in found:
            raise error
        return {"camera-1": CALIBRATION}

    stop, own = threading.Event(), SqliteStore(tmp_path / "store.db")
    thread = threading.Thread(
        target=watch_calibrations,
        args=(own, "line-1", read, FakeClock(START + 9), stop, Heartbeat("calibrations"), 0.01),
    )
    thread.start()
    wait_until(store.alarms)
    stop.set()
    thread.join(20)
    own.close()
