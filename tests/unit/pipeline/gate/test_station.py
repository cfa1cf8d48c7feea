"""The judge of the gate station: what the PLC is told of a slab, and what goes on record."""

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from marbleline.domain.clock import Clock
from marbleline.domain.gate import GateDecision, GateReason, StationState
from marbleline.domain.picture import Limits
from marbleline.domain.slab import SlabTrigger
from marbleline.domain.slab_fold import SlabRules
from marbleline.errors import ClassifierUnavailable, ModelError, SourceUnavailable
from marbleline.pipeline.camera.product import CurrentProduct
from marbleline.pipeline.camera.spool import Spool
from marbleline.pipeline.gate.cameras import StationCamera
from marbleline.pipeline.gate.judged_frames import JudgedFrames
from marbleline.pipeline.gate.link import PendingResult
from marbleline.pipeline.gate.product import Inspected, StationProduct
from marbleline.pipeline.gate.station import Station, StationOptions
from marbleline.pipeline.gate.trigger_clock import TimedTrigger
from tests.builders import FakeClock
from tests.unit.pipeline.fakes import BrightnessClassifier
from tests.unit.pipeline.gate.fakes import ManualTime, ScriptedCamera


def picture(brightness: int) -> bytes:
    """A PNG of noise around a brightness: 255 is judged good, 0 faulty, 128 review."""
    noise = np.random.default_rng(brightness).integers(-60, 61, (64, 64, 1))
    rgb = np.clip(brightness + np.repeat(noise, 3, axis=2), 0, 255).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(rgb).save(buffer, format="PNG")
    return buffer.getvalue()


GOOD, FAULTY = picture(250), picture(40)


class Scene:
    """A station of ``cameras`` whose clocks are moved by hand."""

    def __init__(self, folder: Path, *cameras: ScriptedCamera, quota: int = 10_000_000) -> None:
        self.time, self.wall = ManualTime(), FakeClock()
        self.classifier = BrightnessClassifier()
        self.told: list[PendingResult] = []
        self.triggers: list[SlabTrigger] = []
        self.sources = cameras
        self.spools = [Spool(folder / f"camera-{number}", quota) for number in range(1, len(cameras) + 1)]
        self.judged = [JudgedFrames(spool.folder) for spool in self.spools]
        pairs = [
            (
                StationCamera(
                    line="line-1",
                    name=f"camera-{number}",
                    source=source,
                    spool=spool,
                    deadline_ms=200,
                    max_bytes=1_000_000,
                    wall=self.clock(),
                    monotonic=self.time,
                ),
                judged,
            )
            for number, (source, spool, judged) in enumerate(
                zip(cameras, self.spools, self.judged, strict=True), 1
            )
        ]
        self.cameras = [camera for camera, _ in pairs]
        self.station = Station(
            StationOptions("line-1"),
            pairs,
            StationProduct(
                [
                    (camera, CurrentProduct(camera.spool.folder, "line-1", camera.name, camera.product))
                    for camera in self.cameras
                ],
                lambda product: Inspected(product, self.classifier, SlabRules()),
            ),
            Limits(),
            self.triggers.append,
            wall=self.clock(),
            monotonic=self.time,
        )

    def clock(self) -> Clock:
        """The machine's clock: it goes on with the monotonic one, and may be set."""
        return lambda: self.wall.at + round((self.time.at - 1000.0) * 1e6)

    def inspect(self, sequence: int = 5, age_s: float = 0.01) -> None:
        """A trigger of this age."""
        self.station.inspect(TimedTrigger(sequence, 1250, 1, self.time.at - age_s), self.told.append)

    @property
    def result(self) -> tuple[GateDecision, GateReason]:
        [pending] = self.told
        return pending.result.decision, pending.result.reason

    def close(self) -> None:
        for spool in self.spools:
            spool.close()


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    scene = Scene(tmp_path, ScriptedCamera(lambda: 0, GOOD))
    scene.sources[0].clock = scene.clock()
    yield scene
    scene.close()


def two(tmp_path: Path, *pictures: bytes | Exception, **options: int) -> Scene:
    """A scene of two cameras with a picture each."""
    cameras = [ScriptedCamera(lambda: 0, one) for one in pictures]
    scene = Scene(tmp_path, *cameras, **options)
    for camera in cameras:
        camera.clock = scene.clock()
    return scene


def test_a_good_slab_is_told_as_good_with_its_trigger_and_deadline(scene: Scene) -> None:
    scene.inspect(sequence=5, age_s=0.01)

    assert scene.result == (GateDecision.GOOD, GateReason.NONE)
    [pending] = scene.told
    assert pending.result.sequence == 5
    assert pending.until == pytest.approx(scene.time.at - 0.01 + 0.2)


def test_the_picture_is_in_the_spool_with_its_slab_before_the_plc_is_told(scene: Scene) -> None:
    landed: list[int] = []
    trigger = TimedTrigger(5, 1250, 1, scene.time.at)
    scene.station.inspect(trigger, lambda result: landed.append(scene.spools[0].usage().frames))

    [frame] = scene.sources[0].committed_frames
    assert landed == [1]
    assert (frame.trigger, frame.tile, frame.tiles, frame.sequence) == (5, 1, 1, 1)
    assert frame.slab_id == scene.triggers[0].slab_id


def test_the_worst_picture_decides(tmp_path: Path) -> None:
    scene = two(tmp_path, GOOD, FAULTY)
    scene.inspect()

    assert scene.result == (GateDecision.FAULTY, GateReason.DEFECT)
    assert scene.told[0].result.defect == 1
    assert scene.classifier.sizes == [2]
    scene.close()


@pytest.mark.parametrize("missing", [SourceUnavailable("away"), b"no picture"])
def test_a_slab_with_a_picture_missing_is_never_good(tmp_path: Path, missing: bytes | Exception) -> None:
    scene = two(tmp_path, GOOD, missing)
    scene.inspect()

    decision, reason = scene.result
    assert (decision, reason) == (GateDecision.REVIEW, GateReason.FRAME_MISSING)
    assert (scene.told[0].result.frames_seen, scene.told[0].result.frames_expected) == (1, 2)
    scene.close()


def test_a_trigger_that_may_be_too_old_gets_no_picture_and_no_answer(scene: Scene) -> None:
    scene.inspect(age_s=0.061)

    assert scene.told == []
    assert scene.sources[0].committed_frames == []
    assert [one.trigger for one in scene.triggers] == [5]


def test_a_trigger_of_which_nothing_is_known_gets_no_answer(scene: Scene) -> None:
    scene.inspect(age_s=float("inf"))

    assert scene.told == []


def test_a_picture_that_was_taken_too_late_is_not_judged(scene: Scene) -> None:
    def stand_still() -> None:
        scene.time.at += 0.3

    scene.sources[0].before = stand_still
    scene.inspect(age_s=0.01)

    assert scene.result[0] is not GateDecision.GOOD
    assert scene.classifier.sizes == [0]
    assert scene.sources[0].reasons == ["spool_full"]


def test_a_picture_from_before_the_trigger_is_passed_over(scene: Scene) -> None:
    scene.sources[0].pictures = [FAULTY, GOOD]
    scene.sources[0].age_us = 500_000

    def next_is_new() -> None:
        scene.sources[0].age_us = 500_000 if len(scene.sources[0].pictures) == 2 else 0

    scene.sources[0].before = next_is_new
    scene.inspect()

    assert scene.result == (GateDecision.GOOD, GateReason.NONE)


def test_a_clock_that_is_set_while_a_slab_is_judged_makes_nothing_good_late_or_early(scene: Scene) -> None:
    def set_clock() -> None:
        scene.wall.at -= 3_600_000_000

    classify = scene.classifier.classify

    def classify_and_set(images: object) -> object:
        set_clock()
        return classify(images)  # type: ignore[arg-type]

    scene.classifier.classify = classify_and_set  # type: ignore[method-assign, assignment]
    scene.inspect()

    assert scene.result == (GateDecision.GOOD, GateReason.NONE)
    assert scene.triggers[0].at < scene.sources[0].committed_frames[0].captured_at + 1


@pytest.mark.parametrize("error", [ClassifierUnavailable("away"), ModelError("garbage")])
def test_without_the_model_no_slab_is_good(scene: Scene, error: Exception) -> None:
    scene.classifier.trouble = [error]
    scene.inspect()

    assert scene.result == (GateDecision.REVIEW, GateReason.NOT_JUDGED)
    assert scene.spools[0].usage().frames == 1


def test_a_slab_whose_picture_has_no_room_in_the_spool_does_not_pass(tmp_path: Path) -> None:
    scene = two(tmp_path, GOOD, quota=len(GOOD) + 4096)
    scene.inspect(5)
    scene.told.clear()
    scene.sources[0].pictures = [GOOD]
    scene.inspect(6)

    assert scene.result == (GateDecision.REVIEW, GateReason.NOT_RECORDED)
    scene.close()


def test_a_verdict_after_the_deadline_is_not_good(scene: Scene) -> None:
    classify = scene.classifier.classify

    def slow(images: object) -> object:
        scene.time.at += 0.5
        return classify(images)  # type: ignore[arg-type]

    scene.classifier.classify = slow  # type: ignore[method-assign, assignment]
    scene.inspect()

    assert scene.result == (GateDecision.REVIEW, GateReason.LATE)


def test_the_frame_is_published_with_its_verdict_once_it_is_judged(scene: Scene) -> None:
    states: list[object] = []
    entry = None

    def look(result: PendingResult) -> None:
        nonlocal entry
        entry = scene.spools[0].read(scene.spools[0].pending(1, 10**9)[0])
        states.append(scene.judged[0].messages(entry))

    scene.station.inspect(TimedTrigger(5, 1250, 1, scene.time.at), look)
    assert states == [None]
    assert entry is not None
    messages = scene.judged[0].messages(entry)
    assert messages is not None
    assert [one.key for one in messages] == ["judged.line-1.camera-1", "verdict.line-1.camera-1.good"]


def test_a_frame_that_could_not_be_judged_goes_the_lines_usual_way(scene: Scene) -> None:
    scene.classifier.trouble = [ClassifierUnavailable("away")]
    scene.inspect()

    entry = scene.spools[0].read(scene.spools[0].pending(1, 10**9)[0])
    messages = scene.judged[0].messages(entry)
    assert messages is not None
    assert [one.key for one in messages] == ["frame.line-1.camera-1"]


def test_missed_triggers_go_on_record_as_such(scene: Scene) -> None:
    scene.station.missed([8, 9])

    assert [(one.trigger, one.tiles) for one in scene.triggers] == [(8, 1), (9, 1)]


def test_the_cameras_report_counts_triggers_with_and_without_a_picture(scene: Scene) -> None:
    scene.inspect(5)
    scene.inspect(6, age_s=0.5)
    scene.sources[0].pictures = [SourceUnavailable("unplugged")]
    scene.inspect(7)
    scene.station.missed([8, 9])

    report = scene.cameras[0].report()
    assert (report.triggers, report.missed) == (5, 4)


def test_a_station_that_hangs_says_that_it_is_at_fault(scene: Scene) -> None:
    states: list[StationState] = []

    def hang() -> None:
        states.append(scene.station.state())
        scene.time.at += 1.0
        states.append(scene.station.state())

    scene.sources[0].before = hang
    scene.station.begin()
    scene.inspect()
    scene.station.end()

    assert states[:2] == [StationState.RUNNING, StationState.FAULT]
    assert scene.station.state() is StationState.RUNNING


def test_the_camera_says_how_it_is(tmp_path: Path) -> None:
    scene = two(tmp_path, SourceUnavailable("unplugged"))
    scene.inspect()

    report = scene.cameras[0].report()
    assert (report.state.value, report.detail) == ("offline", "unplugged")
    scene.close()
