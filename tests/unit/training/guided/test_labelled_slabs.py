"""Labels of a store as answers to learn from."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.domain.label import MarkedRegion, new_label
from marbleline.domain.records import FrameRecord
from marbleline.training.guided.labelled_slabs import write_pictures
from tests.builders import START, make_frame, make_picture, make_verdict

MARK = MarkedRegion(left=0.5, top=0.5, width=0.2, height=0.1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    made = SqliteStore(tmp_path / "store.db")
    yield made
    made.close()


def labelled(store: SqliteStore, *marks: MarkedRegion | None, region: str | None = None) -> None:
    """A frame that several people call cracked; ``region`` of it is judged."""
    content = make_picture()
    frame = replace(make_frame(content=content), region=region)
    verdict = make_verdict(frame=frame)
    store.put_frames([FrameRecord(frame, content)])
    store.put_verdicts([verdict])
    for number, mark in enumerate(marks):
        store.put_labels(
            [new_label(verdict, "crack", f"person-{number}", START + number * 1000, region=mark)]
        )


def test_the_newest_mark_is_that_of_the_answer(store: SqliteStore, tmp_path: Path) -> None:
    labelled(store, MarkedRegion(left=0.0, top=0.0, width=0.1, height=0.1), MARK, None)
    [answer] = write_pictures(store, "line-1", "marble", tmp_path / "pictures").answers
    assert answer.mark == pytest.approx((0.5, 0.5, 0.7, 0.6))


def test_a_mark_is_in_shares_of_what_was_judged(store: SqliteStore, tmp_path: Path) -> None:
    labelled(store, MARK, region="0.6,0 1,1")
    [answer] = write_pictures(store, "line-1", "marble", tmp_path / "pictures").answers
    assert answer.mark == pytest.approx((0.0, 0.5, 0.25, 0.6))


@pytest.mark.parametrize("mark", [None, MARK])
def test_no_mark_or_one_outside_of_what_was_judged_is_none(
    store: SqliteStore, tmp_path: Path, mark: MarkedRegion | None
) -> None:
    labelled(store, mark, region="0,0 0.4,1")
    [answer] = write_pictures(store, "line-1", "marble", tmp_path / "pictures").answers
    assert answer.mark is None
