"""The embedded store beyond the port: what its questions cost, and a disk that is full."""

import math
import os
from pathlib import Path

import pytest

from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.domain.decision import Decision
from marbleline.domain.records import FrameRecord
from marbleline.errors import StoreUnavailable
from marbleline.ports.verdicts import JudgedSequences, VerdictQuery
from tests.builders import START, make_frame, make_record, make_report, make_verdict
from tests.unit.adapters.sqlite.support import plans, small_disk, traced


def test_every_write_and_each_question_of_the_ledger_finds_its_rows_by_an_index(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "store.db")
    store.check()
    with traced(store._database) as statements:
        store.put_frames([make_record(1)])
        store.put_verdicts([make_verdict(1)])
        store.put_cameras([make_report()])
        store.image("frame")
        store.verdict("frame")
        store.judged("camera-1", 10)
        store.which_judged(["frame", "other"])
        store.highest_sequences()
    assert len(statements) >= 10
    looked = str(plans(store._database, statements).values())
    assert "verdicts_by_sequence (camera=? AND sequence<?)" in looked
    assert "verdicts_by_sequence (camera=?)" in looked
    for statement, steps in plans(store._database, statements).items():
        for step in steps:
            # ``names`` holds one row per camera.
            assert not step.startswith("SCAN") or step.split()[1] in ("names", "CONSTANT"), (statement, step)


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (VerdictQuery(), "sqlite_autoindex_verdicts_1"),
        (VerdictQuery(camera="camera-1"), "verdicts_by_camera (camera=?)"),
        (VerdictQuery(slab_id="S-1"), "verdicts_by_slab (slab_id=?)"),
        (VerdictQuery(decision=Decision.FAULTY), "verdicts_by_decision (decision=?)"),
        (VerdictQuery(defect="crack"), "verdicts_by_defect (defect=?)"),
        (VerdictQuery(since=START, until=START + 1), "verdicts_by_time (captured_at>? AND captured_at<?)"),
        (VerdictQuery(late=True), "verdicts_late"),
    ],
    ids=["newest", "camera", "slab", "decision", "defect", "time", "late"],
)
def test_a_search_goes_by_the_index_of_its_condition(tmp_path: Path, query: VerdictQuery, index: str) -> None:
    store = SqliteStore(tmp_path / "store.db")
    store.check()
    with traced(store._database) as statements:
        store.search(query, 20)
        store.search(query, 20, after="0197")
    first, _ = plans(store._database, statements).values()
    looked = [step for step in first if "verdicts" in step]
    assert index in looked[0]


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (VerdictQuery(), "verdicts_by_time"),
        (VerdictQuery(camera="camera-1"), "verdicts_by_camera"),
        (VerdictQuery(since=START), "verdicts_by_time"),
    ],
    ids=["all", "camera", "time"],
)
def test_counts_read_nothing_but_an_index(tmp_path: Path, query: VerdictQuery, index: str) -> None:
    store = SqliteStore(tmp_path / "store.db")
    store.check()
    with traced(store._database) as statements:
        store.counts(query)
    (steps,) = plans(store._database, statements).values()
    assert f"USING COVERING INDEX {index}" in steps[0]


def test_a_number_that_is_none_is_rejected(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "store.db")
    bad = make_verdict(1, faulty_probability=math.nan)
    (rejection,) = store.put_verdicts([bad, make_verdict(2)])
    assert rejection.document_id == bad.frame.frame_id
    assert "faulty_probability" in rejection.reason
    assert store.judged("camera-1", 10) == JudgedSequences(1, 1)


def test_text_that_is_no_unicode(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "store.db")
    name = b"caf\xe9.jpg".decode(errors="surrogateescape")
    kept = make_verdict(frame=make_frame(1, origin="caf\\xe9.jpg"))
    bad = make_verdict(frame=make_frame(2, slab_id=name))
    (rejection,) = store.put_verdicts([kept, bad])
    assert rejection.document_id == bad.frame.frame_id
    assert store.verdict(kept.frame.frame_id) == kept


def test_a_full_disk_loses_nothing_that_was_written(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "4m") as disk:
        (disk / "ballast").write_bytes(bytes(2_000_000))
        store = SqliteStore(disk / "store.db")
        written = []
        with pytest.raises(StoreUnavailable, match="full"):
            for number in range(1, 200):
                record = FrameRecord(make_frame(number), os.urandom(50_000))
                assert store.put_frames([record]) == []
                written.append(record)
        assert written
        (disk / "ballast").unlink()
        assert store.put_frames([record]) == []
        for one in [*written, record]:
            assert store.image(one.frame.frame_id) == one.image
        store.close()
