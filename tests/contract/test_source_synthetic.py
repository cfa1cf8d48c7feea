"""Synthetic slabs keep the port."""

from pathlib import Path

import pytest

from marbleline.adapters.sources.synthetic import SyntheticSource
from tests.contract.source_suite import RestartingSourceSuite, World


class SyntheticWorld(World):
    def offer(self, count: int) -> None:
        """There are always more."""

    def open(self) -> SyntheticSource:
        return SyntheticSource(rate=1000, seed=3, faulty_share=0.3, clock=self.clock)


class TestSyntheticSource(RestartingSourceSuite):
    @pytest.fixture
    def world(self, tmp_path: Path) -> World:
        return SyntheticWorld(tmp_path)
