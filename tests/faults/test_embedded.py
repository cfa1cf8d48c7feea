"""The embedded line, broken while it is busy: nothing lost, nothing counted twice."""

import io
import os
import random
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest
from PIL import Image

from marbleline.domain.records import CameraState
from tests.faults.line_under_test import SHIPPED_MODEL, LineUnderTest, pictures
from tests.faults.table import finish

BUSY = {"rate": "60", "repeat": "true"}


def test_each_worker_is_killed_in_turn_again_and_again(embedded: LineUnderTest, tmp_path: Path) -> None:
    embedded.start_all(source=f"folder:{pictures(tmp_path / 'in')}", **BUSY)
    moments = random.Random(1)
    killed = 0
    while embedded.total().captured < 2_000:
        name = ("camera", "encoder", "publisher")[killed % 3]
        embedded.wait_captured(embedded.total().captured + moments.randrange(20, 60))
        embedded.kill(name)
        embedded.again(name)
        killed += 1
    # The one killed last is back at work: told to stop while it starts, it would end by the signal itself.
    embedded.wait_captured(embedded.total().captured + 20)
    row = finish(embedded, "embedded", f"kill -9 of each worker in turn, {killed} times", time.monotonic())
    assert killed >= 12
    assert row.dead_lettered == 0


def test_poison_among_good_ones(embedded: LineUnderTest, tmp_path: Path) -> None:
    folder = pictures(tmp_path / "in", 20)
    wide = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(wide, format="PNG")
    poison = {
        "empty.jpg": b"",
        "text.jpg": b"this is no picture",
        "cut off.jpg": (folder / "slab 001.jpg").read_bytes()[:900],
        "wide.png": wide.getvalue(),
        "ümlaut größe.jpg": os.urandom(5_000),
    }
    for name, content in poison.items():
        (folder / name).write_bytes(content)
    embedded.start_all(source=f"folder:{folder}", **BUSY)
    embedded.wait_captured(500)
    row = finish(embedded, "embedded", "poison: five bad pictures in 25", time.monotonic())
    assert row.dead_lettered == pytest.approx(row.sent / 5, abs=5)


def test_a_frozen_publisher_wakes_after_its_lease(embedded: LineUnderTest, tmp_path: Path) -> None:
    embedded.start_all(source=f"folder:{pictures(tmp_path / 'in')}", **BUSY)
    embedded.start("publisher-2", "publisher")
    embedded.wait_captured(200)
    embedded.freeze("publisher")
    embedded.wait_captured(1_000)
    embedded.wait_for("the other's lease to pass", lambda total: total.captured >= 2_400)
    embedded.thaw("publisher")
    finish(embedded, "embedded", "two publishers, one frozen past its lease and woken", time.monotonic())


def test_the_store_is_away(embedded: LineUnderTest, tmp_path: Path) -> None:
    embedded.start_all(source=f"folder:{pictures(tmp_path / 'in')}", **BUSY)
    embedded.wait_captured(200)
    lock = sqlite3.connect(embedded.folder / "data" / "store.db", isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    time.sleep(10)
    lock.execute("ROLLBACK")
    lock.close()
    finish(embedded, "embedded", "store away for 10 s", time.monotonic())


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a small tmpfs: run as root")
def test_the_disk_under_the_spool_is_full(embedded: LineUnderTest, tmp_path: Path) -> None:
    spool = embedded.folder / "data" / "spool"
    spool.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(spool)], check=True)
    try:
        embedded.start("encoder", "encoder")
        embedded.start("publisher", "publisher")
        embedded.start("camera", "camera", source=f"folder:{pictures(tmp_path / 'in')}", **BUSY)
        embedded.wait_captured(100)
        lock = sqlite3.connect(embedded.folder / "data" / "broker.db", isolation_level=None)
        lock.execute("BEGIN EXCLUSIVE")  # the broker is away, so the spool grows until its disk is full
        time.sleep(15)
        lock.execute("ROLLBACK")
        lock.close()
        over = time.monotonic()
        embedded.wait_captured(500)
        finish(embedded, "embedded", "broker away until the spool's disk is full", over)
    finally:
        embedded.close()
        subprocess.run(["umount", str(spool)], check=True)


def test_more_pictures_than_the_line_can_judge(embedded: LineUnderTest, tmp_path: Path) -> None:
    """The queues fill to their bounds, then the spool to its quota, then the source waits; memory is flat."""
    source = f"folder:{pictures(tmp_path / 'in')}"
    for worker in ("encoder", "publisher"):
        embedded.start(worker, worker, model=str(SHIPPED_MODEL))
    embedded.start("camera", "camera", source=source, rate="1000", repeat="true", spool_bytes="2000000")
    embedded.wait_for("a full spool", lambda _: CameraState.FULL in embedded.camera_states(), 300)
    early = embedded.resident_mib()
    embedded.wait_captured(embedded.total().captured + 3_000, 300)
    late = embedded.resident_mib()
    embedded.wait_for("a spool that is full again", lambda _: CameraState.FULL in embedded.camera_states())
    assert embedded.stop("camera") == 0, embedded.logs()
    embedded.start("camera", "camera", source=source, rate="1", repeat="true")
    embedded.wait_captured(embedded.total().captured + 1)
    finish(embedded, "embedded", "overload: pictures come faster than they are judged", time.monotonic())
    assert all(late[name] < early[name] * 1.25 + 8 for name in early), (early, late)
