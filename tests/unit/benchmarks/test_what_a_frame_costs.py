"""The costs of a frame that can be counted, held to what they are, whatever else the machine does.

Times are for ``make bench``. Here: messages, bytes, statements, syncs, function calls and memory of a frame
that goes through the embedded line in batches of eight. A bound that a change exceeds for a good reason is
raised with it.
"""

import logging
import os
import sqlite3
import sys
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType

import pytest
from benchmarks.stages import Costs, Pipeline

from marbleline.adapters.brokers.sqlite import SqliteBroker
from marbleline.adapters.sqlite import Database
from marbleline.adapters.sqlite.page_size import PAGE_BYTES
from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.domain.clock import now
from marbleline.domain.picture import Limits
from marbleline.domain.quality import QualityGate
from marbleline.pipeline.encoder import encoding_handler
from marbleline.pipeline.publisher import publishing_handler
from marbleline.ports.message import Delivery
from tests.builders import frame_message, make_frame, make_picture
from tests.unit.adapters.sqlite.support import traced
from tests.unit.pipeline.fakes import MANIFEST, BrightnessClassifier, EveryProduct

FRAMES = 16
BATCH = 8
PICTURE = make_picture(1, 640, 480)


@pytest.fixture
def line(tmp_path: Path) -> Iterator[tuple[Pipeline, SqliteBroker, SqliteStore]]:
    logging.getLogger("marbleline").setLevel(logging.WARNING)
    broker, store = SqliteBroker(tmp_path / "broker.db"), SqliteStore(tmp_path / "store.db")
    pipeline = Pipeline(tmp_path, broker, store, Costs(), BrightnessClassifier())
    pipeline.run(BATCH, BATCH)  # what is made once: tables, caches, imports
    yield pipeline, broker, store
    pipeline.close()
    broker.close()
    store.close()
    logging.getLogger("marbleline").setLevel(logging.NOTSET)


@contextmanager
def counted_calls() -> Iterator[Counter[str]]:
    """Calls of Python's and of C's functions on this thread: what stands for instructions here."""
    calls: Counter[str] = Counter()

    def note(frame: FrameType, event: str, argument: object) -> None:
        if event in ("call", "c_call"):
            calls[event] += 1

    sys.setprofile(note)
    try:
        yield calls
    finally:
        sys.setprofile(None)


def test_a_frame_is_three_messages_and_a_few_statements_and_syncs(
    line: tuple[Pipeline, SqliteBroker, SqliteStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline, broker, store = line
    syncs = Counter[str]()
    sync = os.fsync

    def counting(descriptor: int) -> None:
        syncs["fsync"] += 1
        sync(descriptor)

    write = Database.write

    def writing(database: Database, *, durable: bool = True) -> AbstractContextManager[sqlite3.Connection]:
        syncs["durable" if durable else "not durable"] += 1
        return write(database, durable=durable)

    monkeypatch.setattr(os, "fsync", counting)
    monkeypatch.setattr(Database, "write", writing)
    with ExitStack() as stack:
        statements = stack.enter_context(traced(broker._database))
        stored = stack.enter_context(traced(store._database))
        pipeline.run(FRAMES, BATCH)
    inserted = sum(statement.startswith("INSERT INTO messages") for statement in statements)
    assert inserted == 3 * FRAMES, "frame, encoded, verdict; each stored once"
    assert len(statements) / FRAMES < 36, "a queue's length and the next number are asked once a batch"
    assert len(stored) / FRAMES < 6
    assert syncs["fsync"] / FRAMES <= 2, "the spool's file and its folder"
    assert syncs["durable"] <= 7 * FRAMES / BATCH, "three hand-overs, two records, each stored and settled"
    assert syncs["not durable"] <= 4 * FRAMES / BATCH, "what is taken"


def test_a_frame_is_few_pages_of_the_broker_s_file(
    line: tuple[Pipeline, SqliteBroker, SqliteStore], tmp_path: Path
) -> None:
    pipeline, *_ = line
    log = tmp_path / "broker.db-wal"
    together = written(log, lambda: pipeline.run(FRAMES, BATCH)) / FRAMES
    alone = written(log, lambda: pipeline.run(BATCH, 1)) / BATCH
    page = PAGE_BYTES + 24  # with its header in the log
    assert together / page < 55, "two writes each; on pages of 4 KB it was 94"
    assert together < 440_000
    assert alone < 700_000, "a transaction writes whole pages: what larger ones cost"


def written(log: Path, action: Callable[[], object]) -> int:
    """Bytes by which a write-ahead log grows: it must not begin anew meanwhile."""
    before = log.stat().st_size
    action()
    return log.stat().st_size - before


def make_deliveries(count: int) -> list[Delivery]:
    return [
        Delivery("frames", number, 1, frame_message(make_frame(number, content=PICTURE), PICTURE))
        for number in range(1, count + 1)
    ]


def test_the_encoder_s_work_on_a_picture_stays_what_it_is() -> None:
    work = encoding_handler(lambda product: MANIFEST.input, Limits(), now)
    deliveries = make_deliveries(BATCH)
    work(deliveries)
    with counted_calls() as calls:
        outcomes = work(deliveries)
    assert calls.total() / BATCH < 680
    [message] = outcomes[0]  # type: ignore[misc]
    raw = 320 * 240 * 3
    assert raw < len(message.body) < raw + 20_000, "the input's pixels and the thumbnail"
    assert memory_of(lambda: work(deliveries[:1])) < 7 * raw


def test_the_publisher_s_work_on_a_frame_stays_what_it_is() -> None:
    encoded = [
        Delivery("encoded", number, 1, one[0])  # type: ignore[index]
        for number, one in enumerate(
            encoding_handler(lambda product: MANIFEST.input, Limits(), now)(make_deliveries(BATCH)), 1
        )
    ]
    work = publishing_handler(EveryProduct(BrightnessClassifier()), QualityGate(), now)
    work(encoded)
    with counted_calls() as calls:
        outcomes = work(encoded)
    assert calls.total() / BATCH < 400, "54 of them find the defect's regions on the heat map"
    [message] = outcomes[0]  # type: ignore[misc]
    assert len(message.body) < 16_000, "a verdict is small: its picture is in the store"


def test_a_slab_of_20_megapixels_is_bounded_in_calls_bytes_and_memory() -> None:
    picture = make_picture(1, 5120, 3840)
    spec = replace(MANIFEST.input, window=480)
    delivery = Delivery("frames", 1, 1, frame_message(make_frame(1, content=picture), picture))
    encode = encoding_handler(lambda product: spec, Limits(), now)
    [outcome] = encode([delivery])
    [message] = outcome  # type: ignore[misc]
    raw = 2560 * 1920 * 3
    assert raw < len(message.body) < raw + 30_000, "once and raw, with a small thumbnail"
    assert memory_of(lambda: encode([delivery])) < 4 * raw
    classifier = BrightnessClassifier()
    publish = publishing_handler(EveryProduct(classifier), QualityGate(), now)
    encoded = [Delivery("encoded", 1, 1, message)]
    [verdict] = publish(encoded)
    assert (sum(classifier.sizes), max(classifier.sizes)) == (90, 16), "windows, and most in a call"
    assert len(verdict[0].body) < 60_000  # type: ignore[index]
    windows = 16 * 320 * 240 * 3
    assert memory_of(lambda: publish(encoded)) < 2 * windows + 4_000_000, "whatever the picture's size"


def memory_of(action: Callable[[], object]) -> int:
    """The most bytes that were held at once within it."""
    tracemalloc.start()
    try:
        action()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
