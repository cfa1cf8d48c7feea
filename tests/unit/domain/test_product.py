"""A product and its file."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from marbleline.domain.grading import GradeLimits, GradingRecipe
from marbleline.domain.model import Thresholds, load_manifest
from marbleline.domain.product import Product, RiskTargets, ThresholdCalibration
from marbleline.domain.product_repository import (
    PRODUCT_FILE,
    ModelRepository,
    parse_model_path,
    products_in,
    read_product,
    write_product,
)
from marbleline.errors import ModelError, SettingError, UnknownProduct
from tests.models.tiny_model import TINY

OWN = Thresholds(good_upto=0.1, faulty_from=0.9, anomaly_upto=4.0)


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    product = Product(
        name="botticino",
        title="Botticino, poliert, 20 mm",
        risk=RiskTargets(escapes=0.01, overkill=0.1, confidence=0.95),
        calibration=ThresholdCalibration(digest="a" * 64, thresholds=OWN),
        drift_reference="reference.json",
        prevalence=0.07,
        grading=GradingRecipe(name="export", grades=(GradeLimits(grade="A", longest_crack_mm=40.0),)),
    )
    write_product(tmp_path / "botticino", product)
    assert read_product(tmp_path / "botticino") == product
    assert [path.name for path in (tmp_path / "botticino").iterdir()] == [PRODUCT_FILE]


def test_a_folder_of_versions_without_a_file_has_the_default_targets() -> None:
    assert read_product(TINY) == Product(name="tiny")


def test_a_folder_that_holds_nothing_is_no_product(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelError, match="is no product"):
        read_product(tmp_path / "empty")
    assert products_in(tmp_path) == {}


def test_the_file_of_another_product_is_not_taken(tmp_path: Path) -> None:
    write_product(tmp_path / "one", Product(name="one"))
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    with pytest.raises(ModelError, match="names product 'one', its folder is 'two'"):
        read_product(tmp_path / "two")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"risk": {"escapes": 2, "overkill": 0.1, "confidence": 0.9}}, "escapes"),
        ({"prevalence": "many"}, "prevalence"),
        ({"name": "No Name"}, "name"),
    ],
)
def test_a_wrong_field_is_named(change: dict[str, object], said: str, tmp_path: Path) -> None:
    write_product(tmp_path / "one", Product(name="one"))
    path = tmp_path / "one" / PRODUCT_FILE
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(ModelError, match=said) as failed:
        read_product(tmp_path / "one")
    assert str(path) in str(failed.value)


@pytest.mark.parametrize("share", [0.0, 1.0, -0.1])
def test_a_target_that_is_no_share_is_refused(share: float) -> None:
    with pytest.raises(SettingError, match="escapes"):
        RiskTargets(escapes=share)


def test_a_calibration_counts_for_the_scores_that_it_was_made_of() -> None:
    manifest, other = load_manifest(TINY / "1"), load_manifest(TINY / "2")
    product = Product(name="tiny", calibration=ThresholdCalibration(digest=manifest.digest, thresholds=OWN))
    assert product.calibrated(manifest) == replace(manifest, thresholds=OWN)
    assert product.calibrated(other) == other
    assert Product(name="tiny").calibrated(manifest) == manifest


def test_a_path_names_a_product_or_one_of_its_versions() -> None:
    product, version = (parse_model_path(Path(path)) for path in ("/repo/marble", "/repo/marble/2"))
    assert (product.repository, product.product, product.version) == (Path("/repo"), "marble", None)
    assert (version.repository, version.product, version.version) == (Path("/repo"), "marble", 2)
    assert version.folder == Path("/repo/marble")


def test_a_product_is_found_beside_the_one_that_is_named(tmp_path: Path) -> None:
    for name in ("tiny", "granite"):
        shutil.copytree(TINY, tmp_path / name)
    write_product(tmp_path / "untaught", Product(name="untaught"))
    repository = ModelRepository(tmp_path / "tiny" / "2")
    assert repository.default == "tiny"
    assert repository.folder("tiny") == tmp_path / "tiny" / "2", "the one version that was named"
    assert repository.folder("granite") == tmp_path / "granite"
    for name in ("untaught", "onyx", "tiny2"):
        with pytest.raises(UnknownProduct, match=f"product '{name}' has no model version"):
            repository.folder(name)
    with pytest.raises(UnknownProduct):
        repository.folder("..")


def test_products_are_listed_by_name(tmp_path: Path) -> None:
    write_product(tmp_path / "without-versions", Product(name="without-versions"))
    shutil.copytree(TINY, tmp_path / "tiny")
    assert list(products_in(tmp_path)) == ["tiny", "without-versions"]
