"""Labels, shadow verdicts and alarms: added, found, never changed."""

from msgspec.structs import replace

from marbleline.domain.alarm import DRIFT, Alarm
from marbleline.domain.decision import Decision
from marbleline.domain.label import MarkedRegion, new_label, truths, withdrawal
from marbleline.domain.shadow_verdict import ShadowVerdict, ShadowVerdictKind
from marbleline.domain.verdict import ModelRef
from marbleline.ports.annotations import (
    Alarms,
    LabelQuery,
    Labels,
    ShadowVerdictQuery,
    ShadowVerdicts,
)
from marbleline.ports.store import Store
from tests.builders import SECOND, START, make_frame, make_verdict
from tests.contract.promises import assert_keeps
from tests.contract.store.base import EVERYTHING, Connect, StoreContract, put


class AnnotationsSuite(StoreContract):
    """What every store keeps of ``ports.annotations``."""

    def test_keeps_the_port_of_annotations(self, store: Store) -> None:
        assert_keeps(store, Labels, ShadowVerdicts, Alarms)

    def test_no_annotations_are_no_error(self, store: Store) -> None:
        assert store.put_labels([]) == []
        assert store.put_shadow_verdicts([]) == []
        store.put_alarms([])

    def test_a_label_is_there_at_once_whole_and_once(self, store: Store, connect: Connect) -> None:
        other = connect()
        shown = make_verdict(frame=make_frame(1, slab_id="Плита 4"), decision=Decision.FAULTY, defect="dot")
        region = MarkedRegion(0.25, 0.5, 0.125, 0.5)
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
        granite = make_verdict(frame=make_frame(2, "camera-2", product="granite"))
        second = new_label(granite, "good", "marco", START + 2 * SECOND)
        third = withdrawal(first, "marco", START + 3 * SECOND)
        assert store.put_labels([second, third, first]) == []
        asked = {
            LabelQuery(): [third, second, first],
            LabelQuery(line="line-2"): [],
            LabelQuery(camera="camera-2"): [second],
            LabelQuery(product="granite"): [second],
            LabelQuery(product="marble"): [third, first],
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

    def test_a_shadow_verdict_stands_beside_the_verdict_and_counts_nowhere(self, store: Store) -> None:
        verdict = make_verdict(1)
        put(store, [verdict])
        other = make_verdict(1, decision=Decision.FAULTY, model=ModelRef("marble", 2, "e" * 64, "litert"))
        shadow, again = (
            ShadowVerdict(ShadowVerdictKind.SHADOW, other),
            ShadowVerdict(ShadowVerdictKind.REJUDGED, other),
        )
        granite = make_verdict(frame=make_frame(2, product="granite"), model=other.model)
        later = ShadowVerdict(ShadowVerdictKind.SHADOW, granite)
        for _ in range(2):
            assert store.put_shadow_verdicts([shadow, later, again]) == []
        assert store.verdict(verdict.frame.frame_id) == verdict
        assert store.counts(EVERYTHING).total == 1
        assert store.judged("camera-1", 10).verdicts == 1
        assert store.shadow_verdicts(ShadowVerdictQuery(), 10) == [later, shadow, again]
        assert store.shadow_verdicts(ShadowVerdictQuery(), 1, after=later.shadow_verdict_id) == [shadow]
        assert store.shadow_verdicts(ShadowVerdictQuery(frame_id=verdict.frame.frame_id), 10) == [
            shadow,
            again,
        ]
        assert store.shadow_verdicts(ShadowVerdictQuery(kind=ShadowVerdictKind.REJUDGED), 10) == [again]
        assert store.shadow_verdicts(ShadowVerdictQuery(model_version=1), 10) == []
        assert store.shadow_verdicts(ShadowVerdictQuery(model_version=2, product="granite"), 10) == [later]
        assert store.shadow_verdicts(ShadowVerdictQuery(since=START + 2 * SECOND, model_version=2), 10) == [
            later
        ]

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
