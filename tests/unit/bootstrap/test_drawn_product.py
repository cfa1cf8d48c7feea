"""The demo's product: taught once, with slabs whose labels are known, and used from then on."""

import csv
from collections import Counter
from pathlib import Path

import pytest

from marbleline.bootstrap.catalogue import load
from marbleline.bootstrap.drawn_product import PRODUCT, commissioned
from marbleline.domain.model import load_manifest
from marbleline.errors import SettingError

SLABS = 24


@pytest.mark.slow
def test_it_is_taught_once_and_then_used(tmp_path: Path) -> None:
    told: list[str] = []
    configuration = load({"data": str(tmp_path), "source": "synthetic:", "slab_tiles": "2"}, {})
    folder = commissioned(configuration, SLABS, told.append)
    assert folder == tmp_path / "models" / PRODUCT
    assert load_manifest(folder / "1").name == PRODUCT
    with (tmp_path / "commissioning" / "index.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert Counter(row["group"] for row in rows) == {str(number): 2 for number in range(1, SLABS + 1)}
    assert {"good"} < {row["label"] for row in rows}
    assert any("decided by the line" in line for line in told)
    made_at = (folder / "1" / "manifest.json").stat().st_mtime_ns
    assert commissioned(configuration, SLABS, told.append) == folder
    assert (folder / "1" / "manifest.json").stat().st_mtime_ns == made_at
    assert "was commissioned before" in told[-1]


def test_other_sources_are_refused(tmp_path: Path) -> None:
    configuration = load({"data": str(tmp_path), "source": f"folder:{tmp_path}"}, {})
    with pytest.raises(SettingError, match="--commission: is for synthetic slabs"):
        commissioned(configuration, SLABS, lambda _: None)


@pytest.mark.slow
def test_a_failure_is_told(tmp_path: Path) -> None:
    configuration = load({"data": str(tmp_path), "source": "synthetic:", "faulty_share": "1"}, {})
    with pytest.raises(SettingError, match=r"product teach .* failed"):
        commissioned(configuration, SLABS, lambda _: None)
