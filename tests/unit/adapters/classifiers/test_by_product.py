"""A classifier for each product."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from marbleline.adapters.classifiers.by_product import ClassifiersByProduct
from marbleline.adapters.classifiers.input_specs import ProductInputSpecs
from marbleline.adapters.classifiers.label_following import FollowingClassifier
from marbleline.adapters.classifiers.litert import LiteRtClassifier
from marbleline.domain.model import Thresholds, load_manifest
from marbleline.domain.product import Product, ThresholdCalibration
from marbleline.domain.product_repository import ModelRepository, read_product, write_product
from marbleline.domain.version_labels import stable_version, write_labels
from marbleline.errors import ClassifierUnavailable, ModelError, UnknownProduct
from marbleline.operations.products import create_product
from tests.builders import FakeClock
from tests.models.tiny_model import TINY, slab

NAMES = ("granite", "onyx", "slate")


class Opened:
    """The line's own classifiers on a repository of four products, with what they opened and closed."""

    def __init__(self, folder: Path, most: int = 4) -> None:
        self.repository = ModelRepository(Path(shutil.copytree(TINY, folder / "tiny")))
        for name in NAMES:
            create_product(folder, Product(name=name), folder / "tiny")
        self.folder = folder
        self.opened: list[str] = []
        self.clock = FakeClock(0)
        self.classifiers = ClassifiersByProduct(
            self._open, self._read, "tiny", most=most, monotonic=lambda: self.clock.at / 1e6
        )

    def _open(self, product: str) -> FollowingClassifier:
        self.opened.append(product)
        return FollowingClassifier(
            lambda: stable_version(self.repository.folder(product)),
            lambda folder: LiteRtClassifier(folder, warm=()),
            monotonic=lambda: self.clock.at / 1e6,
        )

    def _read(self, product: str) -> Product:
        return read_product(self.repository.folder(product))

    def judged_by(self, product: str) -> str:
        return self.classifiers.of(product).classify([slab()]).manifest.name


@pytest.fixture
def opened(tmp_path: Path) -> Opened:
    return Opened(tmp_path, most=2)


def test_each_product_is_opened_when_it_is_asked_for_and_judged_by_its_own(opened: Opened) -> None:
    assert opened.opened == ["tiny"], "the line's own product is there from the start"
    assert [opened.judged_by(name) for name in ("granite", "tiny", "granite")] == [
        "granite",
        "tiny",
        "granite",
    ]
    assert opened.opened == ["tiny", "granite"]


def test_of_more_products_than_are_kept_open_the_one_asked_for_last_is_closed(opened: Opened) -> None:
    for name in ("granite", "tiny", "onyx"):
        assert opened.judged_by(name) == name
    assert opened.judged_by("tiny") == "tiny"
    assert opened.opened == ["tiny", "granite", "onyx"], "granite went, tiny was used after it"
    assert opened.judged_by("granite") == "granite"
    assert opened.opened[-1] == "granite"


def test_an_unknown_product_is_judged_by_none_until_it_is_there(opened: Opened) -> None:
    with pytest.raises(UnknownProduct, match="'quartz'"):
        opened.classifiers.of("quartz")
    create_product(opened.folder, Product(name="quartz"), opened.folder / "tiny")
    assert opened.judged_by("quartz") == "quartz"


def test_a_model_of_another_name_does_not_judge(opened: Opened) -> None:
    shutil.copytree(TINY, opened.folder / "quartz")
    with pytest.raises(ModelError, match="product quartz: its model says that it is 'tiny'"):
        opened.judged_by("quartz")


def test_a_product_whose_model_is_damaged_is_away_for_now(opened: Opened) -> None:
    (opened.folder / "granite" / "1" / "model.tflite").write_bytes(b"damaged")
    with pytest.raises(ClassifierUnavailable, match=r"product granite.*SHA-256"):
        opened.classifiers.of("granite")
    shutil.copy(TINY / "3" / "model.tflite", opened.folder / "granite" / "1" / "model.tflite")
    assert opened.judged_by("granite") == "granite"


def test_a_calibration_replaces_the_thresholds_of_its_version_within_seconds(opened: Opened) -> None:
    manifest = load_manifest(opened.folder / "granite" / "1")
    own = Thresholds(good_upto=0.01, faulty_from=0.99, anomaly_upto=3.0)
    granite = opened.classifiers.of("granite")
    assert granite.classify([slab()]).manifest.thresholds == manifest.thresholds
    product = Product(
        name="granite", calibration=ThresholdCalibration(digest=manifest.digest, thresholds=own)
    )
    write_product(opened.folder / "granite", product)
    opened.clock.advance(3)
    assert granite.classify([slab()]).manifest == replace(manifest, thresholds=own)
    (opened.folder / "granite" / "product.json").write_text("damaged")
    opened.clock.advance(3)
    assert granite.classify([slab()]).manifest.thresholds == own, "what was read before stays"


def test_the_input_of_each_product_follows_its_stable_version(tmp_path: Path) -> None:
    opened = Opened(tmp_path)
    path = tmp_path / "granite" / "1" / "manifest.json"
    path.write_text(path.read_text().replace('"short_side": 240', '"short_side": 480'))
    clock = FakeClock(0)
    specs = ProductInputSpecs(
        lambda product: stable_version(opened.repository.folder(product)), monotonic=lambda: clock.at / 1e6
    )
    assert (specs("tiny").short_side, specs("granite").short_side) == (240, 480)
    shutil.copytree(tmp_path / "granite" / "1", tmp_path / "tiny" / "4")
    manifest = tmp_path / "tiny" / "4" / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"version": 1', '"version": 4'))
    assert specs("tiny").short_side == 240
    clock.advance(3)
    assert specs("tiny").short_side == 480
    write_labels(tmp_path / "tiny", {"stable": 1})
    manifest.unlink()
    clock.advance(3)
    assert specs("tiny").short_side == 240
    with pytest.raises(UnknownProduct):
        specs("quartz")
