"""A data set of labels: what goes in, what is left out and counted, and one name for the same content."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.domain.decision import Decision
from marbleline.domain.label import new_label, withdrawal
from marbleline.domain.model import digest_of
from marbleline.domain.records import FrameRecord
from marbleline.domain.verdict import Verdict
from marbleline.ports.annotations import LabelQuery
from marbleline.ports.verdicts import VerdictQuery
from marbleline.training.data.build import build
from marbleline.training.data.dataset import read_index
from marbleline.training.data.gather import Gathered, gather
from marbleline.training.finetune.replay_set import REPLAY_FILE, save_replay
from tests.builders import SECOND, START, make_frame, make_picture, make_verdict
from tests.models.tiny_model import TINY
from tests.unit.training.finetune.replay_sets import make_memory


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(tmp_path / "store.db")
    yield store
    store.close()


@pytest.fixture
def stable(tmp_path: Path) -> Path:
    folder = tmp_path / "1"
    folder.mkdir()
    fields = json.loads((TINY / "1" / "manifest.json").read_text())
    fields |= {"files": {}, "digest": digest_of({})}
    (folder / "manifest.json").write_text(json.dumps(fields))
    save_replay(folder / REPLAY_FILE, make_memory(["good", "good", "crack"]))
    return folder


def judge(store: SqliteStore, sequence: int, slab: str | None = None, image: bytes | None = None) -> None:
    content = image or make_picture(sequence)
    frame = make_frame(sequence, content=content, slab_id=slab)
    store.put_frames([FrameRecord(frame, content)])
    store.put_verdicts(
        [make_verdict(frame=frame, decision=Decision.REVIEW, faulty_probability=0.5 + sequence / 100)]
    )


def say(store: SqliteStore, sequence: int, truth: str, by: str = "anna", after: float = 0) -> None:
    store.put_labels(
        [new_label(_verdict(store, sequence), truth, by, START + round((1000 + sequence + after) * SECOND))]
    )


def _verdict(store: SqliteStore, sequence: int) -> Verdict:
    return next(one for one in store.search(VerdictQuery(), 100) if one.frame.sequence == sequence)


def gathered(store: SqliteStore, stable: Path) -> Gathered:
    return gather(store, "line-1", stable, ask=10)


def test_labels_go_in_and_disputed_or_withdrawn_ones_do_not(store: SqliteStore, stable: Path) -> None:
    for sequence in range(1, 7):
        judge(store, sequence, slab=f"slab {sequence % 2}")
    for sequence, truth in ((1, "good"), (2, "crack"), (3, "dot")):
        say(store, sequence, truth)
    say(store, 4, "good")
    say(store, 4, "crack", by="ben", after=1)
    say(store, 5, "good")
    [mistaken] = [one for one in store.labels(LabelQuery(), 100) if one.frame_id == _id(store, 5)]
    store.put_labels([withdrawal(mistaken, "anna", START + 5000 * SECOND)])
    found = gathered(store, stable)
    assert sorted(one.truth for one in found.labelled) == ["crack", "dot", "good"]
    assert found.disputed == (_id(store, 4),)
    assert {one.frame.frame_id for one in found.to_label} == {_id(store, 5), _id(store, 6)}
    assert found.base["remembered"] == {"patches/crack": 1, "patches/good": 2}


def test_what_a_third_person_settled_goes_in_as_they_said(store: SqliteStore, stable: Path) -> None:
    judge(store, 1)
    say(store, 1, "good")
    say(store, 1, "crack", by="ben", after=1)
    settled = new_label(_verdict(store, 1), "dot", "eva", START + 5000 * SECOND, settles=True)
    assert store.put_labels([settled]) == []
    found = gathered(store, stable)
    assert ([one.truth for one in found.labelled], found.disputed) == (["dot"], ())


def test_the_least_certain_are_asked_first_and_slabs_take_turns(store: SqliteStore, stable: Path) -> None:
    for sequence, slab in ((1, "a"), (2, "a"), (3, "b"), (4, "b")):
        judge(store, sequence, slab=slab)
    asked = gather(store, "line-1", stable, ask=3).to_label
    assert [one.frame.sequence for one in asked] == [1, 3, 2]


def test_a_label_whose_picture_is_gone_is_counted(store: SqliteStore, stable: Path) -> None:
    store.put_verdicts([make_verdict(1)])
    say(store, 1, "good")
    assert gathered(store, stable).without_picture == (_id(store, 1),)


def test_the_same_inputs_give_the_same_folder_and_another_label_another(
    store: SqliteStore, stable: Path, tmp_path: Path
) -> None:
    for sequence in range(1, 9):
        judge(store, sequence, slab=f"slab {sequence // 2}")
    for sequence in range(1, 7):
        say(store, sequence, "crack" if sequence % 2 else "good")
    one = build(gathered(store, stable), tmp_path / "sets")
    two = build(gathered(store, stable), tmp_path / "again")
    assert one.data_id == two.data_id
    assert one.balance == {"crack": 3, "good": 3}
    assert _tree(one.folder) == _tree(two.folder)
    say(store, 7, "dot")
    assert build(gathered(store, stable), tmp_path / "sets").data_id != one.data_id


def test_every_picture_is_there_under_its_hash_and_no_slab_lies_in_two_folds(
    store: SqliteStore, stable: Path, tmp_path: Path
) -> None:
    for sequence in range(1, 11):
        judge(store, sequence, slab=f"slab {sequence // 3}")
        say(store, sequence, "crack" if sequence % 2 else "good")
    folder = build(gathered(store, stable), tmp_path / "sets").folder
    manifest = json.loads((folder / "manifest.json").read_text())
    folds: dict[str, set[int]] = {}
    for one in manifest["pictures"]:
        folds.setdefault(one["slab"], set()).add(one["fold"])
        assert (folder / one["path"]).is_file()
        assert one["sha256"] in one["path"]
    assert all(len(found) == 1 for found in folds.values())
    assert len({fold for found in folds.values() for fold in found}) > 1
    assert len(read_index(folder)) == 10
    with (folder / "index.csv").open() as file:
        assert {row["split"] for row in csv.DictReader(file)} == {"train"}


def test_the_same_picture_twice_is_one_row(store: SqliteStore, stable: Path) -> None:
    for sequence in (1, 2):
        judge(store, sequence, image=make_picture(1))
        say(store, sequence, "good")
    assert len(gathered(store, stable).labelled) == 1


def _id(store: SqliteStore, sequence: int) -> str:
    return _verdict(store, sequence).frame.frame_id


def _tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
