"""A gate station that is switched between products and killed: no slab is judged by another's model."""

import time
from collections.abc import Iterator
from functools import partial
from itertools import cycle, pairwise
from pathlib import Path
from typing import Final

import pytest

from marbleline.adapters.brokers.sqlite import SqliteBroker
from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.domain.model import load_manifest
from marbleline.domain.product import Product
from marbleline.domain.product_switch import ProductChange
from marbleline.domain.verdict import Verdict
from marbleline.operations.products import create_product
from marbleline.pipeline.camera.product import PRODUCT_FILE
from marbleline.pipeline.camera.product_switching import switch_line
from marbleline.ports.verdicts import VerdictQuery
from marbleline.softplc.belt import Belt
from tests.builders import wait_until
from tests.faults.line_under_test import TINY_MODEL
from tests.gate_faults.account import count
from tests.gate_faults.plant import GatePlant

SWITCHES: Final = 20
KILL_EVERY: Final = 4
SLABS_BETWEEN: Final = 5
PRODUCTS: Final = {"limestone": 1, "granite": 2, "onyx": 3}
_AHEAD_S: Final = 8.0
# A starved station answers no trigger in time, and the test goes on once it does.
_LIMIT_S: Final = 300.0


@pytest.fixture
def plant(tmp_path: Path) -> Iterator[GatePlant]:
    """Station and soft PLC, and three products whose models differ in weights."""
    repository = tmp_path / "models"
    for name, version in PRODUCTS.items():
        create_product(repository, Product(name=name), TINY_MODEL / str(version))
    plant = GatePlant(tmp_path, Belt(start=time.monotonic() + _AHEAD_S), model=repository / "limestone")
    yield plant
    plant.close()


def test_a_switch_at_a_running_gate_counts_from_a_known_slab_on(plant: GatePlant) -> None:
    plant.start_line()
    plant.start_plc()
    plant.start_station()
    wait_until(lambda: _slabs(plant) >= SLABS_BETWEEN, _LIMIT_S, "slabs")
    broker = SqliteBroker(plant.data / "broker.db")
    for number, product in zip(range(1, SWITCHES + 1), cycle(("granite", "onyx", "limestone")), strict=False):
        switch = switch_line(broker, "line-1", product, f"switch {number}")
        if number % KILL_EVERY == 0:
            plant.kill("station")
            plant.restart("station")
        wait_until(partial(_follows, plant, switch.switch_id), _LIMIT_S, f"switch {number}\n{plant.logs()}")
        wait_until(partial(_more, plant, _slabs(plant)), _LIMIT_S, f"slabs of {product}\n{plant.logs()}")
    broker.close()
    slabs = plant.belt.passed_gate(time.monotonic())
    plant.kill("station")
    plant.restart("station")
    wait_until(lambda: len(_changes(plant)) == SWITCHES and _all_judged(plant), _LIMIT_S, plant.logs())
    verdicts = sorted(_verdicts(plant), key=lambda one: one.frame.sequence)
    _check_each_model(verdicts)
    _check_where_each_switch_counts(verdicts, _changes(plant))
    account = count(slabs, plant.belt, plant.events(), verdicts)
    assert (account.wrong, account.torn) == ([], [])
    assert account.passed > SWITCHES


def _check_each_model(verdicts: list[Verdict]) -> None:
    digests = {name: load_manifest(TINY_MODEL / str(version)).digest for name, version in PRODUCTS.items()}
    wrong = [one for one in verdicts if one.model.digest != digests[one.frame.product]]
    assert wrong == []
    assert {one.frame.product for one in verdicts} == set(PRODUCTS)


def _check_where_each_switch_counts(verdicts: list[Verdict], changes: list[ProductChange]) -> None:
    starts = [("limestone", 1)]
    starts += [(change.switch.product, change.first_sequence) for change in changes]
    frames = [one.frame for one in verdicts]
    found = [(frames[0].product, frames[0].sequence)]
    found += [(b.product, b.sequence) for a, b in pairwise(frames) if a.product != b.product]
    assert found == starts


def _follows(plant: GatePlant, switch_id: str) -> bool:
    try:
        kept = plant.data / "spool" / "camera" / PRODUCT_FILE
        return switch_id in kept.read_text(encoding="utf-8")
    except FileNotFoundError:
        return False


def _slabs(plant: GatePlant) -> int:
    """Slabs of which the PLC took a result."""
    try:
        return sum(event["event"] == "accepted" for event in plant.events())
    except FileNotFoundError:
        return 0


def _more(plant: GatePlant, before: int) -> bool:
    return _slabs(plant) >= before + SLABS_BETWEEN


def _all_judged(plant: GatePlant) -> bool:
    """Whether each frame but the newest is judged: slabs go by until the end."""
    sequences = {one.frame.sequence for one in _verdicts(plant)}
    return len(sequences) >= max(sequences) - 1


def _verdicts(plant: GatePlant) -> list[Verdict]:
    store = SqliteStore(plant.data / "store.db")
    try:
        return store.search(VerdictQuery(), 10_000)
    finally:
        store.close()


def _changes(plant: GatePlant) -> list[ProductChange]:
    """By the frame from which they count."""
    store = SqliteStore(plant.data / "store.db")
    try:
        return sorted(store.product_changes("line-1", 10_000), key=lambda one: one.first_sequence)
    finally:
        store.close()
