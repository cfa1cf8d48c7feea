"""The fault table: a row per fault, printed at the end of the run."""

import time
from dataclasses import dataclass, fields
from typing import Any

from marbleline.domain.ledger import Entry
from tests.faults.line_under_test import LineUnderTest


@dataclass(frozen=True, slots=True)
class Row:
    """``sent`` frames were captured while the fault came and went; times in seconds."""

    fault: str
    line: str
    sent: int
    judged: int
    dead_lettered: int
    lost: int
    counted_twice: int
    longest_gap_s: float
    recovery_s: float


ROWS: list[Row] = []


def record(fault: str, line: str, total: Entry, longest_gap_s: float, recovery_s: float) -> Row:
    """Add a fault's row to the table and return it."""
    row = Row(
        fault=fault,
        line=line,
        sent=total.captured,
        judged=total.judged,
        dead_lettered=total.dead_lettered,
        lost=total.gaps + total.pending,
        counted_twice=total.duplicates,
        longest_gap_s=round(longest_gap_s, 2),
        recovery_s=round(recovery_s, 2),
    )
    ROWS.append(row)
    return row


def finish(line: LineUnderTest, kind: str, fault: str, over_at: float, camera: str = "camera") -> Row:
    """Stop the camera, let the rest finish, count, and hold the count to the guarantee.

    ``over_at`` is when the fault was over (monotonic seconds): recovery counts from there.
    """
    line.wait_spool_short()
    assert line.stop(camera) == 0, line.logs()
    line.wait_drained()
    row = record(fault, kind, line.total(), line.longest_gap_s(), time.monotonic() - over_at)
    assert (row.lost, row.counted_twice) == (0, 0), line.logs()
    assert row.judged + row.dead_lettered == row.sent
    return row


def as_text(rows: list[Row]) -> str:
    """The table with its sums."""
    names = [column.name.replace("_", " ") for column in fields(Row)]
    cells: list[list[Any]] = [[getattr(row, column.name) for column in fields(Row)] for row in rows]
    sums = [sum(row[place] for row in cells) for place in range(2, 7)]
    cells.append([f"{len(rows)} faults", "", *sums, "", ""])
    table = [names, *[[str(cell) for cell in row] for row in cells]]
    widths = [max(len(row[place]) for row in table) for place in range(len(names))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if place < 2 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in table
    )
