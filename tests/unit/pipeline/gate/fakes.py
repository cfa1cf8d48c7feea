"""A monotonic clock, a PLC and a camera that do as a test says."""

from collections.abc import Callable

from marbleline.domain.clock import Clock
from marbleline.domain.frame import Frame
from marbleline.domain.gate import GateResult, PlcMode, PlcStatus, StationState
from marbleline.errors import GateUnavailable, ResultLate
from marbleline.ports.source import CapturedImage


class ManualTime:
    """Seconds of a monotonic clock that stands still until it is moved."""

    def __init__(self, at: float = 1000.0) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at


def status(
    heartbeat: int = 1, sequence: int = 0, acknowledged: int = 0, mode: int = PlcMode.AUTOMATIC
) -> PlcStatus:
    """What a PLC says."""
    return PlcStatus(heartbeat, sequence, sequence * 250, acknowledged, 1, mode)


class ScriptedGate:
    """Says ``status``, notes what it is told. ``trouble``: raised by the next calls, in order."""

    def __init__(self, time: ManualTime) -> None:
        self.time = time
        self.status = status()
        self.told: list[GateResult] = []
        self.beats: list[tuple[int, StationState]] = []
        self.trouble: list[GateUnavailable] = []
        self.offer_trouble: list[GateUnavailable] = []
        self.closed = 0

    def read(self) -> PlcStatus:
        if self.trouble:
            raise self.trouble.pop(0)
        return self.status

    def beat(self, heartbeat: int, state: StationState) -> None:
        self.beats.append((heartbeat, state))

    def offer(self, result: GateResult, until: float) -> None:
        if self.time() >= until:
            raise ResultLate("too late")
        if self.offer_trouble:
            raise self.offer_trouble.pop(0)
        self.told.append(result)

    def close(self) -> None:
        self.closed += 1


class ScriptedCamera:
    """A source that gives ``pictures`` in order. ``before`` runs before each is taken."""

    can_wait = False
    dropped = 0

    def __init__(self, clock: Clock, *pictures: bytes | Exception) -> None:
        self.clock = clock
        self.pictures = list(pictures)
        self.before: Callable[[], None] = lambda: None
        self.age_us = 0
        self.committed_frames: list[Frame] = []
        self.reasons: list[str] = []
        self.closed = False

    def resume(self, last: Frame | None) -> None:
        return None

    def next_image(self, wait_s: float) -> CapturedImage | None:
        self.before()
        if not self.pictures:
            return None
        picture = self.pictures.pop(0)
        if isinstance(picture, Exception):
            raise picture
        return CapturedImage(picture, self.clock() - self.age_us, "scripted")

    def committed(self, captured: CapturedImage, frame: Frame) -> None:
        self.committed_frames.append(frame)

    def rejected(self, captured: CapturedImage, reason: str, detail: str) -> None:
        self.reasons.append(reason)

    def close(self) -> None:
        self.closed = True
