"""A thousand slabs of six tiles, shuffled, repeated and missing, folded by workers that are killed."""

import multiprocessing
import os
import signal
import threading
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.domain.clock import now
from marbleline.domain.decision import Decision
from marbleline.domain.slab import SlabVerdict
from marbleline.domain.slab_fold import SlabRules
from marbleline.operations.slab_ledger import count_slabs
from marbleline.pipeline.slab import run_slab_worker
from marbleline.pipeline.slabs_in_flight import SlabsInFlight
from marbleline.ports.slab_verdicts import SlabQuery
from marbleline.ports.topology import SLAB_RECORDS, VERDICT_RECORDS
from tests.builders import wait_until
from tests.unit.pipeline.slab_line import QUEUE, SlabLine, nothing_recorded, shuffled_tiles

_SPAWN = multiprocessing.get_context("spawn")
SLABS, TILES, KILLS = 1_000, 6, 12
# Longer than all the tiles take on a busy machine: what is late is late for want of its last tile.
DEADLINE_MS = 90_000


def work(folder: Path) -> None:
    """Fold until killed."""
    line = SlabLine(folder)
    slabs = SlabsInFlight(lambda product: SlabRules(deadline_ms=DEADLINE_MS), now)
    run_slab_worker(line.broker, "line-1", slabs, nothing_recorded, threading.Event())


@pytest.mark.slow
def test_a_thousand_slabs_and_workers_that_are_killed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = SlabLine(tmp_path)
    tiles, incomplete = shuffled_tiles(SLABS, TILES, seed=1, at=now(), deadline_ms=DEADLINE_MS)
    owner = {one.frame.frame_id: one.frame.trigger for one in tiles}
    workers = [_SPAWN.Process(target=work, args=(tmp_path,), daemon=True) for _ in range(2)]
    for one in workers:
        one.start()
    wait_until(lambda: all(one.is_alive() for one in workers))
    published: list[SlabVerdict] = []

    def collect() -> int:
        for queue in (SLAB_RECORDS.name, VERDICT_RECORDS.name):
            while found := line.broker.receive(queue, 500, 0):
                line.broker.publish_and_ack(found, [])
                if queue == SLAB_RECORDS.name:
                    published.extend(SlabVerdict.from_json(one.message.body) for one in found)
        return len({one.trigger for one in published})

    kills, chunk = 0, len(tiles) // (2 * KILLS)
    for number, start in enumerate(range(0, len(tiles), chunk)):
        line.publish(*tiles[start : start + chunk])
        wait_until(lambda: line.broker.depths()[QUEUE.name].unacked > 0, 60)
        if number % 2 and kills < KILLS:
            victim = workers[kills % 2]
            os.kill(victim.pid or 0, signal.SIGKILL)
            victim.join(20)
            workers[kills % 2] = _SPAWN.Process(target=work, args=(tmp_path,), daemon=True)
            workers[kills % 2].start()
            kills += 1
        collect()
    complete = SLABS - len(incomplete)
    wait_until(lambda: collect() >= complete, 60, f"{complete} complete slabs")
    in_time = {one.trigger for one in published}
    wait_until(lambda: collect() == SLABS, 120, f"{SLABS} slabs")
    for one in workers:
        one.kill()
        one.join(20)

    mixed = [
        (slab.trigger, tile.frame_id)
        for slab in published
        for tile in slab.tiles
        if tile.frame_id is not None and owner[tile.frame_id] != slab.trigger
    ]
    assert mixed == []
    assert in_time == set(range(1, SLABS + 1)) - incomplete
    wrong = [
        one.trigger for one in published if (one.decision is Decision.GOOD) is (one.trigger in incomplete)
    ]
    assert wrong == []
    with closing(SqliteStore(tmp_path / "store.db")) as store:
        store.put_slab_verdicts(published)
        store.put_verdicts(tiles)
        assert len(store.slab_verdicts(SlabQuery(), 2 * SLABS)) == SLABS
        (entry,) = count_slabs(line.broker, store, 0)
    assert (entry.triggers, entry.judged, entry.pending, entry.missed, entry.lost) == (SLABS, SLABS, 0, 0, 0)
    twice = sum(count - 1 for count in Counter(one.trigger for one in published).values())
    with capsys.disabled():
        print(
            f"\n{SLABS} slabs of {TILES} tiles, {len(incomplete)} incomplete, {len(tiles)} verdicts,"
            f" {kills} kills: mixed identities 0, wrong decisions 0, published twice {twice}"
        )
