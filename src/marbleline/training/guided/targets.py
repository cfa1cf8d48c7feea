"""Thresholds of a learnt version for other risk targets, from its logits on slabs held out."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from msgspec.structs import replace

from marbleline.domain.clock import Time
from marbleline.domain.model import Manifest, Thresholds, load_manifest, read_file
from marbleline.domain.product import Product, RiskTargets, ThresholdCalibration
from marbleline.domain.product_heads import COMPONENTS, HEADS_FILE, from_bytes
from marbleline.domain.product_log import ProductAction, ProductLogEntry, append_log
from marbleline.domain.product_repository import read_product, write_product
from marbleline.domain.version_labels import stable_version
from marbleline.training.commission.heads import FittedHeads
from marbleline.training.commission.labelled_slabs import LabelledSlabs
from marbleline.training.commission.thresholds import set_thresholds
from marbleline.training.guided.outcome import Outcome, Side, read_outcome, side_of


@dataclass(frozen=True, slots=True)
class TargetedThresholds:
    """Thresholds for the version with this manifest, and what the labels support of the targets."""

    manifest: Manifest
    thresholds: Thresholds
    escapes: Side
    overkill: Side


def thresholds_for(product: Path, risk: RiskTargets) -> TargetedThresholds | None:
    """Thresholds of the version that judges, for other targets; None if it was not learnt from labels.

    The same as learning it again with these targets would give. Raises ModelError.
    """
    version = stable_version(product)
    outcome = read_outcome(version)
    if outcome is None:
        return None
    manifest = load_manifest(version)
    fitted, labelled = _as_fitted(version, manifest, outcome)
    asked = np.array([one.asked for one in outcome.scored])
    thresholds, escapes, overkill = set_thresholds(fitted, labelled, risk, asked, outcome.watched)
    # The anomaly of the strangest good slab does not depend on the targets.
    thresholds = replace(thresholds, anomaly_upto=manifest.thresholds.anomaly_upto)
    return TargetedThresholds(
        manifest, thresholds, side_of(escapes, risk.confidence), side_of(overkill, risk.confidence)
    )


def set_targets(product: Path, risk: RiskTargets, by: str, now: int) -> Product:
    """Keep a product's risk targets; the version that judges has the thresholds for them from then on.

    Publishers follow within seconds. A version that was not learnt from labels keeps its thresholds: the
    targets count when the next one is learnt. Raises ModelError.
    """
    found = thresholds_for(product, risk)
    made = replace(read_product(product), risk=risk)
    if found is not None:
        made = replace(
            made, calibration=ThresholdCalibration(digest=found.manifest.digest, thresholds=found.thresholds)
        )
    write_product(product, made)
    append_log(
        product,
        ProductLogEntry(
            at=Time(now),
            by=by,
            action=ProductAction.TARGETS,
            escapes=risk.escapes,
            overkill=risk.overkill,
        ),
    )
    return made


def _as_fitted(version: Path, manifest: Manifest, outcome: Outcome) -> tuple[FittedHeads, LabelledSlabs]:
    """What ``set_thresholds`` reads, without the pictures."""
    heads = from_bytes(read_file(version, manifest, HEADS_FILE), str(version / HEADS_FILE))
    truths = np.array([one.truth for one in outcome.scored])
    found = np.full((len(truths), len(COMPONENTS)), manifest.thresholds.anomaly_upto, np.float32)
    labelled = LabelledSlabs(
        heads.project, (), truths != "good", np.array([one.group for one in outcome.scored]), truths
    )
    return FittedHeads(heads, found, np.array([one.logit for one in outcome.scored])), labelled
