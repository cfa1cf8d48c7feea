"""The shadow: asked beside the model that judges, heard by the store alone."""

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np

from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.domain.quality import QualityGate
from marbleline.domain.shadow_verdict import ShadowVerdictKind
from marbleline.errors import ClassifierUnavailable
from marbleline.pipeline import shadow as module
from marbleline.pipeline.shadow import BOUND, Shadow
from marbleline.ports.annotations import ShadowVerdictQuery
from marbleline.ports.verdicts import VerdictQuery
from marbleline.telemetry.health import Heartbeat
from tests.builders import FakeClock, make_encoded, make_frame, wait_until
from tests.unit.pipeline.fakes import BrightnessClassifier, EveryProduct


def run(shadow: Shadow, classifier: BrightnessClassifier, path: Path, count: int) -> list[int]:
    """Run the loop until the store has so many shadow verdicts; the sequences, newest first."""
    stop = threading.Event()
    store, reader = SqliteStore(path), SqliteStore(path)
    thread = threading.Thread(
        target=shadow.run, args=(EveryProduct(classifier, "marble"), store, stop, Heartbeat("shadow"))
    )
    thread.start()
    try:
        wait_until(lambda: len(reader.shadow_verdicts(ShadowVerdictQuery(), 100)) >= count)
    finally:
        stop.set()
        thread.join()
    found = reader.shadow_verdicts(ShadowVerdictQuery(), 100)
    assert {one.kind for one in found} == {ShadowVerdictKind.SHADOW}
    assert reader.counts(VerdictQuery()).total == 0
    return [one.verdict.frame.sequence for one in found]


def test_what_is_offered_becomes_a_shadow_verdict_and_no_verdict(tmp_path: Path) -> None:
    shadow = Shadow(QualityGate(), FakeClock())
    shadow.offer([make_encoded(make_frame(number)) for number in (1, 2, 3)])
    assert run(shadow, BrightnessClassifier(), tmp_path / "store.db", 3) == [3, 2, 1]


def test_more_than_it_can_do_leaves_the_oldest_out(tmp_path: Path) -> None:
    shadow = Shadow(QualityGate(), FakeClock())
    shadow.offer([make_encoded(make_frame(number)) for number in range(1, BOUND + 6)])
    assert run(shadow, BrightnessClassifier(), tmp_path / "store.db", BOUND)[-1] == 6


def test_large_inputs_that_wait_are_bounded_by_their_bytes() -> None:
    shadow = Shadow(QualityGate(), FakeClock())
    large = replace(make_encoded(), image=np.zeros((1920, 2560, 3), np.uint8))
    shadow.offer([large] * 8)
    assert len(shadow._frames) == module.MOST_BYTES // large.image.nbytes == 2


def test_a_candidate_that_is_away_costs_its_shadow_verdicts_only(tmp_path: Path, monkeypatch: object) -> None:
    classifier = BrightnessClassifier()
    classifier.trouble.append(ClassifierUnavailable("away"))
    shadow = Shadow(QualityGate(), FakeClock())
    shadow.offer([make_encoded(make_frame(number)) for number in range(1, module.BATCH + 2)])
    assert run(shadow, classifier, tmp_path / "store.db", 1) == [module.BATCH + 1]


def test_a_share_of_the_frames() -> None:
    chances = iter(np.linspace(0, 0.99, 20).tolist())
    shadow = Shadow(QualityGate(), FakeClock(), share=0.25, chance=lambda: next(chances))
    shadow.offer([make_encoded(make_frame(number)) for number in range(1, 21)])
    assert len(shadow._frames) == 5


def test_a_product_without_a_candidate_costs_the_others_nothing(tmp_path: Path) -> None:
    shadow = Shadow(QualityGate(), FakeClock())
    products = ("marble", "granite", "marble")
    frames = [make_frame(number, product=product) for number, product in enumerate(products, 1)]
    shadow.offer([make_encoded(frame) for frame in frames])
    assert run(shadow, BrightnessClassifier(), tmp_path / "store.db", 2) == [3, 1]
