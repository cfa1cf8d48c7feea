"""Prints the fault table when all is done."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.line_under_test import LineUnderTest
from tests.faults.table import ROWS, as_text


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[LineUnderTest]:
    """A line on SQLite and LiteRT."""
    line = LineUnderTest(tmp_path, {})
    yield line
    line.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if ROWS:
        terminalreporter.section("faults")
        terminalreporter.write_line(as_text(sorted(ROWS, key=lambda row: (row.line, row.fault))))
