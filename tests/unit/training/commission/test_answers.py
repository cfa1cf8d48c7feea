"""Answers from a CSV file."""

from pathlib import Path

import pytest

from marbleline.errors import SettingError
from marbleline.training.commission.answers import read_answers, understood


@pytest.fixture
def images(tmp_path: Path) -> Path:
    for name in ("a", "b", "c", "d", "e"):
        (tmp_path / f"{name}.png").write_bytes(b"not looked at here")
    return tmp_path


def write(images: Path, text: str) -> Path:
    path = images / "labels.csv"
    path.write_text(text)
    return path


def test_labels_are_understood(images: Path) -> None:
    labels = write(
        images,
        "path,label,group,asked\na.png,good,1,random\nb.png,crack,1,\nc.png,blowhole,,\nd.png,B,,\ne.png,A,,\n",
    )
    found = read_answers(labels, images)
    assert [(one.meaning, one.group, one.asked) for one in found] == [
        ("good", "1", "random"),
        ("crack", "1", ""),
        ("faulty", "c.png", ""),
        ("good", "e.png", ""),
    ]
    assert understood(found) == "good: 1 good, 1 A; faulty: 1 crack, 1 blowhole"


def test_a_further_word_for_good(images: Path) -> None:
    labels = write(images, "file,label\na.png,fein\n")
    assert not read_answers(labels, images, good=("good", "fein"))[0].faulty


def test_rows_of_a_split(images: Path) -> None:
    labels = write(images, "path,label,split\na.png,good,train\nb.png,good,test\n")
    assert [one.path.name for one in read_answers(labels, images, splits=["test"])] == ["b.png"]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("path,meaning\na.png,good\n", "need path and label"),
        ("path,label\nz.png,good\n", r"labels\.csv:2: there is no picture .*z\.png"),
        ("path,label\na.png,good\nb.png,\n", r"labels\.csv:3: has no label"),
        ("path,label\n", "holds no answer"),
    ],
)
def test_what_is_wrong_is_named(images: Path, text: str, named: str) -> None:
    with pytest.raises(SettingError, match=named):
        read_answers(write(images, text), images)


def test_a_missing_file_is_named(images: Path) -> None:
    with pytest.raises(SettingError, match=r"none\.csv: can't be read"):
        read_answers(images / "none.csv", images)


def test_a_mark_is_a_box_in_shares_of_the_picture(images: Path) -> None:
    labels = write(images, "path,label,mark\na.png,crack,0.1 0.2 0.3 0.4\nb.png,good,\n")
    assert [one.mark for one in read_answers(labels, images)] == [(0.1, 0.2, 0.3, 0.4), None]


@pytest.mark.parametrize("mark", ["0.1 0.2 0.3", "0.3 0.2 0.1 0.4", "0 0 2 1", "a b c d", "nan 0 1 1"])
def test_a_mark_that_is_no_box_is_refused(images: Path, mark: str) -> None:
    labels = write(images, f"path,label,mark\na.png,crack,{mark}\n")
    with pytest.raises(SettingError, match=r"labels.csv:2: mark .* is no box"):
        read_answers(labels, images)
