"""The account of ``make gate-faults`` sees what it is there to see."""

from marbleline.domain.decision import Decision
from marbleline.domain.gate import GateDecision, GateResult
from marbleline.domain.gate_registers import encode_result
from marbleline.domain.verdict import Verdict
from marbleline.softplc.belt import Belt
from marbleline.softplc.program import Event
from tests.builders import make_frame, make_verdict
from tests.gate_faults.account import Account, count

BELT = Belt(start=0.0, faulty_share=0.5, seed=3)
LABELS = {slab: BELT.label(slab) for slab in range(1, 9)}
GOOD = [slab for slab, label in LABELS.items() if label == "good"]
FAULTY = [slab for slab, label in LABELS.items() if label != "good"]


def passes(slab: int, sequence: int, words: list[int] | None = None) -> Event:
    """The gate opened for a slab."""
    own = encode_result(GateResult(sequence, GateDecision.GOOD)) if words is None else words
    return {
        "event": "gate",
        "slab": slab,
        "sequence": sequence,
        "passed": True,
        "cause": "good",
        "words": own,
    }


def rejects(slab: int, cause: str) -> Event:
    """It did not."""
    return {"event": "gate", "slab": slab, "sequence": None, "passed": False, "cause": cause, "words": []}


def accepts(sequence: int, words: list[int]) -> Event:
    """The PLC took words for a result."""
    return {"event": "accepted", "sequence": sequence, "words": words}


def judged(slab: int, trigger: int, decision: Decision = Decision.GOOD) -> Verdict:
    """The record of a picture."""
    frame = make_frame(trigger, origin=f"belt/{slab}/{LABELS[slab]}", trigger=trigger, tile=1, tiles=1)
    return make_verdict(frame=frame, decision=decision)


def account(events: list[Event], *verdicts: Verdict) -> Account:
    """Of eight slabs."""
    return count(8, BELT, events, verdicts)


def test_slabs_that_pass_and_are_rejected_rightly() -> None:
    slab = GOOD[0]
    found = account([passes(slab, 5), *(rejects(one, "faulty") for one in FAULTY)], judged(slab, 5))

    assert (found.passed, found.faulty_rejected, found.wrong, found.torn) == (1, len(FAULTY), [], [])
    assert found.rejected == {"plc_down": len(GOOD) - 1}
    assert found.line() == f"8 slabs, wrong passes: 0, torn reads: 0, false rejects: {len(GOOD) - 1}"


def test_a_faulty_slab_that_passes() -> None:
    slab = FAULTY[0]

    assert account([passes(slab, 5)], judged(slab, 5)).wrong == [
        f"slab {slab} passed and has a {LABELS[slab]}"
    ]


def test_a_good_slab_that_passes_by_the_picture_of_another() -> None:
    assert len(account([passes(GOOD[0], 5)], judged(GOOD[1], 5)).wrong) == 1


def test_a_good_slab_that_passes_without_a_verdict_on_record() -> None:
    assert len(account([passes(GOOD[0], 5)]).wrong) == 1
    assert len(account([passes(GOOD[0], 5)], judged(GOOD[0], 6)).wrong) == 1


def test_a_good_slab_that_passes_although_its_verdict_is_not_good() -> None:
    assert len(account([passes(GOOD[0], 5)], judged(GOOD[0], 5, Decision.REVIEW)).wrong) == 1


def test_a_slab_that_passes_by_the_words_of_another_trigger() -> None:
    words = encode_result(GateResult(4, GateDecision.GOOD))

    assert len(account([passes(GOOD[0], 5, words)], judged(GOOD[0], 5)).wrong) == 1


def test_a_slab_that_meets_the_gate_twice() -> None:
    assert account([rejects(1, "no_result"), rejects(1, "no_result")]).wrong == ["slab 1 met the gate twice"]


def test_slabs_after_the_last_one_do_not_count() -> None:
    later: list[Event] = [{"event": "trigger", "slab": 9, "sequence": 7}]
    words = encode_result(GateResult(7, GateDecision.GOOD))

    assert len(account([accepts(7, words)]).torn) == 1
    assert account([*later, accepts(7, words)]).torn == []


def test_words_of_two_results_are_a_torn_read() -> None:
    one, other = (
        encode_result(GateResult(5, GateDecision.GOOD)),
        encode_result(GateResult(6, GateDecision.FAULTY)),
    )

    assert account([accepts(5, one)], judged(GOOD[0], 5)).torn == []
    assert len(account([accepts(5, one[:4] + other[4:])], judged(GOOD[0], 5)).torn) == 1
    assert len(account([accepts(6, one)], judged(GOOD[0], 6)).torn) == 1
    assert len(account([accepts(5, one)], judged(GOOD[0], 5, Decision.FAULTY)).torn) == 1
