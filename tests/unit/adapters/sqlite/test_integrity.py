"""Damage to a file is noticed, or does no harm."""

import sqlite3
from pathlib import Path

import pytest

from marbleline.adapters.brokers.sqlite.schema import SCHEMA as BROKER
from marbleline.adapters.sqlite import Schema
from marbleline.adapters.sqlite.integrity import find_damage
from marbleline.adapters.stores.sqlite.schema import SCHEMA as STORE
from tests.unit.adapters.sqlite.damage import Content, content_of, fill_broker, fill_store, flipped

# What nobody relies on: it is set anew when a message is taken, and checked against the rest.
_PASSING = {"entries", "queues", "subscribers", "feeds"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("files")
    fill_store(made / "store.db")
    fill_broker(made / "broker.db")
    return made


def test_sound_files_are_sound(folder: Path) -> None:
    for name, schema in (("store.db", STORE), ("broker.db", BROKER)):
        assert find_damage(folder / name, schema) == ()
        assert find_damage(folder / name, schema, read_only=True) == ()


@pytest.mark.parametrize(("name", "schema"), [("store.db", STORE), ("broker.db", BROKER)])
def test_flipped_bytes_are_noticed_or_harmless(
    folder: Path, tmp_path: Path, name: str, schema: Schema
) -> None:
    content, wanted = (folder / name).read_bytes(), _lasting(folder / name)
    noticed = 0
    for seed in range(40):
        damaged = tmp_path / f"{seed} {name}"
        damaged.write_bytes(flipped(content, seed, flips=1 + seed % 4))
        if find_damage(damaged, schema, read_only=True):
            noticed += 1
        else:
            assert _lasting(damaged) == wanted, f"seed {seed}: changed and not noticed"
        damaged.unlink()
    assert noticed > 20


@pytest.mark.parametrize(("name", "schema"), [("store.db", STORE), ("broker.db", BROKER)])
def test_four_hundred_flipped_bytes_are_noticed(
    folder: Path, tmp_path: Path, name: str, schema: Schema
) -> None:
    damaged = tmp_path / name
    damaged.write_bytes(flipped((folder / name).read_bytes(), 7, flips=400))
    assert find_damage(damaged, schema)


def test_a_picture_of_which_one_bit_is_flipped_is_noticed(folder: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "store.db"
    content = bytearray((folder / "store.db").read_bytes())
    with sqlite3.connect(folder / "store.db") as connection:
        (image,) = connection.execute("SELECT image FROM frames WHERE sequence = 300").fetchone()
    # A row may be spread over pages, so look for a part of it that is not.
    parts = (content.find(image[start : start + 40]) for start in range(0, len(image) - 40, 40))
    content[next(at for at in parts if at >= 0) + 20] ^= 1
    damaged.write_bytes(content)
    assert find_damage(damaged, STORE) == ("frames: the checksum of row 300 is wrong",)


def test_what_is_no_database_is_noticed(tmp_path: Path) -> None:
    damaged = tmp_path / "store.db"
    damaged.write_bytes(b"no database " * 1000)
    assert find_damage(damaged, STORE) == ("file is not a database",)
    assert find_damage(damaged, STORE, read_only=True) == ("file is not a database",)


def test_a_file_that_is_not_there_yet_is_not_damaged(tmp_path: Path) -> None:
    assert find_damage(tmp_path / "store.db", STORE) == ()


def _lasting(path: Path) -> Content:
    return {name: rows for name, rows in content_of(path).items() if name not in _PASSING}
