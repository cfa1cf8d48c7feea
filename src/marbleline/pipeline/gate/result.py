"""From a slab's verdict to the words that the PLC gets."""

from typing import Final

from marbleline.domain.decision import Decision
from marbleline.domain.gate import GateDecision, GateReason, GateResult, gate_decision
from marbleline.domain.grading import GradingRecipe
from marbleline.domain.model import CLASSES
from marbleline.domain.slab import (
    BELOW_LOWEST_GRADE,
    CONTRADICTION,
    ENCODER_GAP,
    LATE,
    LATE_TILE,
    MISSING_TILE,
    REPEATED_TILE,
    SlabVerdict,
)

# The first that holds is told.
_REASONS: Final = (
    (frozenset({LATE, LATE_TILE}), GateReason.LATE),
    (frozenset({MISSING_TILE, REPEATED_TILE, CONTRADICTION, ENCODER_GAP}), GateReason.FRAME_MISSING),
    (frozenset({BELOW_LOWEST_GRADE}), GateReason.DEFECT),
    (frozenset({"dark", "bright", "flat", "blurred"}), GateReason.QUALITY),
)


def gate_result(sequence: int, slab: SlabVerdict, recipe: GradingRecipe | None) -> GateResult:
    """What the PLC is told of a slab; a verdict that is late is never good."""
    decision = gate_decision(slab.decision)
    if slab.late and decision is GateDecision.GOOD:
        decision = GateDecision.REVIEW
    return GateResult(
        sequence=sequence,
        decision=decision,
        defect=CLASSES.index(slab.defect) if slab.defect in CLASSES else 0,
        grade=_place(slab.grade, recipe),
        reason=_reason(slab),
        frames_seen=slab.frames_seen,
        frames_expected=slab.frames_expected,
    )


def _reason(slab: SlabVerdict) -> GateReason:
    if slab.decision is Decision.GOOD:
        return GateReason.LATE if slab.late else GateReason.NONE
    if slab.decision is Decision.FAULTY and slab.defect is not None:
        return GateReason.DEFECT
    reasons = set(slab.reasons)
    return next((told for about, told in _REASONS if about & reasons), GateReason.UNSURE)


def _place(grade: str | None, recipe: GradingRecipe | None) -> int:
    names = [limits.grade for limits in recipe.grades] if recipe else []
    return names.index(grade) + 1 if grade in names else 0
