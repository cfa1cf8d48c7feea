"""Which frames are looked at, and against what."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.domain.product_repository import ModelRepository
from marbleline.domain.verdict import ModelRef
from marbleline.training.monitor.drift import reference_of
from marbleline.training.monitor.drift_comparison import HOUR_US, LEAST, compare_recent
from tests.builders import START, make_frame, make_verdict
from tests.models.tiny_model import TINY
from tests.unit.training.monitor.test_drift import REFERENCE, verdicts

NOW = START + 10 * HOUR_US


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(tmp_path / "store.db")
    yield store
    store.close()


def fill(
    store: SqliteStore,
    seed: int,
    count: int,
    until: int,
    anomaly: float = 0.0,
    version: int = 1,
    product: str = "tiny",
) -> None:
    """Frames up to a moment, one every second."""
    made = []
    for number, one in enumerate(verdicts(seed, count)):
        at = until - (count - number) * 1_000_000
        frame = make_frame(until // 1_000_000 + number, captured_at=at, product=product)
        model = ModelRef("marble", version, "d" * 64, "litert")
        again = make_verdict(
            frame=frame, decision=one.decision, faulty_probability=one.faulty_probability, model=model
        )
        made.append(replace(again, quality=one.quality, anomaly=one.anomaly + anomaly))
    store.put_verdicts(made)


def found(store: SqliteStore, model: Path = TINY, *, own: bool = True) -> list[str] | None:
    drift = compare_recent(store, ModelRepository(model), "line-1", "camera-1", NOW - HOUR_US, own=own)
    return None if drift is None else [one.feature for one in drift.found]


def test_the_newest_hundred_show_what_an_hour_would_hide(store: SqliteStore) -> None:
    fill(store, 1, 800, NOW - 2 * HOUR_US)
    fill(store, 2, 1_500, NOW - 100_000_000)
    assert found(store) == []
    fill(store, 3, 100, NOW, anomaly=0.3)
    assert found(store) == ["anomaly"]


def test_too_few_frames_before_leave_the_versions_own_reference(store: SqliteStore, tmp_path: Path) -> None:
    fill(store, 1, LEAST - 1, NOW - 2 * HOUR_US)
    assert found(store) is None
    fill(store, 3, 100, NOW, anomaly=0.3)
    assert found(store) is None
    folder = Path(shutil.copytree(TINY, tmp_path / "tiny"))
    (folder / "1" / "reference.json").write_text(json.dumps(REFERENCE.to_document()))
    assert found(store, folder) == ["anomaly"]


def test_a_new_version_is_not_compared_with_what_another_said(store: SqliteStore) -> None:
    fill(store, 1, 800, NOW - 2 * HOUR_US)
    fill(store, 3, 300, NOW, anomaly=0.3, version=2)
    assert found(store) is None


def test_a_slow_drift_that_became_usual_shows_against_the_version(store: SqliteStore, tmp_path: Path) -> None:
    fill(store, 1, 800, NOW - 2 * HOUR_US, anomaly=0.3)
    fill(store, 3, 300, NOW, anomaly=0.3)
    folder = Path(shutil.copytree(TINY, tmp_path / "tiny"))
    (folder / "1" / "reference.json").write_text(json.dumps(reference_of(verdicts(0, 500)).to_document()))
    assert found(store, folder) == []
    assert found(store, folder, own=False) == ["anomaly"]


def test_another_products_frames_are_no_drift_of_this_one(store: SqliteStore) -> None:
    fill(store, 1, 800, NOW - 2 * HOUR_US)
    fill(store, 2, 500, NOW - 1_000_000_000, anomaly=0.3, product="granite")
    fill(store, 3, 200, NOW)
    assert found(store) == []
    fill(store, 4, 100, NOW + 200_000_000, anomaly=0.3, product="granite")
    assert found(store) is None, "granite has no frames before, and no reference"
