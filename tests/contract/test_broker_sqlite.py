"""The embedded broker keeps the port."""

from functools import partial
from pathlib import Path
from typing import ClassVar
from unittest.mock import ANY

import pytest

from marbleline.adapters.brokers.sqlite import SqliteBroker
from marbleline.ports.broker import Broker
from tests.contract.broker.base import Connect
from tests.contract.broker.suite import BrokerSuite
from tests.unit.adapters.brokers.sqlite.support import assert_consistent, rows


class TestSqliteBroker(BrokerSuite):
    idle_s: ClassVar[float] = 0.0
    histories: ClassVar[int] = 60

    @pytest.fixture
    def connect(self, tmp_path: Path) -> Connect:
        return partial(SqliteBroker, tmp_path / "broker.db")

    def after_history(self, broker: Broker) -> None:
        assert isinstance(broker, SqliteBroker)
        assert_consistent(broker)
        assert {table: count for table, count in rows(broker).items() if count} in ({}, {"discarded": ANY})
