"""A landing folder keeps the port."""

import os
from pathlib import Path

import pytest

from marbleline.adapters.sources.landing import LandingSource
from tests.builders import START, make_picture
from tests.contract.source_suite import RestartingSourceSuite, World


class LandingWorld(World):
    def offer(self, count: int) -> None:
        for number in range(count):
            path = self.folder / f"Platte nº {number}.jpg"
            path.write_bytes(make_picture(number))
            os.utime(path, ns=(START * 1000, START * 1000 + number))

    def open(self) -> LandingSource:
        return LandingSource(self.folder, max_bytes=100_000, settle_s=0.0, clock=self.clock)


class TestLandingSource(RestartingSourceSuite):
    @pytest.fixture
    def world(self, tmp_path: Path) -> World:
        return LandingWorld(tmp_path)
