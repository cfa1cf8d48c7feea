"""Ten times as many pictures as the line can judge, for as long as OVERLOAD_S says (seconds; 20)."""

import os
import time
from pathlib import Path

from tests.faults.line_under_test import SHIPPED_MODEL, LineUnderTest, pictures
from tests.faults.table import finish

SECONDS = float(os.environ.get("OVERLOAD_S", "20"))
MEASURED_S = 10.0
CAMERAS = ("camera-1", "camera-2", "camera-3")


def test_tenfold_overload(embedded: LineUnderTest, tmp_path: Path) -> None:
    """Spools are bounded and their cameras wait; then the lag drains, and what came too late says so."""
    source = f"folder:{pictures(tmp_path / 'in')}"
    camera = {"source": source, "model": str(SHIPPED_MODEL), "repeat": "true", "spool_bytes": "4000000"}
    for worker in ("encoder", "publisher"):
        embedded.start(worker, worker, model=str(SHIPPED_MODEL))
    start(embedded, "1000", camera)
    embedded.wait_for("a line that is full", lambda total: total.judged >= 100)
    before, began = embedded.total().judged, time.monotonic()
    time.sleep(MEASURED_S)
    capacity = (embedded.total().judged - before) / (time.monotonic() - began)
    stop(embedded, CAMERAS)
    start(embedded, str(max(1, round(10 * capacity / len(CAMERAS)))), camera)
    time.sleep(SECONDS)
    early = embedded.resident_mib()
    stop(embedded, CAMERAS)
    over = time.monotonic()
    start(embedded, "1", camera)
    embedded.wait_captured(embedded.total().captured + 10, limit_s=600)
    embedded.wait_spool_short(limit_s=900)
    stop(embedded, CAMERAS[1:])
    fault = f"ten times {capacity:.0f} pictures a second for {SECONDS:g} s"
    row = finish(embedded, "embedded", fault, over, camera=CAMERAS[0])
    assert row.dead_lettered == 0
    assert max(early.values()) < 400, early
    marked = {one.frame.frame_id for one in embedded.verdicts() if one.late}
    too_late = {one.frame.frame_id for one in embedded.verdicts() if one.latency_ms > one.frame.deadline_ms}
    assert too_late, "no frame waited longer than its deadline: this was no overload"
    assert marked == too_late


def start(line: LineUnderTest, rate: str, settings: dict[str, str]) -> None:
    for name in CAMERAS:
        line.start(name, "camera", camera=name, rate=rate, **settings)


def stop(line: LineUnderTest, names: tuple[str, ...]) -> None:
    for name in names:
        assert line.stop(name) == 0, line.logs()
