"""The camera: what becomes of a picture, whatever the source, the spool and the broker do."""

import dataclasses
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from marbleline.domain.frame import Frame, sha256_hex
from marbleline.domain.records import CameraReport, CameraState
from marbleline.domain.slab import TileIdentity
from marbleline.errors import BrokerUnavailable, SourceUnavailable
from marbleline.pipeline.camera.capture import Capture
from marbleline.pipeline.camera.spool import Spool
from marbleline.pipeline.camera.spool_file import name_of
from marbleline.pipeline.camera.worker import CameraOptions, run_camera
from marbleline.ports.dead_letters import DeadLetter
from marbleline.ports.message import Message
from marbleline.ports.source import CapturedImage
from tests.builders import FakeClock, make_picture, wait_until
from tests.unit.pipeline.camera.camera_fakes import MoodyBroker, ScriptedSource, Step, captured

MEGABYTE = 1_000_000
OPTIONS = CameraOptions("line-1", "camera-1", report_s=0.05, grace_s=20.0)


class Line:
    """A camera's spool and broker in a folder, and the running camera."""

    def __init__(self, folder: Path, quota: int = MEGABYTE) -> None:
        self.folder = folder
        self.broker = MoodyBroker(folder / "broker.db")
        self.spool = Spool(folder / "spool", quota)
        self.stop = threading.Event()
        self.reports: list[CameraReport] = []
        self.thread: threading.Thread | None = None
        self.errors: list[BaseException] = []

    def run(self, source: ScriptedSource, options: CameraOptions = OPTIONS) -> CameraReport:
        return run_camera(source, self.connect, self.spool, options, self.stop, on_report=self.reports.append)

    def connect(self) -> MoodyBroker:
        """The broker with moods for what publishes, another connection for what hears receipts."""
        outbox = threading.current_thread().name == "outbox"
        return self.broker if outbox else MoodyBroker(self.folder / "broker.db")

    def start(self, source: ScriptedSource, options: CameraOptions = OPTIONS) -> None:
        def work() -> None:
            try:
                self.run(source, options)
            except BaseException as error:  # looked at by the test
                self.errors.append(error)

        self.thread = threading.Thread(target=work, daemon=True)
        self.thread.start()

    def end(self) -> None:
        self.stop.set()
        if self.thread is not None:
            self.thread.join(30)
            assert not self.thread.is_alive()

    def published(self) -> list[Message]:
        """What the broker holds of captured frames, in order."""
        broker = MoodyBroker(self.folder / "broker.db")
        taken = broker.receive("frames", 10_000, 0)
        broker.close()
        return [delivery.message for delivery in taken]

    def dead_letters(self) -> list[DeadLetter]:
        broker = MoodyBroker(self.folder / "broker.db")
        dead_letters = broker.dead_letters(100)
        broker.close()
        return dead_letters

    def last_report(self, state: CameraState) -> Callable[[], CameraReport | None]:
        return lambda: next((one for one in reversed(self.reports) if one.state is state), None)


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    opened = Line(tmp_path)
    yield opened
    opened.end()
    opened.spool.close()


def wait_for(found: Callable[[], CameraReport | None]) -> CameraReport:
    wait_until(found)
    report = found()
    assert report is not None
    return report


def sequences(messages: Sequence[Message]) -> list[int]:
    return [Frame.from_headers(message.headers).sequence for message in messages]


def captured_images(count: int, first: int = 1) -> list[Step]:
    return [captured(number) for number in range(first, first + count)]


class TestTheWayOfAPicture:
    def test_each_is_published_with_its_identity_and_leaves_the_spool(self, line: Line) -> None:
        source = ScriptedSource([CapturedImage(make_picture(7), 1_750_000_000_000_007, "7.jpg", "slab-7")])
        report = line.run(source)
        [message] = line.published()
        frame = Frame.from_headers(message.headers)
        assert (message.message_id, message.key) == (frame.frame_id, "frame.line-1.camera-1")
        assert message.body == make_picture(7)
        assert (frame.line, frame.camera, frame.sequence) == ("line-1", "camera-1", 1)
        assert (frame.captured_at, frame.deadline_ms) == (1_750_000_000_000_007, 2_000)
        assert (frame.sha256, frame.size) == (sha256_hex(make_picture(7)), len(make_picture(7)))
        assert (frame.slab_id, frame.origin) == ("slab-7", "7.jpg")
        assert source.frames == [frame]
        assert source.resumed == [None]
        assert source.closed
        assert (report.state, report.captured, report.spooled) == (CameraState.ENDED, 1, 0)
        # Nobody has recorded it yet.
        assert [one.frame_id for one in line.spool.retained()] == [frame.frame_id]

    def test_in_order_and_in_windows(self, line: Line) -> None:
        line.broker.hangs.clear()
        line.start(source := ScriptedSource(captured_images(40)))
        wait_until(lambda: len(source.frames) == 40)
        line.broker.hangs.set()
        wait_until(lambda: line.last_report(CameraState.ENDED)() and not line.spool.usage().frames)
        line.end()
        assert sequences(line.published()) == list(range(1, 41))
        assert max(line.broker.windows) == 16
        assert len(line.broker.windows) < 10

    def test_what_is_too_large_for_the_broker_becomes_a_dead_letter_and_is_refused_then(
        self, line: Line
    ) -> None:
        line.broker.limit = 5_000
        line.broker.hangs.clear()
        large = [captured(number, bytes(6_000)) for number in (2, 4)]
        line.start(source := ScriptedSource([captured(1), large[0], captured(3), *[None] * 200, large[1]]))
        wait_until(lambda: len(source.frames) == 3)
        line.broker.hangs.set()
        wait_until(lambda: line.last_report(CameraState.ENDED)() and not line.spool.usage().frames)
        line.end()
        assert sequences(line.published()) == [1, 3]
        dead_letters = line.dead_letters()
        assert [dead_letter.reason for dead_letter in dead_letters] == ["too_large", "too_large"]
        assert "6000 bytes, the broker takes messages of at most 5000" in dead_letters[0].detail
        # The second was refused before it reached the spool.
        assert dead_letters[1].detail == "6000 bytes, the limit is 5000"
        assert source.outcomes[-1] == ("4.jpg", "too_large")

    def test_a_picture_that_is_garbage_is_not_judged_here(self, line: Line) -> None:
        line.run(ScriptedSource([captured(1, b""), captured(2, b"no picture")]))
        assert [message.body for message in line.published()] == [b"", b"no picture"]

    def test_too_large_gets_an_identity_and_becomes_a_dead_letter(self, line: Line) -> None:
        large = CapturedImage(b"beginning", 5, "huge.tif", size=30_000_000)
        source = ScriptedSource([captured(1), large, captured(3)])
        line.run(source)
        assert sequences(line.published()) == [1, 3]
        [dead_letter] = line.dead_letters()
        assert (dead_letter.queue, dead_letter.reason) == ("frames", "too_large")
        assert dead_letter.detail == "30000000 bytes, the limit is 1000000"
        frame = Frame.from_headers(dead_letter.message.headers)
        assert (frame.sequence, frame.size, frame.origin) == (2, 30_000_000, "huge.tif")
        assert source.outcomes == [("1.jpg", "landed"), ("huge.tif", "too_large"), ("3.jpg", "landed")]

    def test_ends_after_the_set_number_of_frames(self, line: Line) -> None:
        report = line.run(ScriptedSource(captured_images(9)), CameraOptions("line-1", "camera-1", frames=4))
        assert sequences(line.published()) == [1, 2, 3, 4]
        assert report.state is CameraState.ENDED
        assert "4 frames" in report.detail


class TestWithoutTheBroker:
    def test_goes_on_capturing_and_publishes_all_when_it_is_back(self, line: Line) -> None:
        line.broker.away()
        line.start(source := ScriptedSource(captured_images(30)))
        wait_until(lambda: len(source.frames) == 30)
        assert line.spool.usage().frames == 30
        line.broker.well()
        wait_until(lambda: not line.spool.usage().frames)
        line.end()
        assert sequences(line.published()) == list(range(1, 31))

    def test_a_full_broker_is_back_pressure_and_reports_still_go_out(self, line: Line) -> None:
        line.broker.full()
        line.start(source := ScriptedSource(captured_images(5)))
        wait_until(lambda: len(source.frames) == 5 and len(line.reports) > 3)
        line.broker.well()
        wait_until(lambda: not line.spool.usage().frames)

    def test_one_that_can_not_be_made_is_tried_again(self, line: Line) -> None:
        tries: list[int] = []

        def connect() -> MoodyBroker:
            tries.append(1)
            if len(tries) < 5:
                raise BrokerUnavailable("nobody listens")
            return line.connect()

        run_camera(ScriptedSource(captured_images(2)), connect, line.spool, OPTIONS, line.stop)
        assert sequences(line.published()) == [1, 2]

    def test_what_may_have_arrived_is_published_again(self, line: Line) -> None:
        publish, failed = line.broker.publish, []

        def arrives_but_is_not_confirmed(messages: Sequence[Message]) -> None:
            publish(messages)
            if messages[0].key.startswith("frame.") and not failed:
                failed.append(1)
                raise BrokerUnavailable("cut off")

        line.broker.publish = arrives_but_is_not_confirmed  # type: ignore[method-assign]
        line.run(ScriptedSource([captured(1)]))
        assert set(sequences(line.published())) == {1}

    def test_stopping_leaves_the_rest_in_the_spool(self, line: Line) -> None:
        line.broker.away()
        options = CameraOptions("line-1", "camera-1", grace_s=0.1)
        line.start(source := ScriptedSource([*captured_images(3), *[None] * 100_000]), options)
        wait_until(lambda: len(source.frames) == 3)
        line.end()
        line.spool.close()
        found = Spool(line.spool.folder, MEGABYTE)
        assert [one.sequence for one in found.pending(10, MEGABYTE)] == [1, 2, 3]
        found.close()

    def test_stopping_does_not_wait_for_a_broker_that_hangs(self, line: Line) -> None:
        line.broker.hangs.clear()
        options = CameraOptions("line-1", "camera-1", grace_s=0.1)
        line.start(source := ScriptedSource([*captured_images(3), *[None] * 100_000]), options)
        wait_until(lambda: len(source.frames) == 3)
        line.end()
        line.broker.hangs.set()

    def test_stopping_publishes_what_it_can(self, line: Line) -> None:
        line.broker.full()
        line.start(source := ScriptedSource([*captured_images(20), *[None] * 100_000]))
        wait_until(lambda: len(source.frames) == 20)
        line.stop.set()
        line.broker.well()
        line.end()
        assert sequences(line.published()) == list(range(1, 21))

    def test_a_defect_in_publishing_ends_the_camera_loudly(self, line: Line) -> None:
        def broken() -> Exception:
            return ZeroDivisionError("a defect")

        line.broker.trouble = broken
        with pytest.raises(ZeroDivisionError):
            line.run(ScriptedSource([None] * 100_000))

    def test_a_damaged_spool_file_becomes_a_dead_letter(self, line: Line) -> None:
        line.broker.away()
        line.start(source := ScriptedSource(captured_images(3)))
        wait_until(lambda: len(source.frames) == 3)
        victim = line.spool.folder / "frames" / name_of(source.frames[1])
        victim.write_bytes(victim.read_bytes()[:-10])
        line.broker.well()
        wait_until(lambda: not line.spool.usage().frames)
        line.end()
        assert sequences(line.published()) == [1, 3]
        [dead_letter] = line.dead_letters()
        assert (dead_letter.reason, dead_letter.message.message_id) == ("corrupt", source.frames[1].frame_id)
        assert Frame.from_headers(dead_letter.message.headers).sequence == 2
        assert [path.name for path in (line.spool.folder / "damaged").iterdir()] == [victim.name]


class TestAFullSpool:
    def test_a_patient_source_waits_and_nothing_is_lost(self, tmp_path: Path) -> None:
        line = Line(tmp_path, quota=5 * 4096)
        line.broker.away()
        line.start(source := ScriptedSource(captured_images(12)))
        report = wait_for(line.last_report(CameraState.FULL))
        assert "20480 of 20480 bytes" in report.detail
        assert (report.captured, report.spooled, report.skipped) == (5, 5, 0)
        asked = source.taken
        assert asked == 6
        line.broker.well()
        wait_until(lambda: len(source.frames) == 12)
        line.end()
        assert sequences(line.published()) == list(range(1, 13))
        assert [origin for origin, outcome in source.outcomes if outcome == "landed"] == [
            f"{number}.jpg" for number in range(1, 13)
        ]
        line.spool.close()

    def test_of_an_impatient_source_pictures_are_skipped_before_they_get_a_sequence(
        self, tmp_path: Path
    ) -> None:
        line = Line(tmp_path, quota=5 * 4096)
        line.broker.away()
        held: list[Step] = [*captured_images(25), *[None] * 100_000]
        line.start(source := ScriptedSource(held, can_wait=False))
        wait_until(lambda: source.taken > 25)
        report = wait_for(line.last_report(CameraState.FULL))
        wait_until(lambda: line.reports[-1].skipped == 20)
        assert (report.captured, line.reports[-1].state) == (5, CameraState.FULL)
        line.broker.well()
        wait_until(line.last_report(CameraState.ONLINE))
        line.end()
        assert sequences(line.published()) == [1, 2, 3, 4, 5]
        line.spool.close()

    def test_a_full_disk_is_told_and_nothing_is_lost(self, tmp_path: Path, small_disk: Path) -> None:
        line = Line(tmp_path)
        line.spool.close()
        line.spool = Spool(small_disk / "spool", 100 * MEGABYTE)
        line.broker.away()
        pictures = [captured(number, number.to_bytes(4, "big") * 25_000) for number in range(1, 21)]
        line.start(source := ScriptedSource(pictures))
        report = wait_for(line.last_report(CameraState.FULL))
        assert "No space left on device" in report.detail
        assert report.captured == report.spooled < 11
        line.broker.well()
        wait_until(lambda: len(source.frames) == 20 and not line.spool.usage().frames)
        line.end()
        line.spool.close()
        published = line.published()
        assert sequences(published) == list(range(1, 21))
        assert [message.body for message in published] == [one.content for one in pictures]


class TestState:
    """By steps, with clocks that are advanced by hand."""

    def setup_method(self) -> None:
        self.seconds = 0.0
        self.clock = FakeClock()
        self.stop = threading.Event()
        self.stop.set()  # so that no step waits

    def capture(self, tmp_path: Path, steps: Sequence[Step], options: CameraOptions = OPTIONS) -> Capture:
        self.source = ScriptedSource(steps)
        self.spool = Spool(tmp_path / "spool", MEGABYTE)
        return Capture(self.source, self.spool, options, self.clock, lambda: self.seconds)

    def pass_time(self, seconds: float) -> None:
        self.seconds += seconds
        self.clock.advance(seconds)

    def test_online_stalled_and_online_again(self, tmp_path: Path) -> None:
        capture = self.capture(tmp_path, [captured(1), None, None, captured(2)])
        assert capture.report().state is CameraState.OFFLINE
        capture.step(self.stop)
        online_since = self.clock.at
        assert (capture.report().state, capture.report().since) == (CameraState.ONLINE, online_since)
        self.pass_time(9)
        capture.step(self.stop)
        assert (capture.report().state, capture.report().since) == (CameraState.ONLINE, online_since)
        self.pass_time(1)
        capture.step(self.stop)
        assert (capture.report().state, capture.report().since) == (CameraState.STALLED, self.clock.at)
        assert "10 s" in capture.report().detail
        capture.step(self.stop)
        assert capture.report().state is CameraState.ONLINE
        self.spool.close()

    def test_offline_and_back(self, tmp_path: Path) -> None:
        away = SourceUnavailable("folder /pictures: no such folder")
        capture = self.capture(tmp_path, [captured(1), away, away, None, captured(2)])
        capture.step(self.stop)
        self.pass_time(5)
        capture.step(self.stop)
        since = self.clock.at
        self.pass_time(5)
        capture.step(self.stop)
        report = capture.report()
        assert (report.state, report.since, report.detail) == (CameraState.OFFLINE, since, str(away))
        capture.step(self.stop)
        assert (capture.report().state, capture.report().detail) == (CameraState.ONLINE, "")
        self.spool.close()

    def test_a_source_that_is_away_from_the_start(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        gone, rejected = SourceUnavailable("no such folder"), SourceUnavailable("permission denied")
        capture = self.capture(tmp_path, [gone, gone, rejected])
        since = capture.report().since
        for _ in range(3):
            self.pass_time(1)
            capture.step(self.stop)
        report = capture.report()
        assert (report.state, report.since, report.detail) == (
            CameraState.OFFLINE,
            since,
            "permission denied",
        )
        assert [record.message for record in caplog.records] == ["camera.state"]
        self.spool.close()

    def test_a_camera_that_never_gives_a_picture_is_stalled_too(self, tmp_path: Path) -> None:
        capture = self.capture(tmp_path, [None, None])
        capture.step(self.stop)
        self.pass_time(11)
        capture.step(self.stop)
        assert capture.report().state is CameraState.STALLED
        assert capture.report().last_frame_at is None
        self.spool.close()

    def blind_s(self, capture: Capture) -> dict[str, float]:
        return {cause.value: ms / 1000 for cause, ms in capture.report().blind_ms.items() if ms}

    def test_a_source_that_is_away_makes_the_camera_blind(self, tmp_path: Path) -> None:
        away = SourceUnavailable("folder /pictures: no such folder")
        capture = self.capture(tmp_path, [captured(1), away, away, away, None, captured(2)])
        for _ in range(6):
            capture.step(self.stop)
            self.pass_time(2)
        assert self.blind_s(capture) == {"source_away": 6.0}
        self.spool.close()

    def test_a_stream_that_falls_silent_was_away_since_its_next_picture_was_due(self, tmp_path: Path) -> None:
        pictures: list[Step] = [captured(number) for number in range(1, 21)]
        capture = self.capture(tmp_path, [*pictures, *[None] * 10, SourceUnavailable("gone"), captured(21)])
        self.source.can_wait = False
        for _ in range(32):
            capture.step(self.stop)
            self.pass_time(1)
        report = capture.report()
        assert (report.interval_ms, self.blind_s(capture)) == (1_000, {"source_away": 11.0})
        self.spool.close()

    def test_a_stream_is_blind_until_its_first_picture(self, tmp_path: Path) -> None:
        capture = self.capture(tmp_path, [captured(1)])
        capture.step(self.stop)
        self.spool.close()
        self.pass_time(5)  # killed
        capture = self.capture(tmp_path, [None, None, captured(2)])
        self.source.can_wait = False
        for _ in range(3):
            self.pass_time(1)
            capture.step(self.stop)
        assert self.blind_s(capture) == {"restart": 8.0}
        self.spool.close()

    @pytest.mark.parametrize("can_wait", [True, False])
    def test_a_full_spool_makes_the_camera_blind(self, tmp_path: Path, can_wait: bool) -> None:
        capture = self.capture(tmp_path, captured_images(20))
        self.source.can_wait = can_wait
        self.spool.quota = 2 * 4096
        for _ in range(8):
            capture.step(self.stop)
            self.pass_time(1)
        self.spool.confirm(2)
        capture.step(self.stop)
        assert self.blind_s(capture) == {"spool_full": 6.0}
        self.spool.close()

    @pytest.mark.parametrize(("told", "cause"), [(True, "rollout"), (False, "restart")])
    def test_the_next_worker_counts_the_time_between_the_two(
        self, tmp_path: Path, told: bool, cause: str
    ) -> None:
        capture = self.capture(tmp_path, [captured(1)])
        capture.step(self.stop)
        capture.stopped(requested=told)
        self.spool.close()
        self.pass_time(30)
        capture = self.capture(tmp_path, [None])
        capture.step(self.stop)
        assert self.blind_s(capture) == {cause: 30.0}
        self.spool.close()

    def test_missed_triggers_are_counted_across_a_kill(self, tmp_path: Path) -> None:
        def of_trigger(trigger: int) -> CapturedImage:
            tile = TileIdentity(f"slab-{trigger}", 1, 1, trigger, station="saw")
            return dataclasses.replace(captured(trigger), tile=tile)

        capture = self.capture(tmp_path, [of_trigger(trigger) for trigger in (1, 2, 5)])
        for _ in range(3):
            capture.step(self.stop)
        self.spool.close()  # killed
        self.pass_time(5)
        capture = self.capture(tmp_path, [of_trigger(9), of_trigger(10)])
        for _ in range(2):
            capture.step(self.stop)
        report = capture.report()
        assert (report.captured, report.triggers, report.missed) == (5, 10, 5)
        self.spool.close()

    def test_pictures_that_the_source_dropped_count_as_skipped(self, tmp_path: Path) -> None:
        capture = self.capture(tmp_path, [])
        self.source.dropped = 3
        assert capture.report().skipped == 3
        self.spool.close()

    def test_a_restarted_camera_reports_its_last_frame(self, tmp_path: Path) -> None:
        self.capture(tmp_path, [captured(1)]).step(self.stop)
        self.spool.close()
        report = self.capture(tmp_path, []).report()
        assert (report.captured, report.last_frame_at) == (1, self.spool.last().captured_at)  # type: ignore[union-attr]
        self.spool.close()


class TestReports:
    def test_go_to_the_broker_and_the_last_one_says_how_it_ended(self, line: Line) -> None:
        line.run(ScriptedSource(captured_images(2)))
        broker = MoodyBroker(line.folder / "broker.db")
        records = [delivery.message for delivery in broker.receive("frame-records", 100, 0)]
        reports = [record for record in records if record.key == "camera.line-1.camera-1"]
        assert reports
        last = CameraReport.from_headers(reports[-1].headers)
        assert (last.state, last.captured) == (CameraState.ENDED, 2)
        assert reports[-1].message_id == f"camera-camera-1-{last.reported_at}"
        assert reports[-1].body == b""
        broker.close()

    def test_a_camera_that_is_stopped_says_so(self, line: Line) -> None:
        line.start(source := ScriptedSource([captured(1), *[None] * 100_000]))
        wait_until(lambda: source.frames)
        line.end()
        assert (line.reports[-1].state, line.reports[-1].detail) == (CameraState.OFFLINE, "stopped")

    def test_come_while_the_broker_hangs(self, line: Line) -> None:
        line.broker.hangs.clear()
        line.start(
            ScriptedSource([captured(1), *[None] * 1_000_000]),
            CameraOptions("l", "c", report_s=0.05, grace_s=0.1),
        )
        wait_until(lambda: len(line.reports) > 5)
        line.end()
        line.broker.hangs.set()

    def test_come_while_there_is_no_picture_and_no_broker(self, line: Line) -> None:
        line.broker.away()
        line.start(ScriptedSource([None] * 1_000_000))
        wait_until(lambda: len(line.reports) >= 2)
