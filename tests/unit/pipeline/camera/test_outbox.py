"""The outbox publishes what is ready, in order."""

import threading
from pathlib import Path

from marbleline.pipeline.camera.outbox import CameraIdentity, Outbox, frame_message
from marbleline.pipeline.camera.spool import Spool
from marbleline.pipeline.camera.spool_file import Entry
from marbleline.ports.message import Message
from marbleline.ports.topology import FRAMES
from tests.builders import make_frame, make_report, wait_until
from tests.unit.pipeline.camera.camera_fakes import MoodyBroker


def test_a_frame_that_is_not_ready_holds_up_those_behind_it_until_it_is(tmp_path: Path) -> None:
    spool, ready = Spool(tmp_path / "spool", 1_000_000), threading.Event()
    for sequence in range(1, 5):
        spool.append(make_frame(sequence, content=b"picture"), b"picture")

    def messages(entry: Entry) -> list[Message] | None:
        return None if entry.frame.sequence == 3 and not ready.is_set() else [frame_message(entry)]

    outbox = Outbox(
        spool,
        lambda: MoodyBroker(tmp_path / "broker.db"),
        CameraIdentity("line-1", "camera-1", 2_000),
        make_report,
        messages=messages,
    )
    thread = threading.Thread(target=outbox.run, daemon=True)
    thread.start()
    look = MoodyBroker(tmp_path / "broker.db")
    wait_until(lambda: look.depths()[FRAMES.name].total == 2, what="the two that are ready")
    assert [one.sequence for one in spool.pending(10, 10**9)] == [3, 4]

    ready.set()
    wait_until(lambda: look.depths()[FRAMES.name].total == 4, what="all")
    outbox.finish(1.0)
    thread.join(10)
    look.close()
    spool.close()
    assert outbox.error is None
