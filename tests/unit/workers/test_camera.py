"""The camera: what becomes of a picture, whatever the source, the spool and the broker do."""

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from marbleline.domain.frame import Frame, sha256_hex
from marbleline.domain.records import CameraReport, CameraState
from marbleline.errors import BrokerUnavailable, SourceUnavailable
from marbleline.ports.broker import DeadLetter, Message
from marbleline.ports.source import Shot
from marbleline.workers.camera import CameraOptions, run_camera
from marbleline.workers.capture import Capture
from marbleline.workers.spool import Spool
from marbleline.workers.spool_file import name_of
from tests.builders import FakeClock, make_picture, wait_until
from tests.unit.workers.camera_fakes import MoodyBroker, ScriptedSource, Step, shot

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
        return run_camera(
            source, lambda: self.broker, self.spool, options, self.stop, told=self.reports.append
        )

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
        taken = broker.take("frames", 10_000, 0)
        broker.close()
        return [delivery.message for delivery in taken]

    def dead_letters(self) -> list[DeadLetter]:
        broker = MoodyBroker(self.folder / "broker.db")
        letters = broker.dead_letters(100)
        broker.close()
        return letters

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


def shots(count: int, first: int = 1) -> list[Step]:
    return [shot(number) for number in range(first, first + count)]


class TestTheWayOfAPicture:
    def test_each_is_published_with_its_identity_and_leaves_the_spool(self, line: Line) -> None:
        source = ScriptedSource([Shot(make_picture(7), 1_750_000_000_000_007, "7.jpg", "slab-7")])
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

    def test_in_order_and_in_windows(self, line: Line) -> None:
        line.broker.hangs.clear()
        line.start(source := ScriptedSource(shots(40)))
        wait_until(lambda: len(source.frames) == 40)
        line.broker.hangs.set()
        wait_until(lambda: line.last_report(CameraState.ENDED)() and not line.spool.figures().frames)
        line.end()
        assert sequences(line.published()) == list(range(1, 41))
        assert max(line.broker.windows) == 16
        assert len(line.broker.windows) < 10

    def test_a_picture_that_is_garbage_is_not_judged_here(self, line: Line) -> None:
        line.run(ScriptedSource([shot(1, b""), shot(2, b"no picture")]))
        assert [message.body for message in line.published()] == [b"", b"no picture"]

    def test_too_large_gets_an_identity_and_becomes_a_dead_letter(self, line: Line) -> None:
        large = Shot(b"beginning", 5, "huge.tif", size=30_000_000)
        source = ScriptedSource([shot(1), large, shot(3)])
        line.run(source)
        assert sequences(line.published()) == [1, 3]
        [letter] = line.dead_letters()
        assert (letter.queue, letter.reason) == ("frames", "too_large")
        assert letter.detail == "30000000 bytes, the limit is 1000000"
        frame = Frame.from_headers(letter.message.headers)
        assert (frame.sequence, frame.size, frame.origin) == (2, 30_000_000, "huge.tif")
        assert source.outcomes == [("1.jpg", "landed"), ("huge.tif", "too_large"), ("3.jpg", "landed")]

    def test_ends_after_the_set_number_of_frames(self, line: Line) -> None:
        report = line.run(ScriptedSource(shots(9)), CameraOptions("line-1", "camera-1", frames=4))
        assert sequences(line.published()) == [1, 2, 3, 4]
        assert report.state is CameraState.ENDED
        assert "4 frames" in report.detail


class TestWithoutTheBroker:
    def test_goes_on_capturing_and_publishes_all_when_it_is_back(self, line: Line) -> None:
        line.broker.away()
        line.start(source := ScriptedSource(shots(30)))
        wait_until(lambda: len(source.frames) == 30)
        assert line.spool.figures().frames == 30
        line.broker.well()
        wait_until(lambda: not line.spool.figures().frames)
        line.end()
        assert sequences(line.published()) == list(range(1, 31))

    def test_a_full_broker_is_back_pressure_and_reports_still_go_out(self, line: Line) -> None:
        line.broker.full()
        line.start(source := ScriptedSource(shots(5)))
        wait_until(lambda: len(source.frames) == 5 and len(line.reports) > 3)
        line.broker.well()
        wait_until(lambda: not line.spool.figures().frames)

    def test_one_that_can_not_be_made_is_tried_again(self, line: Line) -> None:
        tries: list[int] = []

        def connect() -> MoodyBroker:
            tries.append(1)
            if len(tries) < 3:
                raise BrokerUnavailable("nobody listens")
            return line.broker

        run_camera(ScriptedSource(shots(2)), connect, line.spool, OPTIONS, line.stop)
        assert sequences(line.published()) == [1, 2]

    def test_what_may_have_arrived_is_published_again(self, line: Line) -> None:
        publish, failed = line.broker.publish, []

        def arrives_but_is_not_confirmed(messages: Sequence[Message]) -> None:
            publish(messages)
            if messages[0].key.startswith("frame.") and not failed:
                failed.append(1)
                raise BrokerUnavailable("cut off")

        line.broker.publish = arrives_but_is_not_confirmed  # type: ignore[method-assign]
        line.run(ScriptedSource([shot(1)]))
        assert set(sequences(line.published())) == {1}

    def test_stopping_leaves_the_rest_in_the_spool(self, line: Line) -> None:
        line.broker.away()
        options = CameraOptions("line-1", "camera-1", grace_s=0.1)
        line.start(source := ScriptedSource([*shots(3), *[None] * 100_000]), options)
        wait_until(lambda: len(source.frames) == 3)
        line.end()
        line.spool.close()
        found = Spool(line.spool.folder, MEGABYTE)
        assert [one.sequence for one in found.pending(10, MEGABYTE)] == [1, 2, 3]
        found.close()

    def test_stopping_does_not_wait_for_a_broker_that_hangs(self, line: Line) -> None:
        line.broker.hangs.clear()
        options = CameraOptions("line-1", "camera-1", grace_s=0.1)
        line.start(source := ScriptedSource([*shots(3), *[None] * 100_000]), options)
        wait_until(lambda: len(source.frames) == 3)
        line.end()
        line.broker.hangs.set()

    def test_stopping_publishes_what_it_can(self, line: Line) -> None:
        line.broker.full()
        line.start(source := ScriptedSource([*shots(20), *[None] * 100_000]))
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
        line.start(source := ScriptedSource(shots(3)))
        wait_until(lambda: len(source.frames) == 3)
        victim = line.spool.folder / "frames" / name_of(source.frames[1])
        victim.write_bytes(victim.read_bytes()[:-10])
        line.broker.well()
        wait_until(lambda: not line.spool.figures().frames)
        line.end()
        assert sequences(line.published()) == [1, 3]
        [letter] = line.dead_letters()
        assert (letter.reason, letter.message.message_id) == ("corrupt", source.frames[1].frame_id)
        assert Frame.from_headers(letter.message.headers).sequence == 2
        assert [path.name for path in (line.spool.folder / "damaged").iterdir()] == [victim.name]


class TestAFullSpool:
    def test_a_patient_source_waits_and_nothing_is_lost(self, tmp_path: Path) -> None:
        line = Line(tmp_path, quota=5 * 4096)
        line.broker.away()
        line.start(source := ScriptedSource(shots(12)))
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
        held: list[Step] = [*shots(25), *[None] * 100_000]
        line.start(source := ScriptedSource(held, patient=False))
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
        pictures = [shot(number, number.to_bytes(4, "big") * 25_000) for number in range(1, 21)]
        line.start(source := ScriptedSource(pictures))
        report = wait_for(line.last_report(CameraState.FULL))
        assert "No space left on device" in report.detail
        assert report.captured == report.spooled < 11
        line.broker.well()
        wait_until(lambda: len(source.frames) == 20 and not line.spool.figures().frames)
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
        capture = self.capture(tmp_path, [shot(1), None, None, shot(2)])
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
        capture = self.capture(tmp_path, [shot(1), away, away, None, shot(2)])
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
        gone, refused = SourceUnavailable("no such folder"), SourceUnavailable("permission denied")
        capture = self.capture(tmp_path, [gone, gone, refused])
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

    def test_pictures_that_the_source_dropped_count_as_skipped(self, tmp_path: Path) -> None:
        capture = self.capture(tmp_path, [])
        self.source.dropped = 3
        assert capture.report().skipped == 3
        self.spool.close()

    def test_a_restarted_camera_reports_its_last_frame(self, tmp_path: Path) -> None:
        self.capture(tmp_path, [shot(1)]).step(self.stop)
        self.spool.close()
        report = self.capture(tmp_path, []).report()
        assert (report.captured, report.last_frame_at) == (1, self.spool.last().captured_at)  # type: ignore[union-attr]
        self.spool.close()


class TestReports:
    def test_go_to_the_broker_and_the_last_one_says_how_it_ended(self, line: Line) -> None:
        line.run(ScriptedSource(shots(2)))
        broker = MoodyBroker(line.folder / "broker.db")
        records = [delivery.message for delivery in broker.take("frame-records", 100, 0)]
        reports = [record for record in records if record.key == "camera.line-1.camera-1"]
        assert reports
        last = CameraReport.from_headers(reports[-1].headers)
        assert (last.state, last.captured) == (CameraState.ENDED, 2)
        assert reports[-1].message_id == f"camera-camera-1-{last.reported_at}"
        assert reports[-1].body == b""
        broker.close()

    def test_a_camera_that_is_stopped_says_so(self, line: Line) -> None:
        line.start(source := ScriptedSource([shot(1), *[None] * 100_000]))
        wait_until(lambda: source.frames)
        line.end()
        assert (line.reports[-1].state, line.reports[-1].detail) == (CameraState.OFFLINE, "stopped")

    def test_come_while_the_broker_hangs(self, line: Line) -> None:
        line.broker.hangs.clear()
        line.start(
            ScriptedSource([shot(1), *[None] * 1_000_000]),
            CameraOptions("l", "c", report_s=0.05, grace_s=0.1),
        )
        wait_until(lambda: len(line.reports) > 5)
        line.end()
        line.broker.hangs.set()

    def test_come_while_there_is_no_picture_and_no_broker(self, line: Line) -> None:
        line.broker.away()
        line.start(ScriptedSource([None] * 1_000_000))
        wait_until(lambda: len(line.reports) >= 2)
