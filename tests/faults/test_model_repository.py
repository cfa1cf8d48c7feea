"""The model's folder changed, damaged and removed under a busy line, and its stable version switched."""

import shutil
import time
from pathlib import Path

from marbleline.domain.clock import now
from marbleline.training.monitor.promotion import promote, rollback
from tests.faults.line_under_test import TINY_MODEL, LineUnderTest, pictures
from tests.faults.table import finish

BUSY = {"rate": "60", "repeat": "true"}
SWITCHES = 20


def busy(line: LineUnderTest, folder: Path) -> Path:
    """Two publishers on a copy of the model; returns that copy."""
    model = Path(shutil.copytree(TINY_MODEL, folder / "model" / "marble"))
    for name in ("publisher", "publisher-2"):
        line.start(name, "publisher", model=str(model))
    line.start("encoder", "encoder", model=str(model))
    line.start("camera", "camera", model=str(model), source=f"folder:{pictures(folder / 'in')}", **BUSY)
    line.wait_captured(200)
    return model


def test_versions_are_switched_under_load(embedded: LineUnderTest, tmp_path: Path) -> None:
    model = busy(embedded, tmp_path)
    for number in range(SWITCHES):
        if number % 2:
            rollback(model, "test", now())
        else:
            promote(model, 1 + number // 2 % 2, "test", now(), force=True)
        embedded.wait_captured(embedded.total().captured + 150)
    finish(embedded, "embedded", f"stable version switched under load, {SWITCHES} times", time.monotonic())
    by_version = {(one.model.version, one.model.digest) for one in embedded.verdicts()}
    assert len(by_version) == len({version for version, _ in by_version}) == 3


def test_the_models_folder_is_away(embedded: LineUnderTest, tmp_path: Path) -> None:
    """Whoever has a version loaded judges on with it; who is started meanwhile can't, and comes again."""
    model = busy(embedded, tmp_path)
    away = model.rename(model.with_name("away"))
    embedded.kill("publisher-2")
    embedded.again("publisher-2")
    over = time.monotonic() + 15
    while time.monotonic() < over:
        embedded.again_if_dead()
        embedded.wait_captured(embedded.total().captured + 50)
    away.rename(model)
    embedded.again_if_dead()
    embedded.wait_captured(embedded.total().captured + 200)
    row = finish(embedded, "embedded", "model's folder removed for 15 s, a publisher killed", over)
    assert row.dead_lettered == 0


def test_the_models_files_are_damaged(embedded: LineUnderTest, tmp_path: Path) -> None:
    """The version in use is overwritten in place, its manifest cut off, the labels no JSON."""
    model = busy(embedded, tmp_path)
    whole = {path: path.read_bytes() for path in model.rglob("*") if path.is_file()}
    for path in whole:
        with path.open("r+b") as file:
            file.write(bytes(100))
            file.truncate(200)
    (model / "labels.json").write_text("{")
    embedded.kill("publisher-2")
    embedded.again("publisher-2")
    over = time.monotonic() + 15
    while time.monotonic() < over:
        embedded.again_if_dead()
        embedded.wait_captured(embedded.total().captured + 50)
    (model / "labels.json").unlink()
    for path, content in whole.items():
        path.write_bytes(content)
    embedded.again_if_dead()
    embedded.wait_captured(embedded.total().captured + 200)
    row = finish(embedded, "embedded", "model's files damaged for 15 s, a publisher killed", over)
    assert row.dead_lettered == 0
