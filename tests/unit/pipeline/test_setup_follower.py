"""The encoder judges what was set last; what the camera's own settings say wins."""

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.domain.camera_setup import new_setup
from marbleline.errors import StoreUnavailable
from marbleline.pipeline.setup_follower import SetupFollower
from marbleline.telemetry.health import Heartbeat
from tests.builders import SECOND, START, make_frame, wait_until


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with closing(SqliteStore(tmp_path / "store.db")) as store:
        yield store


def test_the_newest_change_counts_for_its_camera_alone(store: SqliteStore) -> None:
    follower = SetupFollower(store, "line-1")
    for number, region in enumerate(("0,0 1,0.5", "0,0 0.5,1")):
        at = START + number * SECOND
        store.put_camera_setups([new_setup("line-1", "camera-1", region, "0,0 0.1,0.1", "ayşe", at)])
    assert follower.applied(make_frame()) == make_frame()
    follower.poll()
    applied = follower.applied(make_frame())
    assert (applied.region, applied.masks) == ("0,0 0.5,1", "0,0 0.1,0.1")
    other = make_frame(camera="camera-2")
    assert follower.applied(other) is other
    elsewhere = make_frame(line="line-2")
    assert follower.applied(elsewhere) is elsewhere


def test_the_cameras_own_settings_win(store: SqliteStore) -> None:
    store.put_camera_setups([new_setup("line-1", "camera-1", "0,0 1,0.5", "", "ayşe", START)])
    follower = SetupFollower(store, "line-1")
    follower.poll()
    own = replace(make_frame(), masks="0,0 0.2,0.2")
    assert follower.applied(own) is own


class Away(SqliteStore):
    """A store that goes away."""

    gone = False

    def current_camera_setups(self, line: str) -> list[object]:  # type: ignore[override]
        if self.gone:
            raise StoreUnavailable("away")
        return list(super().current_camera_setups(line))


def test_while_the_store_is_away_what_was_known_stays(tmp_path: Path) -> None:
    stop, heartbeat = threading.Event(), Heartbeat("setups")
    with closing(Away(tmp_path / "store.db")) as store:
        store.put_camera_setups([new_setup("line-1", "camera-1", "0,0 1,0.5", "", "ayşe", START)])
        follower = SetupFollower(store, "line-1", every_s=0.01)
        thread = threading.Thread(target=follower.run, args=(stop, heartbeat))
        thread.start()
        try:
            follower.wait_for_first_poll(10, stop)
            store.gone = True
            wait_until(lambda: heartbeat.trouble is not None)
            assert follower.applied(make_frame()).region == "0,0 1,0.5"
        finally:
            stop.set()
            thread.join(10)
