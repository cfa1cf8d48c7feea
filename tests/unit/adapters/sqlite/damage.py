"""Real files of the embedded line, and ways to damage them."""

import random
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from marbleline.adapters.brokers.sqlite import SqliteBroker
from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.ports.broker import Message
from marbleline.ports.topology import FRAMES, frame_key
from tests.builders import FakeClock, make_frame, make_record, make_report, make_verdict

FRAMES_STORED: Final = 1_200
FRAMES_QUEUED: Final = 600
DEAD: Final = 40
_BATCH: Final = 200

Content = dict[str, list[tuple[object, ...]]]


def fill_store(path: Path) -> None:
    """Frames and verdicts of one camera, sequences 1 to ``FRAMES_STORED``, and its report."""
    store = SqliteStore(path)
    sizes = random.Random(1)
    for first in range(1, FRAMES_STORED + 1, _BATCH):
        numbers = range(first, first + _BATCH)
        store.put_frames(
            [make_record(one, image=sizes.randbytes(sizes.randrange(50, 9_000))) for one in numbers]
        )
        store.put_verdicts([make_verdict(one) for one in numbers])
    store.put_cameras([make_report(captured=FRAMES_STORED, spooled=0)])
    store.close()


def fill_broker(path: Path) -> None:
    """Frames 1 to ``FRAMES_QUEUED`` in their queues, the first ``DEAD`` dead-lettered from one of them."""
    broker = SqliteBroker(path, clock=FakeClock())
    sizes = random.Random(2)
    for one in range(1, FRAMES_QUEUED + 1):
        frame = make_frame(one)
        body = sizes.randbytes(sizes.randrange(50, 9_000))
        broker.publish([Message(frame.frame_id, frame_key(frame), frame.to_headers(), body)])
    for delivery in broker.receive(FRAMES.name, DEAD, 0.0):
        broker.dead_letter(delivery, "truncated", "cut off")
    broker.close()


def flipped(content: bytes, seed: int, flips: int) -> bytes:
    """The same with so many bytes changed, at random places."""
    chosen = random.Random(seed)
    damaged = bytearray(content)
    for place in chosen.sample(range(len(damaged)), flips):
        damaged[place] ^= chosen.randrange(1, 256)
    return bytes(damaged)


def content_of(path: Path) -> Content:
    """All rows of all tables. Raises sqlite3.Error."""
    with closing(sqlite3.connect(path)) as connection:
        names = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        ).fetchall()
        return {
            name: sorted(connection.execute(f"SELECT * FROM {name} NOT INDEXED").fetchall())
            for (name,) in names
        }
