"""The gate station's command: by which rules it decides."""

import shutil
import threading
from pathlib import Path

import pytest

from marbleline.bootstrap import gate
from marbleline.bootstrap.catalogue import load
from marbleline.domain.decision import Decision
from marbleline.domain.grading import GradeLimits, GradingRecipe
from marbleline.domain.product import Product
from marbleline.domain.product_repository import write_product
from marbleline.domain.slab_fold import SlabRules
from marbleline.errors import SettingError
from marbleline.pipeline.gate.product import StationProduct
from tests.models.tiny_model import TINY


class Made(Exception):
    """Ends the command where the station would begin."""


def test_the_station_has_the_products_recipe_and_the_slabs_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    product = tmp_path / "models" / "carrara"
    shutil.copytree(TINY, product)
    recipe = GradingRecipe(name="carrara", grades=(GradeLimits(grade="A", longest_crack_mm=0),))
    write_product(product, Product(name="carrara", grading=recipe))
    seen: list[SlabRules] = []

    def station(options: object, cameras: object, product: StationProduct, *others: object) -> None:
        seen.append(product.between_slabs().rules)
        raise Made

    monkeypatch.setattr(gate, "Station", station)
    settings = {
        "data": str(tmp_path / "data"),
        "model": str(product),
        "gate": "modbus:127.0.0.1:5020",
        "source": "synthetic:",
        "slab_incomplete": "faulty",
        "slab_rows": "2",
        "slab_mm_per_count": "0.5",
    }
    with pytest.raises(Made):
        gate.run(load(settings, {}), threading.Event())
    [rules] = seen
    assert rules.incomplete is Decision.FAULTY
    assert (rules.layout.rows, rules.layout.mm_per_count) == (2, 0.5)
    assert rules.recipe == recipe


def test_a_station_refuses_a_camera_with_a_product_of_its_own(tmp_path: Path) -> None:
    settings = {
        "data": str(tmp_path / "data"),
        "model": str(TINY),
        "gate": "modbus:127.0.0.1:5020",
        "source": "synthetic:",
        "camera_product": "granite",
    }
    with pytest.raises(SettingError, match="camera_product is 'granite'"):
        gate.run(load(settings, {}), threading.Event())
