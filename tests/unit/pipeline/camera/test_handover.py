"""A frame leaves the spool when it is on record or dead-lettered, and is sent again when no queue has it."""

import errno
import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from marbleline.adapters.brokers.sqlite import SqliteBroker
from marbleline.domain.frame import Frame
from marbleline.errors import BrokerFull, SpoolFull
from marbleline.pipeline.camera.handover import Handover, HandoverTiming
from marbleline.pipeline.camera.outbox import CameraIdentity, frame_message
from marbleline.pipeline.camera.spool import Spool
from marbleline.pipeline.camera.spool_file import Disk
from marbleline.pipeline.camera.spool_view import view
from marbleline.pipeline.receipts import FRAME, VERDICT, Receipts, frames_of, kind_of, receipt
from marbleline.ports.message import Message
from marbleline.ports.topology import FRAME_RECORDS, FRAMES
from tests.builders import FakeClock, make_frame, make_picture

MEGABYTE = 1_000_000
TIMING = HandoverTiming(poll_s=0.01, patience_s=15.0, ask_s=0.0)


class Camera:
    """A spool, its handover stepped by hand, and a second connection to the broker."""

    def __init__(self, folder: Path) -> None:
        self.clock = FakeClock()
        self.file = folder / "broker.db"
        self.broker = SqliteBroker(self.file)
        self.spool = Spool(folder / "spool", MEGABYTE)
        self.handover = self.new_handover()
        self.handover.step()

    def new_handover(self) -> Handover:
        identity = CameraIdentity("line-1", "camera-1", 2_000)
        return Handover(self.spool, lambda: SqliteBroker(self.file), identity, self.clock, TIMING)

    def publish(self, count: int = 1) -> list[Frame]:
        """Land and publish, as capture and outbox do it."""
        frames: list[Frame] = []
        for _ in range(count):
            sequence = self.spool.next_sequence
            picture = make_picture(sequence)
            frame = make_frame(sequence, content=picture, captured_at=self.clock.at)
            self.spool.append(frame, picture)
            [pending] = self.spool.pending(1, MEGABYTE)
            self.broker.publish([frame_message(self.spool.read(pending))])
            self.spool.published(sequence)
            frames.append(frame)
        self.handover.step()
        return frames

    def recorded(self, frames: Sequence[Frame], *kinds: str) -> None:
        """Receipts come for these frames."""
        for kind in kinds or (FRAME, VERDICT):
            self.broker.publish([receipt(kind, [frame.frame_id for frame in frames])])
        self.handover.step()

    def lose(self, *queues: str) -> None:
        """What the queues hold is gone, as if they had been deleted."""
        for queue in queues or (FRAMES.name, FRAME_RECORDS.name):
            self.broker.publish_and_ack(self.broker.receive(queue, 1000, 0), [])

    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.handover.step()

    def queued(self) -> list[int]:
        """The sequences in FRAMES, which are taken out."""
        deliveries = self.broker.receive(FRAMES.name, 1000, 0)
        self.broker.publish_and_ack(deliveries, [])
        return [Frame.from_headers(one.message.headers).sequence for one in deliveries]

    def retained(self) -> list[int]:
        return [one.sequence for one in self.spool.retained()]

    def close(self) -> None:
        self.handover.finish()
        self.handover.run()
        self.broker.close()
        self.spool.close()


@pytest.fixture
def camera(tmp_path: Path) -> Iterator[Camera]:
    opened = Camera(tmp_path)
    yield opened
    opened.close()


class TestRelease:
    def test_takes_the_picture_and_the_verdict_on_record(self, camera: Camera) -> None:
        frames = camera.publish(3)
        assert camera.retained() == [1, 2, 3]
        camera.recorded(frames[:2], VERDICT)
        assert camera.retained() == [1, 2, 3]
        camera.recorded(frames[:1], FRAME)
        assert camera.retained() == [2, 3]

    def test_a_receipt_may_come_before_the_outbox_knows_that_it_published(self, camera: Camera) -> None:
        picture = make_picture(1)
        frame = make_frame(1, content=picture)
        camera.spool.append(frame, picture)
        camera.recorded([frame])
        camera.spool.published(1)
        camera.handover.step()
        assert camera.retained() == []

    @pytest.mark.parametrize("discarded", [False, True])
    def test_a_dead_letter_will_do(self, camera: Camera, discarded: bool) -> None:
        camera.publish()
        [deliveries] = camera.broker.receive(FRAMES.name, 1, 0)
        camera.broker.dead_letter(deliveries, "too_many_pixels", "")
        camera.lose(FRAME_RECORDS.name)
        if discarded:
            camera.broker.discard([one.dead_letter_id for one in camera.broker.dead_letters(10)])
        camera.wait(16)
        assert (camera.retained(), camera.queued()) == ([], [])

    def test_of_another_cameras_frames_nothing_is_released(self, camera: Camera) -> None:
        camera.publish()
        camera.recorded([make_frame(1, "camera-2")])
        assert camera.retained() == [1]


class TestSendingAgain:
    def test_what_is_in_no_queue(self, camera: Camera) -> None:
        camera.publish(3)
        camera.lose()
        camera.wait(14)
        assert camera.queued() == []
        camera.wait(2)
        assert camera.queued() == [1, 2, 3]

    def test_not_what_waits_in_a_queue_however_long(self, camera: Camera) -> None:
        camera.publish(3)
        for _ in range(10):
            camera.wait(60)
        assert camera.queued() == [1, 2, 3]

    def test_not_what_a_worker_holds(self, camera: Camera) -> None:
        camera.publish()
        deliveries = camera.broker.receive(FRAMES.name, 1, 0)
        camera.wait(60)
        camera.broker.publish_and_ack(deliveries, [])
        assert camera.queued() == []

    def test_what_was_overtaken_although_queues_hold_other_frames(self, camera: Camera) -> None:
        first = camera.publish()
        camera.recorded(first, VERDICT)  # its picture was lost
        camera.clock.advance(20)
        later = camera.publish(2)
        assert camera.queued() == [1, 2, 3]
        camera.recorded(later[:1])
        assert camera.queued() == [1]

    def test_each_time_with_more_patience(self, camera: Camera) -> None:
        camera.publish()
        sent_at: list[int] = []
        for second in range(300):
            camera.lose(FRAME_RECORDS.name)
            if camera.queued():
                sent_at.append(second)
            camera.wait(1)
        gaps = [after - before for before, after in pairwise(sent_at)]
        assert gaps[1:] == [30, 60, 120]

    def test_what_was_published_before_a_restart(self, camera: Camera) -> None:
        frames = camera.publish(3)
        camera.recorded(frames[2:])
        camera.lose()
        camera.spool.close()
        camera.spool = Spool(camera.spool.folder, MEGABYTE)
        camera.handover = camera.new_handover()
        camera.handover.step()
        assert (camera.retained(), camera.spool.usage().frames) == ([1, 2], 0)
        camera.wait(16)
        assert camera.queued() == [1, 2]

    def test_a_picture_that_the_store_never_takes_is_let_go(self, camera: Camera) -> None:
        frames = camera.publish()
        camera.recorded(frames, VERDICT)
        for _ in range(200):
            camera.lose()
            camera.wait(2)
        assert camera.retained() == []

    def test_a_damaged_file_becomes_a_dead_letter(self, camera: Camera) -> None:
        camera.publish()
        camera.lose()
        [retained] = camera.spool.retained()
        retained.path.write_bytes(b"damaged")
        camera.wait(16)
        camera.wait(40)
        [dead_letter] = camera.broker.dead_letters(10)
        assert (dead_letter.reason, camera.retained()) == ("corrupt", [])


class TestTheSpool:
    def test_retained_frames_give_way_to_new_ones(self, tmp_path: Path) -> None:
        spool = Spool(tmp_path / "spool", 3 * 4096)
        for sequence in range(1, 11):
            spool.append(make_frame(sequence, content=b"x"), b"x")
            spool.published(sequence)
        assert [one.sequence for one in spool.retained()] == [8, 9, 10]
        assert len(list((spool.folder / "frames").iterdir())) == 3
        for sequence in range(11, 14):
            spool.append(make_frame(sequence, content=b"x"), b"x")
        assert (spool.retained(), spool.usage().frames) == ([], 3)
        with pytest.raises(SpoolFull):
            spool.append(make_frame(14, content=b"x"), b"x")
        spool.close()

    def test_and_on_a_full_disk(self, tmp_path: Path) -> None:
        class Tight(Disk):
            def write(self, path: Path, parts: Iterable[bytes]) -> None:
                if len(list(path.parent.glob("*.frame"))) >= 3:
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                super().write(path, parts)

        spool = Spool(tmp_path / "spool", MEGABYTE, Tight())
        for sequence in range(1, 4):
            spool.append(make_frame(sequence, content=b"x"), b"x")
        spool.published(2)
        spool.append(make_frame(4, content=b"x"), b"x")
        spool.append(make_frame(5, content=b"x"), b"x")
        with pytest.raises(SpoolFull, match="No space left"):
            spool.append(make_frame(6, content=b"x"), b"x")
        assert [one.sequence for one in spool.pending(9, MEGABYTE)] == [3, 4, 5]
        spool.close()

    def test_the_newest_is_released_once_although_its_file_stays(self, tmp_path: Path) -> None:
        spool = Spool(tmp_path / "spool", MEGABYTE)
        spool.append(make_frame(1, content=b"x"), b"x")
        spool.published(1)
        assert view(spool.folder).retained == {make_frame(1).frame_id: 1}
        spool.release([make_frame(1).frame_id])
        spool.close()
        again = Spool(spool.folder, MEGABYTE)
        assert (again.retained(), view(spool.folder).retained, again.next_sequence) == ([], {}, 2)
        again.append(make_frame(2, content=b"x"), b"x")
        assert [path.name[:12] for path in (spool.folder / "frames").glob("*.frame")] == ["000000000002"]
        again.close()


class TestReceipts:
    def test_wait_while_the_broker_takes_none(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        sent: list[Message] = []

        class Blocked(SqliteBroker):
            def publish(self, messages: Sequence[Message]) -> None:
                if self.blocked:
                    raise BrokerFull("an alarm")
                sent.extend(messages)

            blocked = True

        monkeypatch.setattr("marbleline.pipeline.receipts._RETRY_S", 0.0)
        broker = Blocked(tmp_path / "broker.db")
        told = Receipts(broker, VERDICT)
        told(["a", "b"])
        broker.blocked = False
        told(["c"])
        assert [(kind_of(one), frames_of(one)) for one in sent] == [(VERDICT, ["a", "b", "c"])]
        broker.close()


def test_receipts_that_come_without_a_pause_do_not_wake_the_handover_for_each(
    camera: Camera, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = camera.handover._feed
    assert feed is not None
    asked: list[float] = []

    def always_some(limit: int, wait_s: float) -> list[Message]:
        asked.append(wait_s)
        return [receipt(FRAME, [f"nobody-{len(asked)}"])]

    monkeypatch.setattr(feed, "receive", always_some)
    monkeypatch.setattr("marbleline.pipeline.camera.handover.captured_at_of", lambda frame_id: 0)
    camera.handover.step()
    assert asked == [0.0], "once for each look, and without waiting for more"
