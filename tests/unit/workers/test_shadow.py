"""The shadow: asked beside the model that judges, heard by the store alone."""

import threading
from pathlib import Path

import numpy as np

from marbleline.adapters.store_sqlite import SqliteStore
from marbleline.domain.opinion import OpinionKind
from marbleline.domain.quality import Gate
from marbleline.errors import ClassifierUnavailable
from marbleline.ports.remarks import OpinionQuery
from marbleline.ports.store import VerdictQuery
from marbleline.telemetry.health import Pulse
from marbleline.workers import shadow as module
from marbleline.workers.shadow import BOUND, Shadow
from tests.builders import FakeClock, make_encoded, make_frame, wait_until
from tests.unit.workers.fakes import BrightnessClassifier


def run(shadow: Shadow, classifier: BrightnessClassifier, path: Path, count: int) -> list[int]:
    """Let the loop work until the store has so many opinions; their frames' sequences, newest first."""
    stop = threading.Event()
    store, reader = SqliteStore(path), SqliteStore(path)
    thread = threading.Thread(target=shadow.run, args=(classifier, store, stop, Pulse("shadow")))
    thread.start()
    try:
        wait_until(lambda: len(reader.opinions(OpinionQuery(), 100)) >= count)
    finally:
        stop.set()
        thread.join()
    found = reader.opinions(OpinionQuery(), 100)
    assert {one.kind for one in found} == {OpinionKind.SHADOW}
    assert reader.counts(VerdictQuery()).total == 0
    return [one.verdict.frame.sequence for one in found]


def test_what_is_offered_becomes_an_opinion_and_no_verdict(tmp_path: Path) -> None:
    shadow = Shadow(Gate(), FakeClock())
    shadow.offer([make_encoded(make_frame(number)) for number in (1, 2, 3)])
    assert run(shadow, BrightnessClassifier(), tmp_path / "store.db", 3) == [3, 2, 1]


def test_more_than_it_can_do_leaves_the_oldest_out(tmp_path: Path) -> None:
    shadow = Shadow(Gate(), FakeClock())
    shadow.offer([make_encoded(make_frame(number)) for number in range(1, BOUND + 6)])
    assert run(shadow, BrightnessClassifier(), tmp_path / "store.db", BOUND)[-1] == 6


def test_a_candidate_that_is_away_costs_its_opinions_only(tmp_path: Path, monkeypatch: object) -> None:
    classifier = BrightnessClassifier()
    classifier.trouble.append(ClassifierUnavailable("away"))
    shadow = Shadow(Gate(), FakeClock())
    shadow.offer([make_encoded(make_frame(number)) for number in range(1, module.BATCH + 2)])
    assert run(shadow, classifier, tmp_path / "store.db", 1) == [module.BATCH + 1]


def test_a_share_of_the_frames() -> None:
    chances = iter(np.linspace(0, 0.99, 20).tolist())
    shadow = Shadow(Gate(), FakeClock(), share=0.25, chance=lambda: next(chances))
    shadow.offer([make_encoded(make_frame(number)) for number in range(1, 21)])
    assert len(shadow._frames) == 5
