"""Where a taught product's decisions part, and the risk of each, from what was said of slabs held out."""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from marbleline.domain.model import Thresholds
from marbleline.domain.product import RiskTargets
from marbleline.domain.risk_claim import RiskClaim, RiskClaims
from marbleline.training.arrays import Values
from marbleline.training.commission.ask import Why
from marbleline.training.commission.density_ratio import middle_below
from marbleline.training.commission.heads import FittedHeads
from marbleline.training.commission.labelled_slabs import LabelledSlabs
from marbleline.training.commission.line_sample import line_sample
from marbleline.training.commission.risk import SideRisk, side_threshold

METHOD: Final = "conformal risk control on slabs held out; Clopper-Pearson limit of the effective count"
LEAST_GOOD: Final = 5
"""Good pictures of two slabs at least: fewer say nothing of how much good ones differ."""


def enough_good(labelled: LabelledSlabs) -> bool:
    """Whether what is normal can be learnt, and measured on slabs held out."""
    good = ~labelled.faulty
    return int(good.sum()) >= LEAST_GOOD and len(np.unique(labelled.groups[good])) >= 2


def set_thresholds(
    fitted: FittedHeads,
    labelled: LabelledSlabs,
    risk: RiskTargets,
    asked: NDArray[np.str_],
    watched: int | None = None,
) -> tuple[Thresholds, SideRisk, SideRisk]:
    """Thresholds of both decisions, and the risk of escapes and of overkill.

    ``asked`` [n] says why each was asked, "" where it was not the product's choice. The strangest slabs are
    faulty beyond doubt, more so than those of the line: they teach, but the risk of escapes is not
    measured on them. Uncertain ones are harder than those of the line, so they can only make a claim
    more careful. Without a faulty answer nothing is called good: nothing speaks for what would pass.
    ``watched`` slabs are those that questions were chosen from, None if not known; see ``line_sample``.
    """
    logits = fitted.held_out
    faulty, good = labelled.faulty & (asked != Why.STRANGE), ~labelled.faulty
    sample = line_sample(logits, labelled.faulty, asked, watched)
    good_below, escapes = side_threshold(
        logits[faulty], labelled.groups[faulty], logits[good], risk.escapes, risk.confidence, sample=sample
    )
    faulty_above, overkill = side_threshold(
        -logits[good],
        labelled.groups[good],
        -logits[faulty],
        risk.overkill,
        risk.confidence,
        normal=True,
        sample=sample.turned() if sample else None,
    )
    good_upto = _gap(logits, good_below, escapes.supported)
    faulty_from = -_gap(-logits, faulty_above, overkill.supported)
    if good_upto > faulty_from:  # they part cleanly: the middle is safer for both
        good_upto = faulty_from = (good_upto + faulty_from) / 2
    strangest = float(fitted.found[good, 0].max())
    thresholds = Thresholds(
        # Bounds that no probability reaches: nothing is decided on that side.
        good_upto=probability_of(good_upto) if math.isfinite(good_upto) else 0.0,
        faulty_from=probability_of(faulty_from) if math.isfinite(faulty_from) else 1.0,
        anomaly_upto=round(strangest, 4),
        claims=RiskClaims(
            escapes=_claim(escapes), overkill=_claim(overkill), confidence=risk.confidence, method=METHOD
        ),
    )
    return thresholds, escapes, overkill


def _claim(side: SideRisk) -> RiskClaim:
    return RiskClaim(target=side.target, claimed=round(side.claimed, 6), labels=side.labels)


def probability_of(logit: float) -> float:
    """The probability of faulty, as the heads work it out."""
    return 1.0 / (1.0 + math.exp(-min(max(logit, -15.0), 15.0)))


def _gap(logits: Values, limit: float, supported: bool) -> float:
    """The middle between ``limit`` and the next score below it; a limit from few labels stays as it is."""
    return middle_below(logits, limit) if supported and math.isfinite(limit) else limit
