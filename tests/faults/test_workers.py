"""Workers on real servers, killed and frozen while they are busy."""

import io
import os
import random
import subprocess
import time
from pathlib import Path

import pytest
from PIL import Image

from marbleline.domain.ledger import LedgerEntry
from tests.faults.conftest import RATE
from tests.faults.line_under_test import pictures, poisoned
from tests.faults.plant import Plant, Services, done, services_on
from tests.faults.table import finish
from tests.services.wire_cutter import Wire


def test_nothing_happens_for_a_minute(services: Services) -> None:
    """The row that the others are to be compared with."""
    services.line.wait_captured(60 * RATE)
    done(services, "none: a quiet minute")


def test_each_worker_is_killed_in_turn(services: Services) -> None:
    line, moments = services.line, random.Random(2)
    for name in ("camera", "encoder", "publisher") * 4:
        line.wait_captured(line.total().captured + moments.randrange(20, 60))
        line.kill(name)
        line.again(name)
    done(services, "kill -9 of each worker in turn, 12 times")


def test_two_publishers_and_one_is_frozen(services: Services) -> None:
    line = services.line
    line.start("publisher-2", "publisher")
    line.wait_captured(line.total().captured + 100)
    line.freeze("publisher")
    line.wait_captured(line.total().captured + 40 * RATE)
    line.thaw("publisher")
    done(services, "two publishers, one frozen for 40 s and woken")


def test_poison_among_good_pictures(services: Services, tmp_path: Path) -> None:
    wide = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(wide, format="PNG")
    folder = tmp_path / "in"
    bad = {
        "empty.jpg": b"",
        "text.jpg": b"this is no picture",
        "cut off.jpg": (folder / "slab 001.jpg").read_bytes()[:900],
        "wide.png": wide.getvalue(),
        "ümlaut größe.jpg": os.urandom(5_000),
    }
    for name, content in bad.items():
        (folder / name).write_bytes(content)
    services.line.wait_captured(services.line.total().captured + 400)
    row = done(services, "poison: five bad pictures in 45")
    assert row.dead_lettered > 40


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a small tmpfs: run as root")
def test_the_disk_under_the_spool_is_full(plant: Plant, tmp_path: Path) -> None:
    spool = tmp_path / "data" / "spool"
    spool.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(spool)], check=True)
    try:
        with services_on(plant, tmp_path) as services:
            services.serve()
            services.line.start_all(
                source=f"folder:{pictures(tmp_path / 'in')}", rate=str(RATE), repeat="true"
            )
            services.line.wait_captured(200)
            services.broker_wire.state = Wire.CUT
            time.sleep(20)
            services.broker_wire.state = Wire.WHOLE
            over = time.monotonic()
            services.line.wait_captured(500)
            done(services, "broker away until the spool's disk is full", over)
    finally:
        subprocess.run(["umount", str(spool)], check=True)


def test_a_picture_that_takes_its_encoder_down(plant: Plant, tmp_path: Path) -> None:
    folder = pictures(tmp_path / "in", 300)
    with services_on(plant, tmp_path) as services:
        services.serve()
        line = services.line
        line.surroundings.update(poisoned(folder))
        line.start_all(source=f"folder:{folder}", rate=str(RATE), repeat="false")
        deaths: list[str] = []

        def over(total: LedgerEntry) -> bool:
            deaths.extend(line.again_if_dead())
            return total.captured == 302 and total.pending == 0

        line.wait_for("302 frames", over)
        assert deaths == ["encoder"] * 2, line.logs()
        row = finish(line, "services", "a picture that kills -9 its encoder", time.monotonic())
        assert row.dead_lettered == 1
        assert line.dead_letter_reasons() == ["crashed_worker"]


def test_the_clock_steps_back(plant: Plant, tmp_path: Path) -> None:
    offset = tmp_path / "offset"
    offset.write_text("0")
    fake = {"PYTHONPATH": str(Path(__file__).parent / "wall_clock"), "WALL_CLOCK_OFFSET": str(offset)}
    with services_on(plant, tmp_path) as services:
        services.serve()
        services.line.surroundings.update(fake)
        services.line.start_all(source=f"folder:{pictures(tmp_path / 'in')}", rate=str(RATE), repeat="true")
        services.line.wait_captured(300)
        offset.write_text("-3600")
        services.line.wait_captured(600)
        offset.write_text("0")
        services.line.wait_captured(800)
        done(services, "clock steps back an hour and forward again (times by that clock)")
