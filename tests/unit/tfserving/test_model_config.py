"""TensorFlow Serving's model config."""

import shutil
from pathlib import Path

import pytest

from marbleline.domain.product import Product
from marbleline.domain.version_labels import write_labels
from marbleline.errors import ModelError
from marbleline.operations.products import create_product
from marbleline.tfserving.model_config import model_config, write_model_config
from tests.models.tiny_model import TINY


def test_each_product_is_a_servable_with_its_versions_and_labels(tmp_path: Path) -> None:
    tiny = Path(shutil.copytree(TINY, tmp_path / "tiny"))
    write_labels(tiny, {"stable": 1, "candidate": 2})
    create_product(tmp_path, Product(name="granite"), tiny)
    create_product(tmp_path, Product(name="untaught"))
    first, granite = model_config(tiny, "/models/tiny").split("  config {")[1:]
    assert 'name: "tiny"' in first
    assert 'base_path: "/models/tiny"' in first
    assert "specific { versions: 1 versions: 2 }" in first
    assert 'version_labels { key: "candidate" value: 2 }' in first
    assert 'name: "granite"' in granite
    assert 'base_path: "/models/granite"' in granite
    assert "specific { versions: 1 }" in granite


def test_it_is_written_whole(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    file = tmp_path / "etc" / "models.config"
    write_model_config(file, TINY, "/models/tiny")
    assert file.read_text() == model_config(TINY, "/models/tiny")
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    with pytest.raises(ModelError, match="can't be written"):
        write_model_config(tmp_path / "missing" / "models.config", TINY, "/models/tiny")
