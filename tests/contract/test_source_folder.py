"""A folder that is replayed keeps the port."""

from pathlib import Path

import pytest

from marbleline.adapters.sources.folder import FolderSource
from tests.builders import make_picture
from tests.contract.source_suite import RestartingSourceSuite, World


class FolderWorld(World):
    def offer(self, count: int) -> None:
        for number in range(count):
            path = self.folder / f"Los {number % 2}" / f"Platte nº {number}.jpg"
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(make_picture(number))

    def open(self) -> FolderSource:
        return FolderSource(self.folder, rate=1000, repeat=False, max_bytes=100_000, clock=self.clock)


class TestFolderSource(RestartingSourceSuite):
    @pytest.fixture
    def world(self, tmp_path: Path) -> World:
        return FolderWorld(tmp_path)
