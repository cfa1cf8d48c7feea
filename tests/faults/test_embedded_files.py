"""The embedded broker's and store's write-ahead logs cut off after every worker was killed."""

import os
import time
from pathlib import Path

from tests.faults.line_under_test import LineUnderTest, pictures
from tests.faults.table import finish

WORKERS = ("camera", "encoder", "publisher")


def killed_with_cut_log(line: LineUnderTest, folder: Path, name: str) -> float:
    """Kill all workers of a busy line, halve a file's write-ahead log, start them; returns when (seconds)."""
    line.start_all(source=f"folder:{pictures(folder / 'in')}", rate="60", repeat="true")
    line.wait_captured(600)
    for worker in WORKERS:
        line.kill(worker)
    log = line.folder / "data" / f"{name}-wal"
    size = log.stat().st_size
    assert size > 100_000
    os.truncate(log, size // 2 + 1_000)
    # The index of the log is shared memory of the processes that are gone; SQLite makes it anew.
    log.with_name(f"{name}-shm").unlink(missing_ok=True)
    for worker in WORKERS:
        line.again(worker)
    return time.monotonic()


def test_the_brokers_log_is_cut(embedded: LineUnderTest, tmp_path: Path) -> None:
    over = killed_with_cut_log(embedded, tmp_path, "broker.db")
    embedded.wait_captured(embedded.total().captured + 400)
    # What was lost with the log is published again from the spool, by a camera that runs.
    embedded.wait_recorded()
    finish(embedded, "embedded", "all workers killed, broker's write-ahead log cut in half", over)


def test_the_stores_log_is_cut(embedded: LineUnderTest, tmp_path: Path) -> None:
    """What was in it is gone: the ledger says how many frames that are, and everything else goes on."""
    over = killed_with_cut_log(embedded, tmp_path, "store.db")
    embedded.wait_captured(embedded.total().captured + 400)
    embedded.wait_recorded()
    row = finish(
        embedded, "embedded", "all workers killed, store's write-ahead log cut in half", over, gone=None
    )
    assert row.lost < row.sent / 2
