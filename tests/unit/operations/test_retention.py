"""Which pictures go: by age and verdict, by quota, never a labelled one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.domain.decision import Decision
from marbleline.domain.label import new_label, withdrawal
from marbleline.domain.records import FrameRecord
from marbleline.operations.retention import Rules, sweep
from tests.builders import START, make_frame, make_verdict

DAY = 86_400 * 1_000_000
NOW = START + 100 * DAY
SIZE = 1_000
RULES = Rules({Decision.GOOD: 30, Decision.REVIEW: 60, Decision.FAULTY: 0})
KINDS = (Decision.GOOD, Decision.REVIEW, Decision.FAULTY, None)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    """Four frames for each age of 90, 50 and 10 days: good, review, faulty, not judged."""
    store = SqliteStore(tmp_path / "store.db")
    for age in (90, 50, 10):
        for place, decision in enumerate(KINDS):
            frame = make_frame(age * 10 + place, captured_at=NOW - age * DAY + place)
            store.put_frames([FrameRecord(frame, bytes(SIZE))])
            if decision is not None:
                store.put_verdicts([make_verdict(frame=frame, decision=decision)])
    yield store
    store.close()


def left(store: SqliteStore) -> list[int]:
    return [
        round((NOW - one.captured_at) / DAY) * 10 + KINDS.index(one.decision)
        for one in store.pictures(NOW, 99)
    ]


def test_each_verdict_has_its_days(store: SqliteStore) -> None:
    swept = sweep(store, RULES, NOW)
    assert (swept.by_age, swept.by_quota, swept.freed) == (3, 0, 3 * SIZE)
    assert left(store) == [902, 903, 501, 502, 503, 100, 101, 102, 103]
    assert sweep(store, RULES, NOW).by_age == 0


def test_a_label_keeps_a_picture_even_one_that_was_taken_back(store: SqliteStore) -> None:
    oldest = store.pictures(NOW, 2)
    verdicts = [store.verdict(one.frame_id) for one in oldest]
    labels = [new_label(verdict, "crack", "ayşe", NOW) for verdict in verdicts if verdict]
    store.put_labels([*labels, withdrawal(labels[0], "ayşe", NOW)])
    swept = sweep(store, Rules(RULES.days, quota_bytes=1), NOW)
    assert swept.labelled == 2
    assert left(store) == [900, 901, 903, 503, 103]
    assert swept.over == 5 * SIZE - 1


def test_the_quota_takes_the_oldest_good_ones_first(store: SqliteStore) -> None:
    for_ever = dict.fromkeys(RULES.days, 0)
    swept = sweep(store, Rules(for_ever, quota_bytes=8 * SIZE), NOW)
    assert (swept.by_age, swept.by_quota, swept.over) == (0, 4, 0)
    assert left(store) == [902, 903, 501, 502, 503, 101, 102, 103]


def test_a_dry_run_says_the_same_and_removes_nothing(store: SqliteStore) -> None:
    before = left(store)
    rules = Rules(RULES.days, quota_bytes=7 * SIZE)
    said = sweep(store, rules, NOW, dry_run=True)
    assert left(store) == before
    assert sweep(store, rules, NOW) == said
