"""A console's actions on an embedded store and broker."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from marbleline.adapters.brokers.sqlite import SqliteBroker
from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.console.state.actions import Actions
from marbleline.console.state.cached_connection import CachedConnection
from marbleline.console.state.feed import LiveFeed
from marbleline.console.state.store_poller import FeedConfig
from tests.builders import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    """The store of ``actions``, by a connection of its own."""
    made = SqliteStore(tmp_path / "store.db")
    yield made
    made.close()


@pytest.fixture
def actions(tmp_path: Path, store: SqliteStore, clock: FakeClock) -> Iterator[Actions]:
    """Their feed is not started: it only keeps what it is told."""

    def make_broker() -> SqliteBroker:
        return SqliteBroker(tmp_path / "broker.db")

    def make_store() -> SqliteStore:
        return SqliteStore(tmp_path / "store.db")

    feed = LiveFeed(FeedConfig(make_broker, make_store, None, lambda at: 0), "line-1", clock)
    made = Actions(CachedConnection(make_store), CachedConnection(make_broker), feed, clock)
    yield made
    made.store.close()
    made.broker.close()
