"""Drift: raised soon when it matters, not by chance, with its cause in words."""

from collections.abc import Callable

import numpy as np
import pytest
from msgspec.structs import replace

from marbleline.domain.decision import Decision
from marbleline.domain.quality import Quality
from marbleline.domain.verdict import Verdict
from marbleline.training.monitor.drift import Reference, measure_drift, reference_of
from marbleline.training.monitor.drift_alarm import alarm_of
from tests.builders import START, make_verdict

Change = Callable[[Verdict], Verdict]


def verdicts(seed: int, count: int, change: Change = lambda verdict: verdict) -> list[Verdict]:
    """A line in good health: brightness 130 or so, one in ten to review."""
    rng = np.random.default_rng(seed)
    made = []
    for number in range(count):
        decision = Decision.REVIEW if rng.random() < 0.1 else Decision.GOOD
        quality = Quality(rng.normal(130, 8), rng.gamma(9, 3), rng.gamma(4, 60))
        one = make_verdict(number + 1, decision=decision, faulty_probability=float(rng.beta(1, 12)))
        made.append(change(replace(one, quality=quality, anomaly=float(rng.gamma(6, 0.05)))))
    return made


REFERENCE = reference_of(verdicts(0, 1_000))


@pytest.mark.slow
def test_the_same_line_raises_nothing_in_a_thousand_looks() -> None:
    pool = verdicts(1, 4_000)
    rng = np.random.default_rng(2)
    for _ in range(1_000):
        chosen = [pool[place] for place in rng.choice(len(pool), 100, replace=False)]
        assert measure_drift(chosen, REFERENCE).found == ()


def test_a_reference_comes_back_as_it_was() -> None:
    assert Reference.from_document(REFERENCE.to_document()) == REFERENCE


@pytest.mark.parametrize(
    ("change", "feature", "words"),
    [
        (
            lambda one: replace(one, quality=replace(one.quality, brightness=one.quality.brightness * 0.7)),
            "brightness",
            "30 % darker",
        ),
        (
            lambda one: replace(one, quality=replace(one.quality, sharpness=one.quality.sharpness / 3)),
            "sharpness",
            "less sharp",
        ),
        (lambda one: replace(one, anomaly=one.anomaly + 0.3), "anomaly", "less like the good ones"),
        (
            lambda one: replace(one, decision=Decision.REVIEW) if one.frame.sequence % 2 else one,
            "review",
            "more slabs are sent to review",
        ),
    ],
    ids=["lamp", "lens", "stone", "review"],
)
def test_what_drifts_is_found_in_a_hundred_frames_and_named(change: Change, feature: str, words: str) -> None:
    drift = measure_drift(verdicts(3, 100, change), REFERENCE)
    assert [one.feature for one in drift.found] == [feature]
    alarm = alarm_of("line-1", "camera-1", drift, START)
    assert alarm.raised
    assert words.replace(" %", "%") in alarm.cause.replace(" %", "%")
    assert alarm.remedy


def test_a_few_frames_and_a_thousand_slightly_other_ones_say_nothing() -> None:
    def darker(one: Verdict) -> Verdict:
        return replace(one, quality=replace(one.quality, brightness=one.quality.brightness - 1))

    assert measure_drift(verdicts(4, 20, lambda one: replace(one, anomaly=9.0)), REFERENCE).shifts == ()
    drift = measure_drift(verdicts(5, 1_000, darker), REFERENCE)
    assert drift.found == ()
    assert not alarm_of("line-1", "camera-1", drift, START).raised
