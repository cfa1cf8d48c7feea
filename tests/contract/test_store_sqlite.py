"""The embedded store keeps the port."""

from functools import partial
from pathlib import Path

import pytest

from marbleline.adapters.stores.sqlite import SqliteStore
from tests.contract.store.base import Connect
from tests.contract.store.suite import StoreSuite


class TestSqliteStore(StoreSuite):
    @pytest.fixture
    def connect(self, tmp_path: Path) -> Connect:
        return partial(SqliteStore, tmp_path / "store.db")
