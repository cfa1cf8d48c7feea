"""A source behind a trigger in software keeps the port."""

from pathlib import Path

import pytest

from marbleline.adapters.sources.software_trigger import SoftwareTrigger
from tests.contract.source_suite import RestartingSourceSuite, World
from tests.contract.test_source_folder import FolderWorld


class TriggeredWorld(FolderWorld):
    def open(self) -> SoftwareTrigger:  # type: ignore[override]
        return SoftwareTrigger(super().open(), "camera-1", 2, 1000)


class TestSoftwareTrigger(RestartingSourceSuite):
    @pytest.fixture
    def world(self, tmp_path: Path) -> World:
        return TriggeredWorld(tmp_path)
