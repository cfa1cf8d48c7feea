"""A taught version gets the product's next number, and never replaces one."""

import shutil
from pathlib import Path

import pytest

from marbleline.errors import SettingError
from marbleline.training.commission.version_folder import version_folder
from tests.models.tiny_model import TINY


@pytest.fixture
def product(tmp_path: Path) -> Path:
    """A product with version 3."""
    shutil.copytree(TINY / "3", tmp_path / "onyx" / "3")
    return tmp_path / "onyx"


def test_the_next_number_is_taken(product: Path) -> None:
    assert version_folder(product, TINY / "3") == product / "4"


def test_a_product_that_is_not_there_begins_with_1(tmp_path: Path) -> None:
    assert version_folder(tmp_path / "none", TINY / "3") == tmp_path / "none" / "1"


@pytest.mark.parametrize(("name", "said"), [("best", "the version's number"), ("0", "the version's number")])
def test_a_folder_is_named_by_a_number(product: Path, name: str, said: str) -> None:
    with pytest.raises(SettingError, match=said):
        version_folder(product, TINY / "3", product / name)


def test_a_version_is_never_replaced(product: Path) -> None:
    with pytest.raises(SettingError, match="versions never change"):
        version_folder(product, TINY / "3", product / "3")
