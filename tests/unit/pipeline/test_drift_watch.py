"""Drift withdraws what is claimed of a camera's verdicts, and sends its frames to review."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace as dataclass_replace
from pathlib import Path

import pytest
from msgspec.structs import replace

from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.domain.alarm import DRIFT, GATE, Alarm
from marbleline.domain.classification import Classification
from marbleline.domain.decision import Decision
from marbleline.domain.picture import Pixels
from marbleline.domain.quality import QualityGate
from marbleline.domain.risk_claim import RiskClaim, RiskClaims
from marbleline.domain.verdict import Verdict
from marbleline.errors import StoreUnavailable
from marbleline.pipeline.drift_watch import DriftWatch
from marbleline.pipeline.publisher import publishing_handler
from marbleline.pipeline.verdict_builder import DriftRule
from marbleline.telemetry.health import Heartbeat
from marbleline.training.monitor.drift_comparison import as_without_drift
from tests.builders import START, FakeClock, wait_until
from tests.unit.pipeline.fakes import MANIFEST, BrightnessClassifier, EveryProduct
from tests.unit.pipeline.test_publisher import make_deliveries, of_brightness, verdict_of

CLAIMS = RiskClaims(
    escapes=RiskClaim(target=0.02, claimed=0.03, labels=80),
    overkill=RiskClaim(target=0.05, claimed=0.06, labels=200),
    confidence=0.9,
    method="a method",
)


class Claiming(BrightnessClassifier):
    """As that, by a version that claims a risk."""

    def classify(self, images: Sequence[Pixels]) -> Classification:
        manifest = dataclass_replace(MANIFEST, thresholds=replace(MANIFEST.thresholds, claims=CLAIMS))
        return dataclass_replace(super().classify(images), manifest=manifest)


def drift(camera: str, *, raised: bool, line: str = "line-1", at: int = START) -> Alarm:
    return Alarm(line, DRIFT, camera, raised, at, "darker", "")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with closing(SqliteStore(tmp_path / "store.db")) as store:
        yield store


def judged(watch: DriftWatch, classifier: BrightnessClassifier, *, review: bool) -> list[Verdict]:
    """A good frame, a faulty and a doubtful one, of camera-1."""
    work = publishing_handler(
        EveryProduct(classifier), QualityGate(), FakeClock(START), drift=DriftRule(watch.raised, review)
    )
    outcomes = work(make_deliveries(*(of_brightness(n, value) for n, value in enumerate((255, 0, 128), 1))))
    return [verdict_of(outcome)[1] for outcome in outcomes]


def test_drift_withdraws_the_claim_and_asks_a_person(store: SqliteStore) -> None:
    watch = DriftWatch("line-1")
    before = judged(watch, Claiming(), review=True)
    store.put_alarms([drift("camera-1", raised=True)])
    watch.poll(store)
    for verdict in judged(watch, Claiming(), review=True):
        assert (verdict.decision, verdict.reasons) == (Decision.REVIEW, ("drifted",))
        claims = verdict.thresholds.claims
        assert claims is not None
        assert (claims.withdrawn, claims.escapes.claimed, claims.overkill.claimed) == ("drift", 1.0, 1.0)
        assert claims.escapes.target == 0.02
    store.put_alarms([drift("camera-1", raised=False, at=START + 1)])
    watch.poll(store)
    assert judged(watch, Claiming(), review=True) == before
    assert before[0].thresholds.claims == CLAIMS


def test_without_review_the_decision_stays_and_the_claim_does_not(store: SqliteStore) -> None:
    store.put_alarms([drift("camera-1", raised=True)])
    watch = DriftWatch("line-1")
    watch.poll(store)
    found = judged(watch, Claiming(), review=False)
    assert [one.decision for one in found] == [Decision.GOOD, Decision.FAULTY, Decision.REVIEW]
    assert [one.reasons for one in found] == [(), (), ("unsure",)]
    assert {one.thresholds.claims.withdrawn for one in found if one.thresholds.claims} == {"drift"}


def test_a_version_that_claims_nothing_goes_on_as_before(store: SqliteStore) -> None:
    watch = DriftWatch("line-1")
    before = judged(watch, BrightnessClassifier(), review=True)
    store.put_alarms([drift("camera-1", raised=True)])
    watch.poll(store)
    assert judged(watch, BrightnessClassifier(), review=True) == before


def test_only_drift_of_this_camera_and_line_counts(store: SqliteStore) -> None:
    store.put_alarms(
        [
            drift("camera-2", raised=True),
            drift("camera-1", raised=True, line="line-2"),
            Alarm("line-1", GATE, "camera-1", True, START, "", ""),
        ]
    )
    watch = DriftWatch("line-1")
    watch.poll(store)
    assert (watch.raised("camera-1"), watch.raised("camera-2")) == (False, True)


def test_an_alarm_does_not_keep_itself_raised(store: SqliteStore) -> None:
    """What went to review for drift counts as the decision that it would have been."""
    watch = DriftWatch("line-1")
    before = judged(watch, Claiming(), review=True)
    store.put_alarms([drift("camera-1", raised=True)])
    watch.poll(store)
    after = [as_without_drift(one) for one in judged(watch, Claiming(), review=True)]
    assert [(one.decision, one.reasons) for one in after] == [(one.decision, one.reasons) for one in before]


def test_while_the_store_is_away_it_stays_as_it_was(tmp_path: Path) -> None:
    class Away(SqliteStore):
        asked = 0

        def alarms(self) -> list[Alarm]:
            self.asked += 1
            if self.asked > 1:
                raise StoreUnavailable("away")
            return [drift("camera-1", raised=True)]

    watch, stop, heartbeat = DriftWatch("line-1"), threading.Event(), Heartbeat("drift")
    away = Away(tmp_path / "store.db")
    thread = threading.Thread(target=watch.run, args=(away, stop, heartbeat, 0.01))
    thread.start()
    wait_until(lambda: heartbeat.trouble)
    stop.set()
    thread.join(20)
    away.close()
    assert watch.raised("camera-1")
