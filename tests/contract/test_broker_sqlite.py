"""The embedded broker keeps the port."""

from functools import partial
from pathlib import Path
from typing import ClassVar

import pytest

from marbleline.adapters.broker_sqlite import SqliteBroker
from tests.contract.broker.base import Connect
from tests.contract.broker.suite import BrokerSuite


class TestSqliteBroker(BrokerSuite):
    quiet_s: ClassVar[float] = 0.0
    histories: ClassVar[int] = 60

    @pytest.fixture
    def connect(self, tmp_path: Path) -> Connect:
        return partial(SqliteBroker, tmp_path / "broker.db")
