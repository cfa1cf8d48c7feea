"""Shadow: a candidate version judges the same frames, and what it says goes to the store alone.

Nothing of it holds up a verdict: frames wait for it in a short queue in memory, the newest are kept, and
what finds no place, no model or no store is counted as left out.
"""

import logging
import random
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

from marbleline.domain.clock import Clock
from marbleline.domain.encoded import Encoded
from marbleline.domain.opinion import Opinion, OpinionKind
from marbleline.domain.quality import Gate
from marbleline.errors import ModelError, Unavailable
from marbleline.ports.classifier import Classifier
from marbleline.ports.store import Store
from marbleline.telemetry.health import Pulse
from marbleline.telemetry.metrics import SHADOW_FRAMES
from marbleline.workers.ruling import verdicts_on

log = logging.getLogger("marbleline.shadow")

# Frames that wait: at a megabyte each, what a worker can spare.
BOUND: Final = 32
BATCH: Final = 8
_WAIT_S: Final = 0.25
_AWAY_S: Final = 2.0


class Shadow:
    """``offer`` is called by the publisher's loop, ``run`` is a loop of its own."""

    def __init__(
        self, gate: Gate, clock: Clock, share: float = 1.0, chance: Callable[[], float] = random.random
    ) -> None:
        self._gate = gate
        self._clock = clock
        self._share = share
        self._chance = chance
        self._frames: deque[Encoded] = deque(maxlen=BOUND)
        self._came = threading.Event()

    def offer(self, frames: Sequence[Encoded]) -> None:
        """Have these frames judged too, if there is time for it. Returns at once."""
        for encoded in frames:
            if self._chance() < self._share:
                if len(self._frames) == BOUND:
                    SHADOW_FRAMES.labels(outcome="left_out").inc()
                self._frames.append(encoded)
        self._came.set()

    def run(self, classifier: Classifier, store: Store, stop: threading.Event, pulse: Pulse) -> None:
        """Judge what is offered until ``stop`` is set. No trouble of the candidate's makes the worker ill."""
        while not stop.is_set():
            pulse.beat()
            if not self._came.wait(_WAIT_S):
                continue
            self._came.clear()
            while batch := self._batch():
                try:
                    self._judge(batch, classifier, store)
                    outcome = "judged"
                except (Unavailable, ModelError) as error:
                    log.warning("shadow.left_out", extra={"frames": len(batch), "error": str(error)})
                    outcome = "left_out"
                SHADOW_FRAMES.labels(outcome=outcome).inc(len(batch))
                pulse.beat()
                if outcome == "left_out" and stop.wait(_AWAY_S):
                    return

    def _batch(self) -> list[Encoded]:
        taken: list[Encoded] = []
        while self._frames and len(taken) < BATCH:
            taken.append(self._frames.popleft())
        return taken

    def _judge(self, frames: Sequence[Encoded], classifier: Classifier, store: Store) -> None:
        opinions = opinions_on(frames, classifier, self._gate, self._clock, OpinionKind.SHADOW)
        for rejection in store.put_opinions(opinions):
            log.error(
                "shadow.rejected", extra={"opinion_id": rejection.document_id, "reason": rejection.reason}
            )


def opinions_on(
    frames: Sequence[Encoded], classifier: Classifier, gate: Gate, clock: Clock, kind: OpinionKind
) -> list[Opinion]:
    """What a model version says of frames, by its own thresholds.

    The stage times are those of the opinion: how long this version took, after what is known of the frame.
    Raises ClassifierUnavailable, ModelError.
    """
    taken_at = clock()
    answer = classifier.classify([encoded.image for encoded in frames])
    verdicts = verdicts_on(frames, answer, gate, (taken_at, clock()), clock)
    return [Opinion(kind, verdict) for verdict in verdicts]
