"""``marbleline slabs``: what it prints, and its exit codes."""

import json
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.cli import main
from marbleline.domain.decision import Decision
from marbleline.domain.slab_fold import SlabRules, fold_slab
from tests.builders import SECOND, START, make_slab_verdict, make_tile


@pytest.fixture
def data(tmp_path: Path) -> str:
    with closing(SqliteStore(tmp_path / "store.db")) as store:
        slabs = [make_slab_verdict(1), replace(make_slab_verdict(2, Decision.FAULTY), grade="B")]
        store.put_slab_verdicts(slabs)
    return str(tmp_path)


def test_the_newest_come_first_one_a_line(data: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["slabs", "list", "--data", data]) == 0
    faulty, good = capsys.readouterr().out.splitlines()
    assert "slab-2  faulty crack grade B  4/4 tiles" in faulty
    assert "slab-1  good  4/4 tiles  0 defects" in good
    assert main(["slabs", "list", "--data", data, "--decision", "good", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["slab_id"] == "slab-1"


def test_one_slab_with_its_tiles_and_defects(data: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["slabs", "show", "slab-2", "--data", data]) == 0
    shown = capsys.readouterr().out
    assert "tile 2: faulty crack" in shown
    assert "of the slab's side" in shown
    assert main(["slabs", "show", "line-1/-/#1", "--data", data]) == 0
    assert "slab-1" in capsys.readouterr().out


def test_why_a_slab_is_not_good_is_said_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tiles = [make_tile(1, 2), make_tile(2, 2, product="granite")]
    with closing(SqliteStore(tmp_path / "store.db")) as store:
        store.put_slab_verdicts([fold_slab(tiles, SlabRules(), START + SECOND)])
    assert main(["slabs", "show", "slab-7", "--data", str(tmp_path)]) == 0
    review, because, *_ = capsys.readouterr().out.splitlines()
    assert review.endswith("mixed_products")
    assert because == "because the frames are of different products, so that different models judged them"


def test_a_slab_that_is_not_there_is_1(data: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["slabs", "show", "slab-9", "--data", data]) == 1
    assert "no verdict on slab slab-9" in capsys.readouterr().err
