"""From a slab's verdict to what the PLC is told."""

import msgspec
import pytest

from marbleline.domain.decision import Decision
from marbleline.domain.gate import GateDecision, GateReason
from marbleline.domain.grading import GradeLimits, GradingRecipe
from marbleline.domain.slab import SlabTrigger, SlabVerdict
from marbleline.domain.slab_fold import SlabRules, fold_slab
from marbleline.pipeline.gate.result import gate_result
from tests.builders import START

RECIPE = GradingRecipe(name="r", grades=(GradeLimits(grade="first"), GradeLimits(grade="second")))


def slab(decision: Decision, *reasons: str, **changes: object) -> SlabVerdict:
    """A slab verdict in time."""
    trigger = SlabTrigger(line="line-1", slab_id="s", trigger=9, at=START, tiles=2)
    empty = fold_slab([], SlabRules(), START, trigger)
    fields = {"decision": decision, "reasons": reasons, "defect": None, **changes}
    return msgspec.structs.replace(empty, **fields)


@pytest.mark.parametrize(
    ("verdict", "decision", "reason"),
    [
        (slab(Decision.GOOD), GateDecision.GOOD, GateReason.NONE),
        (slab(Decision.FAULTY, defect="dot"), GateDecision.FAULTY, GateReason.DEFECT),
        (slab(Decision.REVIEW, "unsure"), GateDecision.REVIEW, GateReason.UNSURE),
        (slab(Decision.REVIEW, "dark", "unsure"), GateDecision.REVIEW, GateReason.QUALITY),
        (slab(Decision.REVIEW, "missing_tile"), GateDecision.REVIEW, GateReason.FRAME_MISSING),
        (slab(Decision.FAULTY, "missing_tile"), GateDecision.FAULTY, GateReason.FRAME_MISSING),
        (slab(Decision.REVIEW, "missing_tile", "late"), GateDecision.REVIEW, GateReason.LATE),
        (slab(Decision.REVIEW, "below_lowest_grade"), GateDecision.REVIEW, GateReason.DEFECT),
        (slab(Decision.GOOD, decided_at=START + 10**9), GateDecision.REVIEW, GateReason.LATE),
    ],
)
def test_decision_and_reason(verdict: SlabVerdict, decision: GateDecision, reason: GateReason) -> None:
    result = gate_result(9, verdict, None)

    assert (result.sequence, result.decision, result.reason) == (9, decision, reason)


def test_a_defect_is_its_place_in_the_models_classes() -> None:
    codes = [
        gate_result(9, slab(Decision.FAULTY, defect=name), None).defect for name in ("crack", "dot", "joint")
    ]

    assert codes == [1, 2, 3]


def test_a_grade_is_its_place_in_the_recipe() -> None:
    graded = slab(Decision.GOOD, grade="second")

    assert gate_result(9, graded, RECIPE).grade == 2
    assert gate_result(9, graded, None).grade == 0
    assert gate_result(9, slab(Decision.GOOD), RECIPE).grade == 0


def test_how_many_frames_were_seen_of_how_many() -> None:
    result = gate_result(9, slab(Decision.REVIEW, "missing_tile"), None)

    assert (result.frames_seen, result.frames_expected) == (0, 2)
