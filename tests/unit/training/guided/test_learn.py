"""A version is learnt from labels in a store, as a candidate; its state and its outcome are on record."""

import io
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.domain.clock import Time
from marbleline.domain.label import new_label
from marbleline.domain.model import load_manifest
from marbleline.domain.product import Product, RiskTargets
from marbleline.domain.product_log import read_log
from marbleline.domain.product_repository import read_product
from marbleline.domain.records import FrameRecord
from marbleline.domain.version_labels import read_labels, stable_version
from marbleline.errors import DataFolderBusy, SettingError
from marbleline.folder_lock import lock_folder
from marbleline.operations.products import create_product
from marbleline.synthetic import draw
from marbleline.training.guided.activate import activate
from marbleline.training.guided.job import JobState, LearningJob, read_job, write_job
from marbleline.training.guided.learn import learn_as_job
from marbleline.training.guided.outcome import read_outcome
from marbleline.training.guided.targets import set_targets, thresholds_for
from tests.builders import START, FakeClock, make_frame, make_verdict

pytestmark = pytest.mark.slow

SHIPPED = Path(__file__).resolve().parents[4] / "model_repo" / "marble"
LABELS = ("good", "crack", "good", "joint")
COUNT = 24


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteStore]:
    made = SqliteStore(tmp_path_factory.mktemp("line") / "store.db")
    for number in range(COUNT):
        picture = io.BytesIO()
        slab = draw(1000 + number, size=(240, 240), stone="carrara", label=LABELS[number % 4])
        Image.fromarray(slab.rgb).save(picture, format="PNG")
        content = picture.getvalue()
        frame = make_frame(number + 1, content=content, product="carrara", slab_id=f"S-{number}")
        verdict = make_verdict(frame=frame)
        made.put_frames([FrameRecord(frame, content)])
        made.put_verdicts([verdict])
        made.put_labels([new_label(verdict, LABELS[number % 4], "anna", START + number, asked="random")])
        if number == 0:
            made.put_labels([new_label(verdict, "dot", "bert", START + 99)])
    yield made
    made.close()


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory, store: SqliteStore) -> Path:
    """Learnt, not activated."""
    root = tmp_path_factory.mktemp("models")
    folder = create_product(root, Product(name="carrara"), SHIPPED)
    learn_as_job(store, "line-1", folder, root.parent / "work", "eva", clock=FakeClock())
    return folder


def test_it_is_a_candidate_and_what_judged_still_judges(product: Path) -> None:
    assert read_labels(product) == {"stable": 1, "candidate": 2}
    assert stable_version(product).name == "1"


def test_its_outcome_says_what_it_rests_on(product: Path) -> None:
    outcome = read_outcome(product / "2")
    assert outcome is not None
    assert (outcome.product, outcome.version, outcome.base, outcome.by) == ("carrara", 2, 1, "eva")
    assert (outcome.labels, outcome.faulty, outcome.disputed) == (COUNT - 1, COUNT // 2, 1)
    assert {one.asked for one in outcome.scored} == {"random"}
    assert outcome.watched == COUNT
    assert outcome.escapes_side.labels == COUNT // 2
    assert not outcome.escapes_side.supported
    assert outcome.prevalence == pytest.approx(outcome.faulty / outcome.labels)


def test_the_job_and_the_log_say_who_and_how_it_ended(product: Path) -> None:
    job = read_job(product.parent.parent / "work")
    assert job is not None
    assert (job.state, job.by, job.version) == (JobState.DONE, "eva", 2)
    assert [(one.by, one.action, one.version) for one in read_log(product)] == [("eva", "learnt", 2)]


def test_the_same_targets_give_the_thresholds_that_it_was_learnt_with(product: Path, tmp_path: Path) -> None:
    folder = _active_copy(product, tmp_path)
    found = thresholds_for(folder, RiskTargets())
    assert found is not None
    learnt = load_manifest(folder / "2").thresholds
    assert found.thresholds.good_upto == pytest.approx(learnt.good_upto, abs=1e-5)
    assert found.thresholds.faulty_from == pytest.approx(learnt.faulty_from, abs=1e-5)
    assert found.thresholds.anomaly_upto == learnt.anomaly_upto


def test_other_targets_count_for_the_version_that_judges(product: Path, tmp_path: Path) -> None:
    folder = _active_copy(product, tmp_path)
    set_targets(folder, RiskTargets(escapes=0.2, overkill=0.2), "eva", START)
    manifest = load_manifest(folder / "2")
    counts = read_product(folder).calibrated(manifest).thresholds
    assert counts != manifest.thresholds
    assert counts.claims is not None
    assert counts.claims.escapes.target == 0.2


def test_a_second_job_of_the_product_is_refused(store: SqliteStore, product: Path, tmp_path: Path) -> None:
    lock = lock_folder(tmp_path, "a job", "wait")
    with pytest.raises(DataFolderBusy):
        learn_as_job(store, "line-1", product, tmp_path, "eva")
    os.close(lock)


def test_too_few_labels_fail_the_job_and_change_nothing(store: SqliteStore, tmp_path: Path) -> None:
    folder = create_product(tmp_path / "models", Product(name="basalt"), SHIPPED)
    with pytest.raises(SettingError, match="teaching needs 5"):
        learn_as_job(store, "line-1", folder, tmp_path / "work", "eva")
    job = read_job(tmp_path / "work")
    assert job is not None
    assert job.state is JobState.FAILED
    assert "teaching needs 5" in job.error
    assert stable_version(folder).name == "1"
    assert read_log(folder) == []


def test_a_job_whose_process_is_gone_has_died(tmp_path: Path) -> None:
    job = LearningJob(
        product="p", by="eva", started_at=Time(START), state=JobState.RUNNING, process=2**22 + 1
    )
    write_job(tmp_path, job)
    found = read_job(tmp_path)
    assert found is not None
    assert found.state is JobState.DIED


def _active_copy(product: Path, tmp_path: Path) -> Path:
    folder = shutil.copytree(product, tmp_path / product.name)
    activate(folder, 2, "eva", START)
    return folder
