"""Data folders: what their index says, and how a wrong one is refused."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from marbleline.errors import SettingError
from marbleline.training.data.dataset import find_sets, load_mask, read_index
from tests.builders import make_picture

HEAD = "path,label,split,group,mask,sha256\n"


def folder_with(tmp_path: Path, index: str) -> Path:
    folder = tmp_path / "set"
    folder.mkdir()
    (folder / "index.csv").write_text(index)
    return folder


def test_samples_come_in_the_order_of_the_index(tmp_path: Path) -> None:
    folder = folder_with(
        tmp_path, HEAD + "a.jpg,crack,train,g1,m.png,x\nb.jpg,A,val,g2,,x\nc.jpg,B,val,g3,,x\n"
    )
    (folder / "a.jpg").write_bytes(make_picture(1))
    mask = np.zeros((48, 64), np.uint8)
    mask[10:12] = 255
    Image.fromarray(mask).save(folder / "m.png")
    first, second, third = read_index(folder)
    assert (first.meaning, second.meaning, third.meaning) == ("crack", "good", "unsure")
    found = load_mask(first)
    assert found is not None
    assert found.sum() == 128
    assert load_mask(second) is None


@pytest.mark.parametrize(
    ("index", "message"),
    [
        ("path,label\na,good\n", "lacks the column group, split"),
        (HEAD + "a.jpg,scratch,train,g,,x\n", "index.csv:2: label 'scratch'; known are good"),
        (HEAD + "a.jpg,good,train,g,,x\nb.jpg,good,test,g,,x\n", "group g lies in train and test"),
    ],
)
def test_a_wrong_index_is_refused_with_its_line(tmp_path: Path, index: str, message: str) -> None:
    with pytest.raises(SettingError, match=message):
        read_index(folder_with(tmp_path, index))


def test_a_root_without_data_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"no folder with an index\.csv"):
        find_sets(tmp_path)
    with pytest.raises(SettingError, match=r"no index\.csv"):
        read_index(tmp_path)
