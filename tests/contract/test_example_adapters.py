"""The adapters of the example package, found by their entry points, keep the ports."""

from pathlib import Path

import pytest

from marbleline.bootstrap.adapters import open_sink, open_source
from marbleline.bootstrap.catalogue import load
from marbleline_example_adapters.chart import ChartSource
from marbleline_example_adapters.jsonl import JsonLinesSink
from tests.contract.sink_suite import Receiver, SinkSuite
from tests.contract.source_suite import RestartingSourceSuite, World


class ChartWorld(World):
    def offer(self, count: int) -> None:
        """There are always more."""

    def open(self) -> ChartSource:
        return ChartSource(64, 48, 8, clock=self.clock)


class TestChartSource(RestartingSourceSuite):
    @pytest.fixture
    def world(self, tmp_path: Path) -> World:
        return ChartWorld(tmp_path)


class FileReceiver(Receiver):
    """A file, stopped by the loss of its folder."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._away = folder / "archive", folder / "away"
        self._folder.mkdir()

    def open(self) -> JsonLinesSink:
        return JsonLinesSink("archive", self._folder / "verdicts.jsonl")

    def received(self) -> list[bytes]:
        return (self._folder / "verdicts.jsonl").read_bytes().splitlines()

    def stop(self) -> None:
        self._folder.rename(self._away)

    def start(self) -> None:
        self._away.rename(self._folder)


class TestJsonLinesSink(SinkSuite):
    @pytest.fixture
    def receiver(self, tmp_path: Path) -> Receiver:
        return FileReceiver(tmp_path)


def test_the_settings_and_the_address_reach_the_installed_adapters(tmp_path: Path) -> None:
    address = f"jsonl:{tmp_path / 'verdicts.jsonl'}"
    given = {"source": "chart:64x48", "sinks": f"archive={address}"}
    configuration = load(given, {"MARBLELINE_CHART_SQUARES": "2"})
    source = open_source(configuration)
    assert isinstance(source, ChartSource)
    assert source.next_image(1.0) is not None
    assert isinstance(open_sink(configuration, "archive", address), JsonLinesSink)
