"""The hours before a stage's play: verdicts without pictures, on the record, for the shift page."""

import random
from typing import Final

from marbleline.domain.clock import now
from marbleline.domain.decision import Decision
from marbleline.domain.verdict import Verdict
from tests.builders import make_frame, make_verdict
from tests.console.stage import Stage

EVERY_US: Final = 75_000_000
HOURS: Final = 16


def play_past(stage: Stage) -> None:
    """Sixteen hours of two cameras, until five minutes ago."""
    chance = random.Random(7)
    end = now() - 300_000_000
    count = HOURS * 3_600_000_000 // EVERY_US
    verdicts = [_judged(stage, chance, end - (count - number) * EVERY_US) for number in range(count)]
    stage.store.put_verdicts(verdicts)


def _judged(stage: Stage, chance: random.Random, at: int) -> Verdict:
    camera = chance.choice(("camera-1", "camera-2"))
    stage.sequences[camera] = sequence = stage.sequences.get(camera, 0) + 1
    frame = make_frame(sequence, camera, line=stage.line, captured_at=at, slab_id=f"A-{sequence:04}")
    kinds = (
        (Decision.GOOD, None),
        (Decision.FAULTY, "crack"),
        (Decision.FAULTY, "dot"),
        (Decision.FAULTY, "joint"),
    )
    decision, defect = chance.choices(kinds, (84, 7, 5, 2))[0]
    took = round(chance.lognormvariate(4.3, 0.35))
    return make_verdict(frame=frame, decision=decision, defect=defect, decided_after_ms=took)
