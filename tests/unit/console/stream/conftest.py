"""A console's services on an empty line."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from marbleline.adapters.brokers.sqlite import SqliteBroker
from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.console.auth.login import Access, Login
from marbleline.console.auth.roles import Person, Role
from marbleline.console.state.actions import Actions
from marbleline.console.state.alarm_actions import AlarmActions
from marbleline.console.state.cached_connection import CachedConnection
from marbleline.console.state.camera_actions import CameraActions
from marbleline.console.state.feed import LiveFeed
from marbleline.console.state.full_image import FullImageLoader
from marbleline.console.state.guide_actions import GuideActions
from marbleline.console.state.product_actions import ProductActions
from marbleline.console.state.product_place import ProductPlace
from marbleline.console.state.services import Services, set_services
from marbleline.console.state.shift_calendar import ShiftCalendar
from marbleline.console.state.store_poller import FeedConfig
from marbleline.domain.alarm_event import AlarmEvents
from marbleline.domain.frame import FrameIds
from tests.builders import FakeClock
from tests.unit.console.sources import made_sources

ANNA = Person("anna", Role.OPERATOR)
FORWARDED = Person("somebody", Role.VIEWER)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Services]:
    """Its threads are not started: the feed keeps what a test tells it."""

    def make_broker() -> SqliteBroker:
        return SqliteBroker(tmp_path / "broker.db")

    def make_store() -> SqliteStore:
        return SqliteStore(tmp_path / "store.db")

    clock = FakeClock()
    feed = LiveFeed(FeedConfig(make_broker, make_store, None, lambda at: 0), "line-1", clock)
    actions = Actions(CachedConnection(make_store), CachedConnection(make_broker), feed, clock)
    cameras = CameraActions("line-1", actions)
    place = ProductPlace("line-1", None, tmp_path, None, lambda *job: None)
    made = Services(
        feed,
        FullImageLoader(make_store),
        actions,
        Access(Login.NONE, ANNA, FORWARDED),
        ShiftCalendar(None, ()),
        ProductActions(place, actions),
        AlarmActions(AlarmEvents("line-1", FrameIds(clock)), actions),
        cameras,
        made_sources(cameras, tmp_path),
        GuideActions(actions),
    )
    set_services(made)
    yield made
    set_services(None)
    for connection in (actions.store, actions.broker):
        connection.close()
