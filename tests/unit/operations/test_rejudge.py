"""Judging the past again: beside the verdicts, once, whatever became of the pictures."""

from pathlib import Path

from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.domain.picture import Limits
from marbleline.operations.rejudge import rejudge
from marbleline.ports.annotations import ShadowVerdictQuery
from marbleline.ports.verdicts import VerdictQuery
from tests.builders import SECOND, START, FakeClock, make_frame, make_record, make_verdict
from tests.unit.pipeline.fakes import MANIFEST, BrightnessClassifier


def test_shadow_verdicts_stand_beside_verdicts_and_a_second_run_asks_nothing(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "store.db")
    records = [make_record(number) for number in range(1, 40)]
    verdicts = [make_verdict(frame=record.frame) for record in records]
    store.put_frames(records[1:])  # the first one's picture is no longer kept
    store.put_verdicts(verdicts)
    query = VerdictQuery(until=START + 30 * SECOND)
    classifier, clock = BrightnessClassifier(), FakeClock()

    done = rejudge(store, classifier, query, Limits(), clock)
    assert (done.judged, done.missing, done.there) == (29, 1, 0)
    assert store.search(VerdictQuery(), 100) == verdicts[::-1]
    found = store.shadow_verdicts(ShadowVerdictQuery(model_version=MANIFEST.version), 100)
    assert [one.verdict.frame.sequence for one in found] == list(range(30, 1, -1))
    assert done.changed == sum(one.verdict.decision != "good" for one in found)

    asked = sum(classifier.sizes)
    again = rejudge(store, classifier, query, Limits(), clock)
    assert (again.judged, again.missing, again.there) == (0, 1, 29)
    assert sum(classifier.sizes) == asked


def test_a_picture_that_is_not_the_frames_is_not_judged(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "store.db")
    record = make_record(1)
    store.put_frames([record])
    store.put_verdicts([make_verdict(frame=make_frame(1))])  # its hash is of another picture
    done = rejudge(store, BrightnessClassifier(), VerdictQuery(), Limits(), FakeClock())
    assert (done.judged, done.missing) == (0, 1)
