"""The judge of the gate station: per trigger a slab's pictures, its verdict, and the PLC's answer, or none.

What is told is made of pictures that were certainly taken in the trigger's time, judged by the model in this
process, and kept in the spool before the PLC gets to know. Broker, store and model server have no part in it.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from marbleline.domain.clock import Clock, now
from marbleline.domain.encoded import Encoded
from marbleline.domain.frame import Frame
from marbleline.domain.gate import GateDecision, GateReason, GateResult, StationState
from marbleline.domain.input_spec import InputSpec
from marbleline.domain.picture import Limits
from marbleline.domain.quality import QualityGate
from marbleline.domain.slab import SlabTrigger
from marbleline.domain.slab_fold import fold_slab
from marbleline.domain.verdict import Verdict
from marbleline.domain.windows import judge_pictures
from marbleline.errors import ClassifierUnavailable, ModelError, PictureError, SandboxUnavailable
from marbleline.pipeline.camera.product_switching import wait_for_first_poll
from marbleline.pipeline.encoder import encode
from marbleline.pipeline.gate.cameras import Exposure, SlabPart, StationCamera
from marbleline.pipeline.gate.judged_frames import JudgedFrames
from marbleline.pipeline.gate.link import GateLink, PendingResult
from marbleline.pipeline.gate.product import StationProduct
from marbleline.pipeline.gate.result import gate_result
from marbleline.pipeline.gate.trigger_clock import TimedTrigger
from marbleline.pipeline.verdict_builder import build_verdicts
from marbleline.ports.source import CapturedImage
from marbleline.sandbox.decoder import PrepareInput, prepare_here
from marbleline.telemetry.health import Heartbeat
from marbleline.telemetry.metrics import GATE_TRIGGERS

log = logging.getLogger("marbleline.gate")

_WAIT_S: Final = 0.25
# A station that starts asks for the line's product first; a broker that is away holds it up no longer.
_FIRST_POLL_S: Final = 2.0
# The age of a trigger of which nothing is known.
_MOST_AGE_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class StationOptions:
    """``deadline_s`` and ``exposure_s`` count from the earliest that a trigger can have come.

    ``exposure_s``  for all pictures of a slab: less than the time after which the next slab may be in view
    ``pictures``    of each camera per slab
    """

    line: str
    deadline_s: float = 0.2
    exposure_s: float = 0.06
    pictures: int = 1


@dataclass(frozen=True, slots=True)
class Seen:
    """A picture of the slab with its identity, and the record of its camera."""

    camera: StationCamera
    record: JudgedFrames
    image: CapturedImage
    frame: Frame


class Station:
    """``run`` on a thread of its own. ``triggered`` is told of every trigger, for the record."""

    def __init__(
        self,
        options: StationOptions,
        cameras: Sequence[tuple[StationCamera, JudgedFrames]],
        product: StationProduct,
        limits: Limits,
        triggered: Callable[[SlabTrigger], None],
        decode: PrepareInput = prepare_here,
        wall: Clock = now,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._options = options
        self._cameras = cameras
        self._product = product
        self._inspected = product.between_slabs()
        self._limits = limits
        self._triggered = triggered
        self._decode = decode
        self._wall = wall
        self._monotonic = monotonic
        self._disks = {
            camera.name: ThreadPoolExecutor(1, thread_name_prefix=f"spool-{camera.name}")
            for camera, _ in cameras
        }
        # Ids stay apart even if a PLC counts from the beginning again.
        self._started = f"{datetime.fromtimestamp(wall() / 1e6, UTC):%Y%m%d%H%M%S}"
        self._busy_until = float("inf")

    def state(self) -> StationState:
        """Fault if a slab takes longer than any may, for the link's thread."""
        return StationState.FAULT if self._monotonic() > self._busy_until else StationState.RUNNING

    def run(self, link: GateLink, stop: threading.Event, heartbeat: Heartbeat) -> None:
        """Judge what is triggered until ``stop`` is set."""
        try:
            # What is triggered meanwhile is too old then, and rejected.
            wait_for_first_poll(self._product, _FIRST_POLL_S, stop)
            while not stop.is_set():
                self._inspected = self._product.between_slabs()
                trigger = link.next_trigger(_WAIT_S)
                heartbeat.ok()
                if trigger is not None:
                    self.begin()
                    self.inspect(trigger, link.send_result)
                    self.end()
        finally:
            for disk in self._disks.values():
                disk.shutdown()
            for camera, _ in self._cameras:
                camera.source.close()

    def begin(self) -> None:
        """A slab is being inspected from now on."""
        self._busy_until = self._monotonic() + 2 * self._options.deadline_s

    def end(self) -> None:
        """It was inspected."""
        self._busy_until = float("inf")

    def missed(self, sequences: Sequence[int]) -> None:
        """Triggers that nobody will look at go on record as such; for the link's thread."""
        for camera, _ in self._cameras:
            camera.count(len(sequences), missed=True)
        for sequence in sequences:
            self._triggered(self._slab_trigger(TimedTrigger(sequence, 0, 0, 0.0), self._wall()))

    def inspect(self, trigger: TimedTrigger, send: Callable[[PendingResult], None]) -> None:
        """Take, judge and keep the pictures of a slab, and have the PLC told if that can be in time."""
        clock = self._steady_clock()
        age_s = min(self._monotonic() - trigger.after, _MOST_AGE_S)
        slab = self._slab_trigger(trigger, clock() - round(age_s * 1e6))
        if age_s > self._options.exposure_s:
            GATE_TRIGGERS.labels(outcome="too_old").inc()
            log.warning(
                "gate.trigger_too_old",
                extra={"trigger": trigger.sequence, "age_ms": round(age_s * 1000, 1)},
            )
            for camera, _ in self._cameras:
                camera.count(1, missed=True)
            self._triggered(slab)
            return
        seen = self._expose(trigger, slab, clock)
        for camera, _ in self._cameras:
            camera.count(1, missed=not any(one.camera is camera for one in seen))
        self._triggered(slab)
        for one in seen:
            one.record.begin(one.frame.frame_id)
        kept = self._keep(seen)
        verdicts: list[Verdict] = []
        try:
            verdicts, problem = self._judge(seen, clock)
            result = self._decide(verdicts, slab, trigger, clock, problem, kept)
            send(PendingResult(result, trigger.after, trigger.after + self._options.deadline_s))
        finally:
            self._put_on_record(seen, kept, verdicts)

    def _expose(self, trigger: TimedTrigger, slab: SlabTrigger, clock: Clock) -> list[Seen]:
        exposure = Exposure(trigger.after + self._options.exposure_s, clock)
        seen: list[Seen] = []
        for number, (camera, record) in enumerate(self._cameras):
            for picture in range(self._options.pictures):
                image = camera.expose(exposure)
                if image is None or camera.too_large(image):
                    continue
                tile = picture * len(self._cameras) + number + 1
                part = SlabPart(slab.slab_id, slab.trigger, tile, slab.tiles)
                frame = camera.frame_of(image, part, clock, ahead=sum(one.camera is camera for one in seen))
                seen.append(Seen(camera, record, image, frame))
        return seen

    def _keep(self, seen: Sequence[Seen]) -> "list[Future[bool]]":
        """Whether each picture landed in its spool; those of one camera land in order."""
        return [self._disks[one.camera.name].submit(one.camera.keep, one.frame, one.image) for one in seen]

    def _judge(self, seen: Sequence[Seen], clock: Clock) -> tuple[list[Verdict], GateReason]:
        """The verdicts of those that could be judged; a reason if the model could not be asked."""
        classifier = self._inspected.classifier
        if classifier is None:
            log.error("gate.no_model", extra={"product": self._inspected.product})
            return [], GateReason.NOT_JUDGED
        try:
            frames = self._encoded(seen, classifier.manifest.input, clock)
            asked_at = clock()
            answer = judge_pictures(
                classifier.classify,
                [encoded.image for encoded in frames],
                classifier.manifest,
                [encoded.frame.judged_region() for encoded in frames],
            )
        except (ClassifierUnavailable, ModelError) as error:
            log.error("gate.not_judged", extra={"detail": str(error)})  # noqa: TRY400 - the text says it all
            return [], GateReason.NOT_JUDGED
        return build_verdicts(frames, answer, QualityGate(), (asked_at, clock()), clock), GateReason.NONE

    def _encoded(self, seen: Sequence[Seen], spec: InputSpec, clock: Clock) -> list[Encoded]:
        frames: list[Encoded] = []
        for one in seen:
            try:
                frames.append(encode(one.frame, one.image.content, spec, self._limits, clock, self._decode))
            except (PictureError, SandboxUnavailable) as error:
                log.warning("gate.picture", extra={"frame_id": one.frame.frame_id, "detail": str(error)})
        return frames

    def _decide(
        self,
        verdicts: Sequence[Verdict],
        slab: SlabTrigger,
        trigger: TimedTrigger,
        clock: Clock,
        problem: GateReason,
        kept: Sequence[Future[bool]],
    ) -> GateResult:
        rules = replace(self._inspected.rules, deadline_ms=round(self._options.deadline_s * 1000))
        folded = fold_slab(verdicts, rules, clock(), slab)
        result = gate_result(trigger.sequence, folded, rules.recipe)
        if problem is not GateReason.NONE:
            return replace(result, decision=GateDecision.REVIEW, reason=problem)
        # A slab passes only once its pictures are on disk.
        if not all(one.result() for one in kept):
            return replace(result, decision=GateDecision.REVIEW, reason=GateReason.NOT_RECORDED)
        return result

    def _put_on_record(
        self, seen: Sequence[Seen], kept: Sequence[Future[bool]], verdicts: Sequence[Verdict]
    ) -> None:
        found = {verdict.frame.frame_id: verdict for verdict in verdicts}
        for one, landed in zip(seen, kept, strict=True):
            verdict = found.get(one.frame.frame_id) if landed.result() else None
            one.record.end(one.frame.frame_id, verdict, one.camera.held)

    def _slab_trigger(self, trigger: TimedTrigger, at: int) -> SlabTrigger:
        return SlabTrigger(
            line=self._options.line,
            slab_id=f"{self._started}-{trigger.sequence}",
            trigger=trigger.sequence,
            at=at,
            tiles=len(self._cameras) * self._options.pictures,
            encoder=trigger.encoder,
        )

    def _steady_clock(self) -> Clock:
        """Wall time that goes on from now by the monotonic clock."""
        at, monotonic = self._wall(), self._monotonic()
        return lambda: at + round((self._monotonic() - monotonic) * 1e6)
