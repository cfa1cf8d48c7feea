"""A new product, with another one's model to start from."""

import shutil
from pathlib import Path

import pytest

from marbleline.domain.model import load_manifest, read_file, versions_in
from marbleline.domain.product import Product
from marbleline.domain.product_repository import read_product
from marbleline.domain.version_labels import STABLE, write_labels
from marbleline.errors import ModelError, SettingError
from marbleline.operations.products import create_product
from tests.models.tiny_model import TINY


def test_it_starts_from_the_stable_version_of_another(tmp_path: Path) -> None:
    shutil.copytree(TINY, tmp_path / "tiny")
    write_labels(tmp_path / "tiny", {STABLE: 2})
    of_the_old_one = ("gate.json", "model.sig", "reference.json")
    for name in of_the_old_one:
        (tmp_path / "tiny" / "2" / name).write_text("of the old version")
    folder = create_product(tmp_path, Product(name="granite", title="Granite"), tmp_path / "tiny")
    assert read_product(folder).title == "Granite"
    assert list(versions_in(folder)) == [1]
    made, before = load_manifest(folder / "1"), load_manifest(TINY / "2")
    assert (made.name, made.version, made.digest) == ("granite", 1, before.digest)
    assert read_file(folder / "1", made, "model.tflite") == read_file(TINY / "2", before, "model.tflite")
    assert not any((folder / "1" / name).exists() for name in of_the_old_one)


def test_without_one_it_has_no_version(tmp_path: Path) -> None:
    folder = create_product(tmp_path, Product(name="granite"))
    assert versions_in(folder) == {}
    assert read_product(folder) == Product(name="granite")


def test_a_product_that_exists_is_left_as_it_is(tmp_path: Path) -> None:
    create_product(tmp_path, Product(name="granite", title="first"))
    with pytest.raises(SettingError, match="granite: exists"):
        create_product(tmp_path, Product(name="granite", title="second"))
    assert read_product(tmp_path / "granite").title == "first"


def test_a_window_is_of_the_new_version_alone(tmp_path: Path) -> None:
    folder = create_product(tmp_path, Product(name="large"), TINY / "3", window=480)
    assert load_manifest(folder / "1").input.window == 480
    assert load_manifest(TINY / "3").input.window == 0
    again = create_product(tmp_path, Product(name="larger"), folder)
    assert load_manifest(again / "1").input.window == 480


def test_a_window_smaller_than_the_input_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="window must be 0, or 240"):
        create_product(tmp_path, Product(name="large"), TINY / "3", window=100)
    assert list(tmp_path.iterdir()) == []
