"""The store's suite on a real Elasticsearch."""

import pytest

from tests.contract.store.base import Connect
from tests.contract.store.suite import StoreSuite
from tests.services.elasticsearch_support import Bench


class TestElasticsearchStore(StoreSuite):
    @pytest.fixture
    def connect(self, bench: Bench) -> Connect:
        return bench.store
