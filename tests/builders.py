"""Test data in one line each: say what matters to the test, the rest is filled in.

Everything is deterministic: the same arguments give the same frame, picture and verdict.
"""

import io
import time
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from PIL import Image

from marbleline.domain.decision import Decision
from marbleline.domain.encoded import Encoded
from marbleline.domain.frame import DEFAULT_PRODUCT, Frame, sha256_hex
from marbleline.domain.model import CLASSES, Thresholds
from marbleline.domain.picture import Pixels
from marbleline.domain.quality import Quality
from marbleline.domain.records import CameraReport, CameraState, FrameRecord
from marbleline.domain.slab import SlabVerdict
from marbleline.domain.slab_fold import SlabRules, fold_slab
from marbleline.domain.verdict import Heatmap, ModelRef, Stages, Verdict
from marbleline.domain.wire import Headers
from marbleline.ports import topology
from marbleline.ports.message import Message

START: Final = 1_750_000_000_000_000  # 2025-06-15T15:06:40Z
SECOND: Final = 1_000_000
MODEL: Final = ModelRef("marble", 1, "d" * 64, "litert")
THRESHOLDS: Final = Thresholds(good_upto=0.2, faulty_from=0.8, anomaly_upto=5.0)


class FakeClock:
    """A ``Clock`` that stands still until it is advanced."""

    def __init__(self, at: int = START) -> None:
        self.at = at

    def __call__(self) -> int:
        return self.at

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.at += round(seconds * SECOND)


def wait_until(condition: Callable[[], object], limit_s: float = 20.0, what: str = "the condition") -> None:
    """Ask again and again until it is true; AssertionError after the limit. For eventual promises."""
    give_up_at = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < give_up_at, f"{what} did not come true within {limit_s} s"
        time.sleep(0.01)


def make_frame_id(sequence: int, camera: str = "camera-1", captured_at: int = START) -> str:
    """An id as ``FrameIds`` makes them: it sorts by time of capture, then by sequence."""
    millis, tail = captured_at // 1000 + sequence, int(sha256_hex(f"{camera}/{sequence}".encode())[:12], 16)
    digits = f"{millis:012x}"
    return f"{digits[:8]}-{digits[8:]}-7000-8000-{tail:012x}"


def make_pixels(seed: int = 0, width: int = 64, height: int = 48) -> Pixels:
    """uint8 [height, width, 3], another picture for every seed."""
    cells = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(cells).resize((width, height), Image.Resampling.BICUBIC))


def make_picture(seed: int = 0, width: int = 64, height: int = 48) -> bytes:
    """A small JPEG, another one for every seed."""
    buffer = io.BytesIO()
    Image.fromarray(make_pixels(seed, width, height)).save(buffer, format="JPEG", quality=80)
    return buffer.getvalue()


def make_frame(
    sequence: int = 1,
    camera: str = "camera-1",
    *,
    line: str = "line-1",
    content: bytes = b"",
    captured_at: int | None = None,
    frame_id: str | None = None,
    deadline_ms: int = 2_000,
    slab_id: str | None = None,
    origin: str | None = None,
    station: str | None = None,
    trigger: int | None = None,
    tile: int | None = None,
    tiles: int | None = None,
    encoder: tuple[int, int] | None = None,
    product: str = DEFAULT_PRODUCT,
) -> Frame:
    """A frame; by default one second after the one of the sequence before it."""
    at = START + sequence * SECOND if captured_at is None else captured_at
    return Frame(
        frame_id=frame_id or make_frame_id(sequence, camera, at),
        line=line,
        camera=camera,
        sequence=sequence,
        captured_at=at,
        sha256=sha256_hex(content),
        size=len(content),
        deadline_ms=deadline_ms,
        slab_id=slab_id,
        origin=origin,
        station=station,
        trigger=trigger,
        tile=tile,
        tiles=tiles,
        encoder_start=encoder[0] if encoder else None,
        encoder_end=encoder[1] if encoder else None,
        product=product,
    )


def make_record(sequence: int = 1, camera: str = "camera-1", image: bytes | None = None) -> FrameRecord:
    """A frame with its picture."""
    content = make_picture(sequence) if image is None else image
    return FrameRecord(make_frame(sequence, camera, content=content), content)


def make_encoded(frame: Frame | None = None, seed: int = 0) -> Encoded:
    """An encoded frame of 64x48 pixels."""
    frame = frame or make_frame(content=make_picture(seed))
    return Encoded(
        frame=frame,
        image=make_pixels(seed),
        thumbnail=make_picture(seed, 32, 24),
        width=64,
        height=48,
        media_type="image/jpeg",
        quality=Quality(brightness=128.25, contrast=40.5, sharpness=300.75),
        taken_at=frame.captured_at + 1_000,
        encoded_at=frame.captured_at + 5_000,
    )


def make_verdict(
    sequence: int = 1,
    camera: str = "camera-1",
    *,
    frame: Frame | None = None,
    decision: Decision = Decision.GOOD,
    defect: str | None = None,
    faulty_probability: float | None = None,
    model: ModelRef = MODEL,
    decided_after_ms: int = 20,
    thumbnail: bytes = b"",
    heatmap: Heatmap | None = None,
) -> Verdict:
    """A verdict of ``frame``, or of the frame that ``make_frame(sequence, camera)`` makes."""
    frame = frame or make_frame(sequence, camera)
    if decision is not Decision.GOOD:
        defect = defect or "crack"
    if faulty_probability is None:
        faulty_probability = {Decision.GOOD: 0.05, Decision.REVIEW: 0.5, Decision.FAULTY: 0.95}[decision]
    rest = dict.fromkeys(CLASSES[1:], 0.0)
    scores = {"good": round(1 - faulty_probability, 6), **rest, (defect or "crack"): faulty_probability}
    at = frame.captured_at
    decided_at = at + decided_after_ms * 1_000
    return Verdict(
        frame=frame,
        width=64,
        height=48,
        media_type="image/jpeg",
        quality=Quality(brightness=128.25, contrast=40.5, sharpness=300.75),
        decision=decision,
        defect=defect,
        reasons=("unsure",) if decision is Decision.REVIEW else (),
        scores=scores,
        anomaly=1.5,
        faulty_probability=faulty_probability,
        heatmap=heatmap or Heatmap(rows=2, columns=3, cells=bytes(range(6))),
        model=model,
        thresholds=THRESHOLDS,
        stages=Stages(
            captured_at=at,
            encoder_taken_at=at + 1_000,
            encoded_at=at + 5_000,
            publisher_taken_at=at + 6_000,
            classified_at=decided_at - 100,
            decided_at=decided_at,
        ),
        thumbnail=thumbnail,
    )


def make_tile(
    tile: int,
    tiles: int = 4,
    *,
    slab_id: str = "slab-7",
    station: str | None = None,
    trigger: int | None = 7,
    triggered_at: int = START,
    every_ms: int = 100,
    encoder: tuple[int, int] | None = None,
    deadline_ms: int = 2_000,
    sequence: int | None = None,
    camera: str = "camera-1",
    product: str = DEFAULT_PRODUCT,
    **of_verdict: Any,
) -> Verdict:
    """The verdict of one tile of a slab, good by default; one is captured ``every_ms`` after another."""
    frame = make_frame(
        sequence or tile,
        camera,
        captured_at=triggered_at + (tile - 1) * every_ms * 1_000,
        slab_id=slab_id,
        station=station,
        trigger=trigger,
        tile=tile,
        tiles=tiles,
        encoder=encoder,
        deadline_ms=deadline_ms,
        product=product,
    )
    return make_verdict(frame=frame, **of_verdict)


def make_slab_verdict(
    trigger: int = 7, decision: Decision = Decision.GOOD, *, tiles: int = 4, triggered_at: int | None = None
) -> SlabVerdict:
    """The verdict of a slab whose second tile decides; by default a second after the trigger before."""
    at = START + trigger * SECOND if triggered_at is None else triggered_at
    slab = {"slab_id": f"slab-{trigger}", "trigger": trigger, "triggered_at": at}
    verdicts = [
        make_tile(tile, tiles, **slab, decision=decision if tile == 2 else Decision.GOOD)  # type: ignore[arg-type]
        for tile in range(1, tiles + 1)
    ]
    return fold_slab(verdicts, SlabRules(), at + SECOND)


def make_report(
    camera: str = "camera-1",
    *,
    line: str = "line-1",
    state: CameraState = CameraState.ONLINE,
    reported_at: int = START,
    captured: int = 10,
    skipped: int = 0,
    spooled: int = 0,
    detail: str = "",
) -> CameraReport:
    """A camera's report of itself."""
    return CameraReport(
        line=line,
        camera=camera,
        state=state,
        since=reported_at - SECOND,
        reported_at=reported_at,
        last_frame_at=reported_at if captured else None,
        captured=captured,
        skipped=skipped,
        spooled=spooled,
        spooled_bytes=spooled * 100_000,
        detail=detail,
    )


def frame_message(frame: Frame | None = None, body: bytes = b"picture") -> Message:
    """A captured frame as the camera publishes it."""
    frame = frame or make_frame(content=body)
    return Message(frame.frame_id, topology.frame_key(frame), frame.to_headers(), body)


def encoded_message(encoded: Encoded | None = None) -> Message:
    """An encoded frame as the encoder publishes it."""
    encoded = encoded or make_encoded()
    frame = encoded.frame
    return Message(frame.frame_id, topology.encoded_key(frame), encoded.to_headers(), encoded.to_body())


def verdict_message(verdict: Verdict | None = None) -> Message:
    """A verdict as the publisher publishes it."""
    verdict = verdict or make_verdict()
    frame = verdict.frame
    headers: Headers = {"frame_id": frame.frame_id, "camera": frame.camera, "sequence": frame.sequence}
    return Message(
        frame.frame_id, topology.verdict_key(frame, verdict.decision.value), headers, verdict.to_json()
    )


def report_message(report: CameraReport | None = None) -> Message:
    """A camera's report as the camera publishes it."""
    report = report or make_report()
    key = topology.camera_key(report.line, report.camera)
    return Message(f"{report.camera}-{report.reported_at}", key, report.to_headers(), b"")
