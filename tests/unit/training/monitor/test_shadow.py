"""What a shadow was worth."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.domain.decision import Decision
from marbleline.domain.label import new_label
from marbleline.domain.shadow_verdict import ShadowVerdict, ShadowVerdictKind
from marbleline.domain.verdict import ModelRef
from marbleline.training.monitor.shadow import compare, pairs
from marbleline.training.monitor.shadow_report import write_report
from tests.builders import START, make_record, make_verdict

CANDIDATE = ModelRef("marble", 2, "e" * 64, "litert")
GOOD, FAULTY, REVIEW = Decision.GOOD, Decision.FAULTY, Decision.REVIEW
# What stable and the candidate say of frames 1 to 5, and what a person says.
STORY = (
    (GOOD, GOOD, None),
    (REVIEW, GOOD, "good"),
    (GOOD, FAULTY, "crack"),
    (FAULTY, FAULTY, "crack"),
    (GOOD, REVIEW, None),
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(tmp_path / "store.db")
    records = [make_record(number) for number in range(1, 7)]
    store.put_frames(records[:3])
    for record, (stable, candidate, truth) in zip(records, STORY, strict=False):
        verdict = make_verdict(frame=record.frame, decision=stable, thumbnail=b"small")
        store.put_verdicts([verdict])
        shadow_verdict = make_verdict(
            frame=record.frame, decision=candidate, model=CANDIDATE, decided_after_ms=40
        )
        store.put_shadow_verdicts([ShadowVerdict(ShadowVerdictKind.SHADOW, shadow_verdict)])
        if truth:
            store.put_labels([new_label(verdict, truth, "ayşe", START)])
    # One whose verdict is not on record yet, and one asked about the past: neither is a pair.
    for kind, record in ((ShadowVerdictKind.SHADOW, records[5]), (ShadowVerdictKind.REJUDGED, records[0])):
        store.put_shadow_verdicts([ShadowVerdict(kind, make_verdict(frame=record.frame, model=CANDIDATE))])
    yield store
    store.close()


def test_agreement_differences_and_who_was_right(store: SqliteStore) -> None:
    made = compare(pairs(store, 2, None, 100))
    assert (made.stable, made.candidate, made.frames, made.agreed) == (1, 2, 5, 0.4)
    assert made.decisions["good", "faulty"] == 1
    assert made.differing[0].verdict.frame.sequence == 3
    assert len(made.differing) == 3
    assert (made.labelled, made.stable_right, made.candidate_right) == (3, 1, 3)
    assert made.candidate_ms[0] > made.stable_ms[0]


def test_a_dispute_counts_for_neither(store: SqliteStore) -> None:
    verdict = store.verdict(make_record(3).frame.frame_id)
    assert verdict is not None
    store.put_labels([new_label(verdict, "good", "marco", START + 1)])
    assert compare(pairs(store, 2, None, 100)).labelled == 2


def test_the_report_shows_pictures_where_they_are_kept(store: SqliteStore, tmp_path: Path) -> None:
    write_report(tmp_path / "report", compare(pairs(store, 2, None, 100)), store.image)
    page = (tmp_path / "report" / "shadow.md").read_text()
    assert "same decision on 40.0%" in page
    assert "a person says crack" in page
    shown = sorted((tmp_path / "report").glob("*.jpeg"))
    assert len(shown) == 3
    assert all(f"]({path.name})" in page for path in shown)
    assert json.loads((tmp_path / "report" / "shadow.json").read_text())["candidate_right"] == 3


def test_nothing_to_compare(tmp_path: Path) -> None:
    assert pairs(SqliteStore(tmp_path / "empty.db"), 2, None, 10) == []
    with pytest.raises(ValueError, match="no frame"):
        compare([])
