"""How slabs are decided: from settings, product and calibration files, and read again while the line runs."""

import json
import logging
from pathlib import Path

import pytest

from marbleline.bootstrap import slab
from marbleline.bootstrap.adapters import queues_of
from marbleline.bootstrap.catalogue import load
from marbleline.bootstrap.slab_rules import SlabRulesReader
from marbleline.bootstrap.supervisor import LinePlan
from marbleline.domain.calibration import Calibration
from marbleline.domain.decision import Decision
from marbleline.domain.grading import GradeLimits, GradingRecipe
from marbleline.domain.product import Product
from marbleline.domain.product_repository import write_product
from marbleline.errors import SettingError
from marbleline.operations.calibration_files import write_calibration
from tests.builders import START

RECIPE = GradingRecipe(name="nero", grades=(GradeLimits(grade="A", joints=0),))
CALIBRATION = Calibration(
    camera="camera-1",
    mm_per_pixel=0.5,
    residual_px=0.1,
    corners=24,
    width=640,
    height=480,
    calibrated_at=START,
    expires_at=START + 1,
)


def given(tmp_path: Path, **settings: str) -> dict[str, str]:
    model = tmp_path / "models" / "nero"
    (model / "1").mkdir(parents=True, exist_ok=True)
    return {"data": str(tmp_path), "model": str(model), "slabs": "true", **settings}


def test_rules_come_from_settings_product_and_calibrations(tmp_path: Path) -> None:
    settings = given(tmp_path, slab_deadline_ms="900", slab_incomplete="faulty", slab_rows="2")
    write_product(tmp_path / "models" / "nero", Product(name="nero", grading=RECIPE))
    write_calibration(tmp_path / "calibration", CALIBRATION)
    rules = SlabRulesReader(load(settings, {}))("")
    assert (rules.deadline_ms, rules.incomplete, rules.layout.rows) == (900, Decision.FAULTY, 2)
    assert rules.layout.calibrations == {"camera-1": CALIBRATION}
    assert rules.recipe == RECIPE


def test_a_change_counts_within_seconds(tmp_path: Path) -> None:
    at = [0.0]
    reader = SlabRulesReader(load(given(tmp_path), {}), lambda: at[0])
    assert not reader("nero").layout.calibrations
    write_calibration(tmp_path / "calibration", CALIBRATION)
    assert not reader("nero").layout.calibrations
    at[0] = 6.0
    assert reader("nero").layout.calibrations


def test_what_can_not_be_read_is_said_once_and_stops_no_slab(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    at = [0.0]
    reader = SlabRulesReader(load(given(tmp_path), {}), lambda: at[0])
    (tmp_path / "calibration").mkdir()
    (tmp_path / "calibration" / "camera-1.json").write_text(json.dumps({"schema_version": "2.0"}))
    (tmp_path / "models" / "nero" / "product.json").write_text("{")
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            rules = reader("nero")
            at[0] += 6
    assert (rules.recipe, rules.layout.calibrations) == (None, {})
    assert sorted(record.message for record in caplog.records) == ["slab.no_calibration", "slab.no_recipe"]


def test_only_a_line_with_slabs_has_their_queue_and_worker(tmp_path: Path) -> None:
    import threading

    with_slabs, without = load(given(tmp_path), {}), load(given(tmp_path, slabs="false"), {})
    assert "slabs-line-1" in [queue.name for queue in queues_of(with_slabs)]
    assert "slabs-line-1" not in [queue.name for queue in queues_of(without)]
    with pytest.raises(SettingError, match="slabs is false"):
        slab.run(without, threading.Event())
    assert "slab" in LinePlan(cameras=[], slab=True).commands()
