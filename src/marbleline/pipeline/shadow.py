"""Shadow: a candidate version judges the same frames, and what it says goes to the store alone.

Nothing of it holds up a verdict: frames wait for it in a short queue in memory, the newest are kept, and
what finds no place, no model or no store is counted as left out.
"""

import logging
import random
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

from marbleline.domain.clock import Clock
from marbleline.domain.encoded import Encoded
from marbleline.domain.quality import QualityGate
from marbleline.domain.shadow_verdict import ShadowVerdict, ShadowVerdictKind
from marbleline.domain.windows import judge_pictures
from marbleline.errors import ModelError, Unavailable, UnknownProduct
from marbleline.pipeline.verdict_builder import build_verdicts, by_product
from marbleline.ports.annotations import ShadowVerdicts
from marbleline.ports.classifier import Classifier, ProductClassifiers
from marbleline.telemetry.health import Heartbeat
from marbleline.telemetry.metrics import SHADOW_FRAMES

log = logging.getLogger("marbleline.shadow")

# Frames that wait, and their bytes, of which only inputs that are judged in windows have many.
BOUND: Final = 32
MOST_BYTES: Final = 32_000_000
BATCH: Final = 8
_WAIT_S: Final = 0.25
_AWAY_S: Final = 2.0


class Shadow:
    """``offer`` is called by the publisher's loop, ``run`` is a loop of its own."""

    def __init__(
        self, gate: QualityGate, clock: Clock, share: float = 1.0, chance: Callable[[], float] = random.random
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
                    SHADOW_FRAMES.labels(outcome="skipped").inc()
                self._frames.append(encoded)
        self._drop_beyond_bytes()
        self._came.set()

    def run(
        self,
        classifiers: ProductClassifiers,
        store: ShadowVerdicts,
        stop: threading.Event,
        heartbeat: Heartbeat,
    ) -> None:
        """Judge what is offered until ``stop`` is set. No trouble of a candidate's makes the worker ill.

        Products without a candidate are left out.
        """
        while not stop.is_set():
            heartbeat.ok()
            if not self._came.wait(_WAIT_S):
                continue
            self._came.clear()
            while batch := self._batch():
                judged = self._judge(batch, classifiers, store)
                SHADOW_FRAMES.labels(outcome="judged").inc(judged)
                SHADOW_FRAMES.labels(outcome="skipped").inc(len(batch) - judged)
                heartbeat.ok()
                if not judged and stop.wait(_AWAY_S):
                    return

    def _drop_beyond_bytes(self) -> None:
        """The oldest go until what waits fits; the newest one always waits."""
        while sum(one.image.nbytes for one in tuple(self._frames)) > MOST_BYTES and len(self._frames) > 1:
            with suppress(IndexError):  # the other thread took it
                self._frames.popleft()
                SHADOW_FRAMES.labels(outcome="skipped").inc()

    def _batch(self) -> list[Encoded]:
        batch: list[Encoded] = []
        while self._frames and len(batch) < BATCH:
            batch.append(self._frames.popleft())
        return batch

    def _judge(
        self, frames: Sequence[Encoded], classifiers: ProductClassifiers, store: ShadowVerdicts
    ) -> int:
        """How many of the frames were judged and are on record."""
        judged = 0
        for product, places in by_product(dict(enumerate(frames))).items():
            batch = [frames[place] for place in places]
            try:
                shadow_verdicts = shadow_verdicts_on(
                    batch, classifiers.of(product), self._gate, self._clock, ShadowVerdictKind.SHADOW
                )
                rejections = store.put_shadow_verdicts(shadow_verdicts)
            except (Unavailable, ModelError, UnknownProduct) as error:
                extra = {"product": product, "frames": len(batch), "error": str(error)}
                log.warning("shadow.skipped", extra=extra)
                continue
            judged += len(batch)
            for rejection in rejections:
                log.error(
                    "shadow.rejected",
                    extra={"shadow_verdict_id": rejection.document_id, "reason": rejection.reason},
                )
        return judged


def shadow_verdicts_on(
    frames: Sequence[Encoded],
    classifier: Classifier,
    gate: QualityGate,
    clock: Clock,
    kind: ShadowVerdictKind,
) -> list[ShadowVerdict]:
    """What a model version says of frames, by its own thresholds.

    The stage times are those of the shadow verdict: how long this version took.
    Raises ClassifierUnavailable, ModelError.
    """
    taken_at = clock()
    answer = judge_pictures(
        classifier.classify,
        [encoded.image for encoded in frames],
        classifier.manifest,
        [encoded.frame.judged_region() for encoded in frames],
    )
    verdicts = build_verdicts(frames, answer, gate, (taken_at, clock()), clock)
    return [ShadowVerdict(kind, verdict) for verdict in verdicts]
