"""A line that is played to the console: synthetic slabs, verdicts as a publisher would give them.

No model and no workers: what the console shows is decided here, so tests and screenshots are the same
every time.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import numpy as np
from PIL import Image

from marbleline.domain.clock import now
from marbleline.domain.decision import Decision
from marbleline.domain.frame import FrameIds
from marbleline.domain.records import CameraState, FrameRecord
from marbleline.domain.verdict import Heatmap, Verdict
from marbleline.synthetic import LABELS, Slab, draw
from tests.builders import make_frame, make_report, make_verdict, report_message, verdict_message
from tests.console.backing import backing

STRIDE = 16


def jpeg(slab: Slab, size: tuple[int, int]) -> bytes:
    """The slab as a JPEG of this (width, height)."""
    buffer = io.BytesIO()
    Image.fromarray(slab.rgb).resize(size, Image.Resampling.BILINEAR).save(buffer, format="JPEG", quality=80)
    return buffer.getvalue()


def heat_of(slab: Slab, seed: int, strength: float = 0.97) -> Heatmap:
    """What a good model would see: hot on the defect, a faint unrest elsewhere."""
    height, width = slab.mask.shape
    rows, columns = height // (2 * STRIDE), width // (2 * STRIDE)
    cells = np.random.default_rng(seed).uniform(0.0, 0.12, (rows, columns))
    blocks = slab.mask[: rows * 2 * STRIDE, : columns * 2 * STRIDE]
    blocks = blocks.reshape(rows, 2 * STRIDE, columns, 2 * STRIDE).mean(axis=(1, 3))
    cells = np.maximum(cells, np.clip(blocks * 12, 0, 1) * strength)
    return Heatmap(rows, columns, np.rint(cells * 255).astype(np.uint8).tobytes())


@dataclass
class Stage:
    """Plays cameras and a publisher on the broker and store of a line's folder."""

    data: Path
    line: str = "line-1"
    ids: FrameIds = field(default_factory=lambda: FrameIds(now))
    sequences: dict[str, int] = field(default_factory=dict)
    judged: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.data.mkdir(parents=True, exist_ok=True)
        self.broker = backing(self.data).open_broker()
        self.store = backing(self.data).open_store()

    def capture(
        self,
        camera: str = "camera-1",
        *,
        seed: int = 0,
        label: str | None = None,
        slab_id: str | None = None,
        decision: Decision | None = None,
        latency_ms: int = 84,
        captured_at: int | None = None,
    ) -> tuple[Verdict, bytes]:
        """A slab and the verdict on it, published nowhere yet; and its picture as captured."""
        slab = draw(seed, label=label)
        picture = jpeg(slab, (640, 480))
        self.sequences[camera] = sequence = self.sequences.get(camera, 0) + 1
        at = captured_at if captured_at is not None else now() - latency_ms * 1000
        frame = make_frame(
            sequence,
            camera,
            line=self.line,
            content=picture,
            captured_at=at,
            frame_id=self.ids(),
            slab_id=slab_id,
        )
        if decision is None:
            decision = Decision.GOOD if slab.label == "good" else Decision.FAULTY
        defect = None if decision is Decision.GOOD else slab.label if slab.label != "good" else LABELS[1]
        sure = np.random.default_rng(seed).uniform(0.9, 0.998)
        faulty = {Decision.GOOD: 1 - sure, Decision.FAULTY: sure, Decision.REVIEW: 0.46}[decision]
        verdict = make_verdict(
            frame=frame,
            decision=decision,
            defect=defect,
            faulty_probability=round(float(faulty), 4),
            decided_after_ms=latency_ms,
            thumbnail=jpeg(slab, (320, 240)),
        )
        strength = 0.55 if decision is Decision.REVIEW else 0.97
        return msgspec.structs.replace(
            verdict, width=640, height=480, heatmap=heat_of(slab, seed, strength)
        ), picture

    def judge(self, verdict: Verdict, picture: bytes = b"", *, record: bool = True) -> Verdict:
        """Publish the verdict, and put it on the record."""
        self.broker.publish([verdict_message(verdict)])
        if record:
            self.record([(verdict, picture)])
        return verdict

    def record(self, judged: Sequence[tuple[Verdict, bytes]]) -> None:
        """Put verdicts, and frames where there is a picture, on the record."""
        self.store.put_frames([FrameRecord(verdict.frame, picture) for verdict, picture in judged if picture])
        self.store.put_verdicts([verdict for verdict, _ in judged])

    def report(
        self, camera: str = "camera-1", state: CameraState = CameraState.ONLINE, *, ago_s: float = 0
    ) -> None:
        """The camera says how it is, as it was ``ago_s`` seconds ago."""
        captured = self.sequences.get(camera, 0)
        report = make_report(
            camera, line=self.line, state=state, reported_at=now() - round(ago_s * 1e6), captured=captured
        )
        self.broker.publish([report_message(report)])
        self.store.put_cameras([report])

    def close(self) -> None:
        """Let go of both."""
        self.broker.close()
        self.store.close()
