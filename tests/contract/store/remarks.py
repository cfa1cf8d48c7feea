"""Labels, opinions and alarms: added, found, never changed."""

from dataclasses import replace

from marbleline.domain.alarm import DRIFT, Alarm
from marbleline.domain.decision import Decision
from marbleline.domain.label import Region, new_label, truths, withdrawal
from marbleline.domain.opinion import Opinion, OpinionKind
from marbleline.domain.verdict import ModelRef
from marbleline.ports.remarks import LabelQuery, OpinionQuery
from marbleline.ports.store import Bucket, Store, VerdictQuery
from tests.builders import SECOND, START, make_frame, make_verdict
from tests.contract.store.base import EVERYTHING, Connect, StoreContract, put

HOUR = 3_600 * SECOND


class Remarking(StoreContract):
    def test_a_label_is_there_at_once_whole_and_once(self, store: Store, connect: Connect) -> None:
        other = connect()
        shown = make_verdict(frame=make_frame(1, slab_id="Плита 4"), decision=Decision.FAULTY, defect="dot")
        region = Region(0.25, 0.5, 0.125, 0.5)
        label = new_label(
            shown, "good", "ayşe", START + 9 * SECOND, region=region, note="cila izi, çatlak değil"
        )
        for _ in range(2):
            assert store.put_labels([label, label]) == []
            assert other.labels(LabelQuery(), 10) == [label]
        other.close()

    def test_a_label_that_is_there_is_never_changed(self, store: Store) -> None:
        label = new_label(make_verdict(1), "crack", "ayşe", START)
        assert store.put_labels([label]) == []
        assert store.put_labels([replace(label, truth="good")]) == []
        assert store.labels(LabelQuery(), 10) == [label]

    def test_labels_by_each_condition_newest_first(self, store: Store) -> None:
        first = new_label(make_verdict(1), "crack", "ayşe", START + SECOND)
        second = new_label(make_verdict(2, "camera-2"), "good", "marco", START + 2 * SECOND)
        third = withdrawal(first, "marco", START + 3 * SECOND)
        assert store.put_labels([second, third, first]) == []
        asked = {
            LabelQuery(): [third, second, first],
            LabelQuery(line="line-2"): [],
            LabelQuery(camera="camera-2"): [second],
            LabelQuery(frame_id=first.frame_id): [third, first],
            LabelQuery(by="marco"): [third, second],
            LabelQuery(truth="crack"): [first],
            LabelQuery(since=START + 2 * SECOND): [third, second],
            LabelQuery(until=START + 2 * SECOND, by="ayşe"): [first],
        }
        for query, found in asked.items():
            assert store.labels(query, 10) == found, query
        assert store.labels(LabelQuery(), 2) == [third, second]
        assert store.labels(LabelQuery(), 2, after=second.label_id) == [first]
        assert truths(store.labels(LabelQuery(), 10)).keys() == {second.frame_id}

    def test_an_opinion_stands_beside_the_verdict_and_counts_nowhere(self, store: Store) -> None:
        verdict = make_verdict(1)
        put(store, [verdict])
        other = make_verdict(1, decision=Decision.FAULTY, model=ModelRef("marble", 2, "e" * 64, "litert"))
        shadow, again = Opinion(OpinionKind.SHADOW, other), Opinion(OpinionKind.REJUDGED, other)
        later = Opinion(OpinionKind.SHADOW, make_verdict(2, model=other.model))
        for _ in range(2):
            assert store.put_opinions([shadow, later, again]) == []
        assert store.verdict(verdict.frame.frame_id) == verdict
        assert store.counts(EVERYTHING).total == 1
        assert store.judged("camera-1", 10).verdicts == 1
        assert store.opinions(OpinionQuery(), 10) == [later, shadow, again]
        assert store.opinions(OpinionQuery(), 1, after=later.opinion_id) == [shadow]
        assert store.opinions(OpinionQuery(frame_id=verdict.frame.frame_id), 10) == [shadow, again]
        assert store.opinions(OpinionQuery(kind=OpinionKind.REJUDGED), 10) == [again]
        assert store.opinions(OpinionQuery(model_version=1), 10) == []
        assert store.opinions(OpinionQuery(since=START + 2 * SECOND, model_version=2), 10) == [later]

    def test_the_newest_state_of_each_alarm(self, store: Store) -> None:
        raised = Alarm("line-1", DRIFT, "camera-1", True, START, "30 % darker", "clean the lamp")
        cleared = replace(raised, raised=False, at=START + SECOND)
        other = replace(raised, subject="camera-2")
        assert store.alarms() == []
        store.put_alarms([cleared, other])
        store.put_alarms([raised])
        assert store.alarms() == [cleared, other]
        again = replace(raised, at=START + 2 * SECOND)
        store.put_alarms([again])
        assert store.alarms() == [again, other]

    def test_counts_by_step_camera_decision_and_defect(self, store: Store) -> None:
        since = START - START % HOUR + 1_234_000  # any millisecond, not only full hours
        moments = [("camera-1", 0), ("camera-1", HOUR - 1), ("camera-2", HOUR), ("camera-2", 3 * HOUR + 5)]
        verdicts = [
            make_verdict(
                frame=make_frame(number, camera, captured_at=since + after),
                decision=Decision.FAULTY if number == 3 else Decision.GOOD,
            )
            for number, (camera, after) in enumerate(moments, 1)
        ]
        put(store, [*verdicts, make_verdict(frame=make_frame(9, captured_at=since - 1))])
        assert store.hourly(VerdictQuery(since=since), HOUR) == [
            Bucket(since, "camera-1", "good", None, 2),
            Bucket(since + HOUR, "camera-2", "faulty", "crack", 1),
            Bucket(since + 3 * HOUR, "camera-2", "good", None, 1),
        ]
        assert store.hourly(VerdictQuery(since=since, camera="camera-3"), HOUR) == []
