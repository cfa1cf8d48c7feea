"""Learns a candidate version of a product from the labels given to its slabs. Needs LiteRT, no TensorFlow."""

import math
import os
from pathlib import Path
from typing import Final

import numpy as np

from marbleline.domain.clock import Clock, Time, now
from marbleline.domain.model import ManifestCheck, load_manifest, versions_in
from marbleline.domain.product_log import ProductAction, ProductLogEntry, append_log
from marbleline.domain.product_repository import read_product
from marbleline.domain.version_labels import (
    CANDIDATE,
    STABLE,
    move_label,
    read_labels,
    stable_version,
)
from marbleline.errors import MarblelineError, SettingError
from marbleline.folder_lock import lock_folder
from marbleline.ports.verdicts import VerdictQuery
from marbleline.training.commission.teach import Result, teach
from marbleline.training.data.gather import LabelledStore
from marbleline.training.evaluate.metrics import Estimate
from marbleline.training.guided.job import JobState, LearningJob, write_job
from marbleline.training.guided.labelled_slabs import LabelledPictures, write_pictures
from marbleline.training.guided.outcome import (
    Outcome,
    ScoredLabel,
    ShareEstimate,
    side_of,
    write_outcome,
)
from marbleline.training.progress import OnProgress

_FAILURES: Final = (MarblelineError, OSError, MemoryError)


def learn_as_job(
    store: LabelledStore,
    line: str,
    product: Path,
    work: Path,
    by: str,
    on_progress: OnProgress = lambda _: None,
    clock: Clock = now,
    check: ManifestCheck | None = None,
) -> Outcome:
    """As ``learn``, with its state in ``work``, where only one job at a time may run.

    Raises DataFolderBusy if another job of the product runs, and what ``learn`` raises.
    """
    work.mkdir(parents=True, exist_ok=True)
    lock = lock_folder(work, f"learning product {product.name}", "wait for it")
    started_at = Time(clock())

    def write(state: JobState, step: str = "", version: int | None = None, error: str = "") -> None:
        job = LearningJob(
            product=product.name,
            by=by,
            started_at=started_at,
            state=state,
            process=os.getpid(),
            step=step,
            version=version,
            error=error,
        )
        write_job(work, job)

    def progressed(step: str) -> None:
        on_progress(step)
        write(JobState.RUNNING, step)

    try:
        write(JobState.RUNNING)
        outcome = learn(store, line, product, work, by, progressed, clock, check)
        write(JobState.DONE, version=outcome.version)
    except _FAILURES as error:
        write(JobState.FAILED, error=str(error))
        raise
    finally:
        os.close(lock)
    return outcome


def learn(
    store: LabelledStore,
    line: str,
    product: Path,
    work: Path,
    by: str,
    on_progress: OnProgress = lambda _: None,
    clock: Clock = now,
    check: ManifestCheck | None = None,
) -> Outcome:
    """Learn the next version of the product of a folder from the labels of its slabs, as its candidate.

    The version that judges stays the stable one until the candidate is promoted. ``work`` keeps the pictures
    and what the backbone saw of them for the next time. ``check`` as for ``load_manifest``.

    Raises SettingError if the labels can't teach, or the product has no version to start from; ModelError,
    PictureError, StoreUnavailable, OSError.
    """
    there = versions_in(product)
    if not there:
        raise SettingError(
            f"product {product.name}: has no version to start from; make it with"
            f" `marbleline product create {product.name} --from PRODUCT`"
        )
    base = stable_version(product)
    version = max(there) + 1
    on_progress("reading labels and pictures")
    labelled = write_pictures(store, line, product.name, work / "pictures")
    if STABLE not in read_labels(product):
        # Without the label the newest version judges: that would be the one that is learnt now.
        move_label(product, STABLE, int(base.name))
    manifest = load_manifest(base, check)
    watched = max(store.counts(VerdictQuery(line=line, product=product.name)).total, len(labelled.answers))
    result = teach(
        read_product(product),
        base,
        labelled.answers,
        product / str(version),
        cache=work / "cache",
        on_progress=on_progress,
        watched=watched,
    )
    outcome = _outcome(result, product.name, manifest.version, labelled, by, clock(), watched)
    write_outcome(product / str(version), outcome)
    move_label(product, CANDIDATE, version)
    append_log(
        product, ProductLogEntry(at=Time(clock()), by=by, action=ProductAction.LEARNT, version=version)
    )
    return outcome


def _outcome(
    result: Result, product: str, base: int, labelled: LabelledPictures, by: str, at: int, watched: int
) -> Outcome:
    faulty = result.labelled.faulty
    return Outcome(
        product=product,
        version=int(result.folder.name),
        base=base,
        by=by,
        at=Time(at),
        seconds=round(result.seconds, 1),
        labels=len(faulty),
        faulty=int(faulty.sum()),
        slabs=len(np.unique(result.labelled.groups)),
        disputed=labelled.disputed,
        without_picture=labelled.without_picture,
        prevalence=result.forecast.prevalence,
        confidence=result.confidence,
        decided=_interval(result.forecast.decided),
        escapes=_interval(result.forecast.escapes),
        overkill=_interval(result.forecast.overkill),
        escapes_side=side_of(result.escapes, result.confidence),
        overkill_side=side_of(result.overkill, result.confidence),
        scored=tuple(
            ScoredLabel(frame_id, answer.meaning, answer.group, answer.asked, round(float(logit), 6))
            for frame_id, answer, logit in zip(
                labelled.frame_ids, result.answers, result.held_out, strict=True
            )
        ),
        watched=watched,
    )


def _interval(estimate: Estimate) -> ShareEstimate:
    shares = (estimate.value, estimate.low, estimate.high)
    return ShareEstimate(*(None if math.isnan(one) else one for one in shares))
