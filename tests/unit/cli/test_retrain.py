"""Which data set `marbleline retrain` takes."""

from pathlib import Path

import pytest

from marbleline.cli.retrain import dataset_in
from marbleline.errors import SettingError


def test_a_data_set_or_the_only_one_in_a_folder_is_taken(tmp_path: Path) -> None:
    one = tmp_path / "3f2a"
    one.mkdir()
    (one / "index.csv").touch()
    assert dataset_in(one) == one
    assert dataset_in(tmp_path) == one
    other = tmp_path / "77aa"
    other.mkdir()
    (other / "index.csv").touch()
    with pytest.raises(SettingError, match="2 data sets in it"):
        dataset_in(tmp_path)
    with pytest.raises(SettingError, match="0 data sets in it"):
        dataset_in(tmp_path / "nothing")
