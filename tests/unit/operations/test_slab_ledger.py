"""Counting slabs from a real broker and a real store."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from marbleline.adapters.brokers.sqlite import SqliteBroker
from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.domain.slab_ledger import SlabEntry
from marbleline.operations.slab_ledger import count_slabs
from marbleline.pipeline.slab import slab_message
from marbleline.ports.topology import SLAB_RECORDS, VERDICT_RECORDS
from tests.builders import make_frame, make_slab_verdict, make_tile, make_verdict
from tests.unit.pipeline.slab_line import QUEUE, SlabLine


@pytest.fixture
def line(tmp_path: Path) -> SlabLine:
    return SlabLine(tmp_path)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with closing(SqliteStore(tmp_path / "store.db")) as store:
        yield store


def test_a_line_without_slabs_has_no_entries(line: SlabLine, store: SqliteStore) -> None:
    store.put_verdicts([make_verdict(1)])
    assert count_slabs(line.broker, store, 0) == ()


def test_slabs_everywhere_are_counted_once(line: SlabLine, store: SqliteStore) -> None:
    store.put_slab_verdicts([make_slab_verdict(trigger) for trigger in (1, 2, 6)])
    line.broker.publish([slab_message(make_slab_verdict(3))])  # 3: decided, on its way to the store
    tile = make_tile(1, 2, slab_id="slab-4", trigger=4, sequence=9)  # 4: waits for its second tile
    line.publish(tile)
    store.put_verdicts([tile, make_tile(1, 2, slab_id="slab-3", trigger=3, sequence=5)])  # 5: nowhere
    # What is on its way may be of 5, too.
    assert count_slabs(line.broker, store, 0) == (SlabEntry("line-1", None, 6, 3, 3, 0, 0),)
    for queue in (QUEUE.name, SLAB_RECORDS.name, VERDICT_RECORDS.name):
        line.broker.publish_and_ack(line.broker.receive(queue, 9, 0), [])
    store.put_slab_verdicts([make_slab_verdict(3), make_slab_verdict(4)])
    assert count_slabs(line.broker, store, 0) == (SlabEntry("line-1", None, 6, 5, 0, 1, 0),)
    assert count_slabs(line.broker, store, 1) == (SlabEntry("line-1", None, 6, 5, 1, 0, 0),)


def test_a_slab_whose_frames_were_judged_and_that_is_nowhere_is_lost(
    line: SlabLine, store: SqliteStore
) -> None:
    store.put_slab_verdicts([make_slab_verdict(1), make_slab_verdict(3)])
    store.put_verdicts([make_tile(1, 2, slab_id="slab-2", trigger=2, sequence=9)])
    (entry,) = count_slabs(line.broker, store, 0)
    assert entry == SlabEntry("line-1", None, 3, 2, 0, 0, 1)
    assert not entry.balanced


def test_each_station_has_an_entry_of_its_own(line: SlabLine, store: SqliteStore) -> None:
    store.put_slab_verdicts(
        [
            replace(make_slab_verdict(n), station=station)
            for n, station in ((1, "front"), (2, "front"), (1, "back"))
        ]
    )
    store.put_verdicts([make_verdict(frame=make_frame(1))])
    found = {entry.station: entry for entry in count_slabs(line.broker, store, 0)}
    assert (found["front"].triggers, found["back"].triggers) == (2, 1)


def test_a_broker_without_a_slab_queue_counts_too(tmp_path: Path, store: SqliteStore) -> None:
    store.put_slab_verdicts([make_slab_verdict(1)])
    with closing(SqliteBroker(tmp_path / "other.db")) as broker:
        assert count_slabs(broker, store, 5) == (SlabEntry("line-1", None, 1, 1, 0, 0, 0),)
