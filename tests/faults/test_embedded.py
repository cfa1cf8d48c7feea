"""The embedded line, broken while it is busy: nothing lost, nothing counted twice."""

import io
import json
import os
import random
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from PIL import Image

from marbleline.domain.ledger import LedgerEntry
from marbleline.domain.records import CameraState
from marbleline.pipeline.camera.spool_view import captured_of, folder_of
from tests.builders import wait_until
from tests.faults.line_under_test import SHIPPED_MODEL, LineUnderTest, pictures, poisoned
from tests.faults.table import finish
from tests.hostile_pictures import animated_png, chunked_png, scanned_jpeg, wide_png
from tests.services.processes import free_ports

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


def test_pictures_that_cost_too_much(embedded: LineUnderTest, tmp_path: Path) -> None:
    folder = pictures(tmp_path / "in", 20)
    for number, content in enumerate((wide_png(), scanned_jpeg(), chunked_png(), animated_png())):
        (folder / f"hostile {number}.png").write_bytes(content)
    embedded.start_all(source=f"folder:{folder}", **BUSY)
    embedded.wait_captured(480)
    encoder = embedded.workers["encoder"].process
    memory = embedded.resident_mib()["encoder"]
    row = finish(embedded, "embedded", "pictures that cost too much: four in 24", time.monotonic())
    assert row.dead_lettered == pytest.approx(row.sent / 6, abs=5)
    assert encoder.poll() is None, embedded.logs()
    assert memory < 300, "a limit of 512 MiB has room for the child too"


def test_pictures_that_take_their_worker_down(embedded: LineUnderTest, tmp_path: Path) -> None:
    """Each of two pictures ends its worker, is found out and dead-lettered; every other frame is judged."""
    folder = pictures(tmp_path / "in", 300)
    embedded.surroundings.update(poisoned(folder))
    embedded.start_all(source=f"folder:{folder}", rate="60", repeat="false")
    deaths: list[str] = []

    def over(total: LedgerEntry) -> bool:
        deaths.extend(embedded.again_if_dead())
        return total.captured == 302 and total.pending == 0

    embedded.wait_for("302 frames", over)
    assert sorted(deaths) == ["encoder"] * 2 + ["publisher"] * 2, embedded.logs()
    row = finish(embedded, "embedded", "two pictures that kill -9 their worker", time.monotonic())
    assert (row.dead_lettered, row.sent) == (2, 302)
    assert embedded.dead_letter_reasons() == ["crashed_worker"] * 2


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
    """The queues fill to their bounds, then a spool to its quota, then its source waits; memory is flat.

    One camera alone is not sure to outrun a publisher: three are, on any machine.
    """
    cameras = [f"camera-{number}" for number in (1, 2, 3)]
    camera = {
        "source": f"folder:{pictures(tmp_path / 'in')}",
        "model": str(SHIPPED_MODEL),
        "repeat": "true",
        "spool_bytes": "2000000",
    }
    for worker in ("encoder", "publisher"):
        embedded.start(worker, worker, model=str(SHIPPED_MODEL))
    for name in cameras:
        embedded.start(name, "camera", camera=name, rate="1000", **camera)
    embedded.wait_for("a full spool", lambda _: CameraState.FULL in embedded.camera_states(), 300)
    early = embedded.resident_mib()
    embedded.wait_captured(embedded.total().captured + 3_000, 300)
    late = embedded.resident_mib()
    embedded.wait_for("a spool that is full again", lambda _: CameraState.FULL in embedded.camera_states())
    for name in cameras:
        assert embedded.stop(name) == 0, embedded.logs()
    spools = [folder_of(embedded.folder / "data", name) for name in cameras]
    before = [captured_of(spool) for spool in spools]
    for name in cameras:
        embedded.start(name, "camera", camera=name, rate="1", **camera)

    def all_capture(_: object) -> bool:
        return all(captured_of(spool) > count for spool, count in zip(spools, before, strict=True))

    # A process that has only just begun is ended by SIGTERM at once.
    embedded.wait_for("a picture of each camera", all_capture)
    over = time.monotonic()
    embedded.wait_spool_short()
    for name in cameras[1:]:
        assert embedded.stop(name) == 0, embedded.logs()
    fault = "overload: pictures of three cameras come faster than they are judged"
    finish(embedded, "embedded", fault, over, camera=cameras[0])
    assert all(late[name] < early[name] * 1.25 + 8 for name in early), (early, late)


def test_bytes_of_the_store_are_flipped(embedded: LineUnderTest, tmp_path: Path) -> None:
    """It is told while the line runs; after a stop and a repair each frame is judged, or named as gone."""
    [port] = free_ports(1)
    embedded.start("encoder", "encoder", integrity_s="1", health_port=str(port))
    embedded.start("publisher", "publisher")
    embedded.start("camera", "camera", source=f"folder:{pictures(tmp_path / 'in')}", **BUSY)
    embedded.wait_captured(600)
    data = embedded.folder / "data"
    # Until the first checkpoint all lies in the write-ahead log.
    wait_until(lambda: (data / "store.db").stat().st_size > 1_000_000, 120, "a checkpoint")
    _flip_bytes(data / "store.db", 400)
    wait_until(lambda: "marbleline repair" in _readiness(port), 120, "an encoder that is not ready")
    over = time.monotonic()
    for name in ("camera", "encoder", "publisher"):
        embedded.stop(name)
    repaired = subprocess.run(
        [sys.executable, "-m", "marbleline", "repair", "--data", str(data), "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert repaired.stdout, repaired.stderr
    report = json.loads(repaired.stdout)
    [camera] = report["cameras"]
    assert report["damaged"]
    for name in ("encoder", "publisher", "camera"):
        embedded.again(name)
    embedded.wait_captured(camera["captured"] + 100)
    wait_until(lambda: '"ok": true' in _readiness(port), 120, "an encoder that is ready")
    finish(embedded, "embedded", "400 bytes of the store flipped, repaired", over, gone=camera["gone"])
    assert "integrity.damaged" in embedded.workers["encoder"].log.read_text()


def _flip_bytes(path: Path, count: int) -> None:
    # The first page stays: a repair without it is tried in tests/unit/operations/test_repair.py.
    chosen = random.Random(3)
    with path.open("r+b", buffering=0) as file:
        first_page = int.from_bytes(file.read(18)[16:], "big")
        for place in chosen.sample(range(first_page, path.stat().st_size), count):
            file.seek(place)
            content = file.read(1)[0]
            file.seek(place)
            file.write(bytes([content ^ chosen.randrange(1, 256)]))


def _readiness(port: int) -> str:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            return str(answer.read().decode())
    except urllib.error.HTTPError as error:
        return str(error.read().decode())
    except OSError:
        return ""
