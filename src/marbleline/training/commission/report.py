"""What `marbleline product teach` prints: what the line will decide, at which risk, and what would help."""

import math
from collections.abc import Iterator

import numpy as np

from marbleline.training.commission.risk import SideRisk, labels_needed
from marbleline.training.commission.teach import Result
from marbleline.training.evaluate.metrics import Estimate, auroc

_WORST = 5
_WORTH_IT = 0.01


def report(result: Result) -> str:
    """The report, for a terminal."""
    return "\n".join(_lines(result))


def _lines(result: Result) -> Iterator[str]:
    faulty = result.labelled.faulty
    slabs = len(np.unique(result.labelled.groups))
    yield (
        f"Taught with {len(faulty)} answers of {slabs} slabs, {int(faulty.sum())} faulty;"
        f" {result.seconds:.0f} s. On slabs that the model had not seen:"
    )
    yield ""
    one = result.forecast
    yield f"  decided by the line   {_share(one.decided)}  at {one.prevalence:.0%} faulty slabs"
    yield _side("escapes", "faulty slabs judged good", one.escapes, result.escapes)
    yield _side("overkill", "good slabs judged faulty", one.overkill, result.overkill)
    if faulty.any():
        yield f"  told apart (AUROC)    {auroc(result.held_out, faulty):.3f}"
    yield ""
    if not faulty.any():
        yield "No faulty slab was shown, so nothing will be judged good: nothing speaks for what would pass."
    for name, side in (("faulty", result.escapes), ("good", result.overkill)):
        yield from _support(name, side, result.confidence)
    yield from _curve(result)
    yield from _worst(result)
    yield f"Written to {result.folder}"


def _side(name: str, what: str, found: Estimate, side: SideRisk) -> str:
    return (
        f"  {name:<21} {_share(found)}  {what}; claimed: at most {_percent(side.claimed)},"
        f" target {_percent(side.target)}"
    )


def _support(name: str, side: SideRisk, confidence: float) -> Iterator[str]:
    needed = labels_needed(side.target)
    sure = labels_needed(side.target, confidence)
    if side.supported:
        yield (
            f"The {name} answers support the target of {_percent(side.target)} on average; at"
            f" {confidence:.0%} confidence they support {_percent(side.claimed)}"
            f" ({sure} independent ones without a mistake are needed for the target)."
        )
        return
    worth = (
        "" if side.effective == side.labels else f" of few slabs, worth {side.effective:g} independent ones"
    )
    yield (
        f"The {side.labels} {name} answers{worth} can't support the target of {_percent(side.target)}: that"
        f" takes {needed} independent ones, {sure} at {confidence:.0%} confidence. The risk that they do"
        f" support is {_percent(side.expected)} on average, {_percent(side.claimed)} at {confidence:.0%}."
    )


def _curve(result: Result) -> Iterator[str]:
    """What more answers of faulty slabs would do, where they would do anything."""
    if not result.curve or result.curve[-1].decided < result.curve[0].decided + _WORTH_IT:
        return
    now, *later = result.curve
    steps = "; ".join(f"{step.more} more: about {step.decided:.0%}" for step in later)
    yield "If further faulty slabs score as those so far, with answers of more of them the line would decide:"
    yield f"  now {now.decided:.0%}; {steps}"


def _worst(result: Result) -> Iterator[str]:
    """Answers that the model is sure are wrong: its worst errors, or slips of whoever answered."""
    signed = np.where(result.labelled.faulty, -result.held_out, result.held_out)
    order = [int(number) for number in np.argsort(-signed, kind="stable")[:_WORST] if signed[number] > 0]
    if order:
        yield "Most against their answer (look at these again):"
    for number in order:
        answer = result.answers[number]
        yield f"  {answer.label:<8} {_probability(result.held_out[number]):.3f} faulty  {answer.path}"


def _share(found: Estimate) -> str:
    if math.isnan(found.value):
        return f"{'-':>6} {'':<16}"
    return f"{_percent(found.value):>6} {f'({_percent(found.low)} to {_percent(found.high)})':<16}"


def _percent(share: float) -> str:
    return "-" if math.isnan(share) else f"{100 * share:.1f} %"


def _probability(logit: float) -> float:
    return 1.0 / (1.0 + math.exp(-logit))
