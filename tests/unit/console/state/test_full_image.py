"""The picture as captured comes when it is there, and nobody waits for it."""

import base64
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.console.state.full_image import FullImageLoader
from tests.builders import make_picture, make_record, wait_until


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    made = SqliteStore(tmp_path / "store.db")
    yield made
    made.close()


@pytest.fixture
def loader(tmp_path: Path, store: SqliteStore) -> Iterator[FullImageLoader]:
    made = FullImageLoader(lambda: SqliteStore(tmp_path / "store.db"))
    made.start()
    yield made
    made.close()


def test_a_large_picture_comes_smaller(store: SqliteStore, loader: FullImageLoader) -> None:
    record = make_record(1, image=make_picture(1, 2_000, 1_500))
    store.put_frames([record])
    wait_until(lambda: loader.data_uri(record.frame.frame_id), what="the picture is there")
    address = loader.data_uri(record.frame.frame_id) or ""
    with Image.open(io.BytesIO(base64.b64decode(address.split(",")[1]))) as image:
        assert image.size == (1_280, 960)


def test_what_is_no_picture_leaves_the_thumbnail(store: SqliteStore, loader: FullImageLoader) -> None:
    store.put_frames([make_record(1, image=b"text"), make_record(2)])
    assert loader.data_uri(make_record(1).frame.frame_id) is None
    wait_until(lambda: loader.data_uri(make_record(2).frame.frame_id), what="the next picture is there")
    assert loader.data_uri(make_record(1).frame.frame_id) is None
