"""The lines that are broken, and the fault table when all is done."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.line_under_test import LineUnderTest, pictures
from tests.faults.plant import Plant, Services, services_on
from tests.faults.table import ROWS, as_text
from tests.services.elasticsearch_node import SearchNode
from tests.services.missing import ServerMissing, skip_or_fail
from tests.services.rabbitmq_node import RabbitNode

RATE = 40


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[LineUnderTest]:
    """A line on SQLite and LiteRT."""
    line = LineUnderTest(tmp_path, {})
    yield line
    line.close()


@pytest.fixture(scope="session")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    """A RabbitMQ and an Elasticsearch of the fault suite's own."""
    broker = RabbitNode(tmp_path_factory.mktemp("rabbitmq"))
    store = SearchNode(tmp_path_factory.mktemp("elasticsearch"))
    try:
        broker.start()
        store.start()
        yield Plant(broker, store)
    except ServerMissing as error:
        skip_or_fail(error)
    finally:
        broker.remove()
        store.remove()


@pytest.fixture
def services(plant: Plant, tmp_path: Path) -> Iterator[Services]:
    """A busy line on real servers: 200 frames have gone through already."""
    with _busy(plant, tmp_path, RATE) as services:
        yield services


@pytest.fixture
def steady_services(plant: Plant, tmp_path: Path) -> Iterator[Services]:
    """The same at half the rate: for faults whose end is waited for while frames go on coming."""
    with _busy(plant, tmp_path, RATE // 2) as services:
        yield services


@contextmanager
def _busy(plant: Plant, folder: Path, rate: int) -> Iterator[Services]:
    with services_on(plant, folder) as services:
        services.serve()
        source = f"folder:{pictures(folder / 'in')}"
        services.line.start_all(source=source, rate=str(rate), repeat="true")
        services.line.wait_captured(200)
        plant.broker.ack()
        yield services


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if ROWS:
        terminalreporter.section("faults")
        terminalreporter.write_line(as_text(sorted(ROWS, key=lambda row: (row.line, row.fault))))
