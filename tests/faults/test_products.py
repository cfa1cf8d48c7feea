"""A line that is switched between products while its workers are killed: each frame is judged by its own."""

import time
from collections.abc import Iterator
from functools import partial
from itertools import cycle, pairwise
from pathlib import Path
from typing import Final

import pytest

from marbleline.bootstrap.adapters import open_broker, open_store
from marbleline.domain.frame import Frame
from marbleline.domain.model import load_manifest
from marbleline.domain.product import Product
from marbleline.domain.product_switch import ProductChange
from marbleline.operations.products import create_product
from marbleline.pipeline.camera.product import PRODUCT_FILE
from marbleline.pipeline.camera.product_switching import switch_line
from marbleline.pipeline.camera.spool_file import parse_name
from marbleline.pipeline.camera.spool_view import FRAMES, folder_of
from tests.builders import wait_until
from tests.faults.line_under_test import TINY_MODEL, LineUnderTest, pictures
from tests.faults.table import finish

SWITCHES: Final = 200
FRAMES_BETWEEN: Final = 51
KILL_PUBLISHER_EVERY: Final = 8
KILL_CAMERA_EVERY: Final = 45
# The versions of the tiny model differ in weights, so that a verdict's digest tells whose model gave it.
PRODUCTS: Final = {"limestone": 1, "granite": 2, "onyx": 3}


@pytest.fixture
def line(tmp_path: Path) -> Iterator[LineUnderTest]:
    """An embedded line with three products beside each other."""
    repository = tmp_path / "models"
    for name, version in PRODUCTS.items():
        create_product(repository, Product(name=name), TINY_MODEL / str(version))
    line = LineUnderTest(tmp_path, {"model": str(repository / "limestone")})
    yield line
    line.close()


def test_no_frame_is_judged_by_another_product(line: LineUnderTest, tmp_path: Path) -> None:
    spool = folder_of(tmp_path / "data", "camera-1")
    source = f"folder:{pictures(tmp_path / 'in')}"
    line.start_all(source=source, rate="150", repeat="true")
    line.wait_captured(20)
    broker = open_broker(line.read, "test")
    for number, product in zip(range(1, SWITCHES + 1), cycle(("granite", "onyx", "limestone")), strict=False):
        switch = switch_line(broker, "line-1", product, f"switch {number}")
        if number % KILL_PUBLISHER_EVERY == 0:
            line.kill("publisher")
            line.again("publisher")
        if number % KILL_CAMERA_EVERY == 0:
            line.kill("camera")
            line.again("camera")
        wait_until(partial(_follows, spool, switch.switch_id), 60, f"a camera that follows switch {number}")
        wait_until(partial(_has, spool, _newest(spool) + FRAMES_BETWEEN), 120, "frames of the product")
    broker.close()
    # What was captured faster than it is judged would never come to an end.
    assert line.stop("camera") == 0, line.logs()
    line.start("camera", "camera", source=source, rate="1", repeat="true")
    line.wait_captured(line.total().captured + 1)
    row = finish(
        line, "embedded", f"{SWITCHES} switches of the product, publisher and camera killed", time.monotonic()
    )
    assert row.sent >= SWITCHES * FRAMES_BETWEEN
    assert row.dead_lettered == 0
    _check_each_model(line)
    _check_the_record_of_switches(line)


def _check_each_model(line: LineUnderTest) -> None:
    digests = {name: load_manifest(TINY_MODEL / str(version)).digest for name, version in PRODUCTS.items()}
    verdicts = line.verdicts()
    wrong = [
        one.frame.frame_id
        for one in verdicts
        if (one.model.name, one.model.digest) != (one.frame.product, digests[one.frame.product])
    ]
    assert wrong == []
    assert {one.frame.product for one in verdicts} == set(PRODUCTS)


def _check_the_record_of_switches(line: LineUnderTest) -> None:
    """Each switch took effect at the frame that it says, and at no other."""
    frames = sorted((one.frame for one in line.verdicts()), key=lambda frame: frame.sequence)
    store = open_store(line.read)
    changes = sorted(store.product_changes("line-1", 10_000), key=lambda one: one.first_sequence)
    store.close()
    assert [change.switch.by for change in changes] == [
        f"switch {number}" for number in range(1, SWITCHES + 1)
    ]
    assert _spans(frames) == [("limestone", 1), *_starts(changes)]


def _spans(frames: list[Frame]) -> list[tuple[str, int]]:
    """Each product in turn, with the sequence that it begins with."""
    first = [(frames[0].product, frames[0].sequence)]
    later = [(b.product, b.sequence) for a, b in pairwise(frames) if a.product != b.product]
    return first + later


def _starts(changes: list[ProductChange]) -> list[tuple[str, int]]:
    return [(change.switch.product, change.first_sequence) for change in changes]


def _follows(spool: Path, switch_id: str) -> bool:
    try:
        return switch_id in (spool / PRODUCT_FILE).read_text(encoding="utf-8")
    except FileNotFoundError:
        return False


def _has(spool: Path, sequence: int) -> bool:
    return _newest(spool) >= sequence


def _newest(spool: Path) -> int:
    found = (parse_name(path.name) for path in (spool / FRAMES).iterdir())
    return max((one[0] for one in found if one), default=0)
