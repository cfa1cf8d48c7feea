"""The fault table: a row per fault, printed at the end of the run."""

import time
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Any

from tests.faults.line_under_test import LineUnderTest


@dataclass(frozen=True, slots=True)
class Row:
    """``sent`` frames were captured while the fault came and went.

    ``longest_gap_s``  between two verdicts, seconds
    ``p50_ms``         capture to verdict of all its frames, milliseconds; ``p95_ms`` likewise
    ``recovery_s``     from the fault's end to the last verdict on record, seconds
    """

    fault: str
    line: str
    sent: int
    judged: int
    dead_lettered: int
    lost: int
    counted_twice: int
    longest_gap_s: float
    p50_ms: int
    p95_ms: int
    recovery_s: float


ROWS: list[Row] = []


def finish(
    line: LineUnderTest, kind: str, fault: str, over_at: float, camera: str = "camera", gone: int | None = 0
) -> Row:
    """Stop the camera, let the rest finish, count, and hold the count to the guarantee.

    ``over_at`` is when the fault was over (monotonic seconds): recovery counts from there.
    ``gone`` frames were named as gone by a repair; no other may be lost. None: those in the ledger's gaps,
    after a record was destroyed. They are counted when the queues are empty: before, a message that can't
    be looked into may be one of them.
    """
    line.wait_spool_short()
    assert line.stop(camera) == 0, line.logs()
    line.wait_drained()
    recovery_s = time.monotonic() - over_at
    total, verdicts = line.total(), line.verdicts()
    if gone is None:
        gone = total.gaps
    times = [verdict.stages.decided_at for verdict in verdicts]
    latencies = sorted(verdict.latency_ms for verdict in verdicts)
    row = Row(
        fault=fault,
        line=kind,
        sent=total.captured,
        judged=total.judged,
        dead_lettered=total.dead_lettered,
        lost=total.gaps + total.pending,
        counted_twice=total.duplicates,
        longest_gap_s=round(max((b - a for a, b in pairwise(times)), default=0) / 1e6, 2),
        p50_ms=round(latencies[len(latencies) // 2]),
        p95_ms=round(latencies[int(len(latencies) * 0.95)]),
        recovery_s=round(recovery_s, 2),
    )
    ROWS.append(row)
    assert (row.lost, row.counted_twice) == (gone, 0), line.logs()
    assert row.judged + row.dead_lettered + gone == row.sent
    return row


def as_text(rows: list[Row]) -> str:
    """The table with its sums."""
    names = [column.name.replace("_", " ") for column in fields(Row)]
    cells: list[list[Any]] = [[getattr(row, column.name) for column in fields(Row)] for row in rows]
    sums = [sum(row[place] for row in cells) for place in range(2, 7)]
    cells.append([f"{len(rows)} rows", "", *sums, "", "", "", ""])
    table = [names, *[[str(cell) for cell in row] for row in cells]]
    widths = [max(len(row[place]) for row in table) for place in range(len(names))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if place < 2 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in table
    )
