"""The real server killed and started again while it is written to: nothing that was promised is lost."""

import threading
from collections.abc import Callable

import pytest

from marbleline.errors import StoreUnavailable
from marbleline.ports.verdicts import JudgedSequences
from tests.builders import make_record, make_verdict, wait_until
from tests.services.elasticsearch_node import SearchNode
from tests.services.elasticsearch_support import bench_on

BATCH = 8
BATCHES = 40


@pytest.mark.parametrize("end", [SearchNode.kill, SearchNode.stop], ids=["kill -9", "stop"])
def test_killed_in_the_middle_of_writing(
    elasticsearch_node: SearchNode, end: Callable[[SearchNode], None]
) -> None:
    node = elasticsearch_node
    with bench_on(node.url) as bench:
        store = bench.store(patience_s=0.5)
        promised: list[int] = []
        refused = threading.Event()
        image = b"x" * 50_000

        def write(batch: int) -> None:
            numbers = range(batch * BATCH + 1, (batch + 1) * BATCH + 1)

            def once() -> bool:
                try:
                    rejections = store.put_frames([make_record(n, image=image) for n in numbers])
                    rejections += store.put_verdicts([make_verdict(n) for n in numbers])
                except StoreUnavailable:
                    refused.set()
                    return False
                assert rejections == []
                return True

            wait_until(once, limit_s=120, what="the store taking the batch")
            promised.extend(numbers)

        def write_all() -> None:
            for batch in range(BATCHES):
                write(batch)

        writer = threading.Thread(target=write_all)
        writer.start()
        wait_until(lambda: len(promised) > BATCHES * BATCH // 4, limit_s=60)
        end(node)
        assert refused.wait(60)
        node.start()
        writer.join(120)
        assert len(promised) == BATCH * BATCHES
        assert store.judged("camera-1", 10**6) == JudgedSequences(BATCH * BATCHES, BATCH * BATCHES)
        assert store.highest_sequences() == {"camera-1": BATCH * BATCHES}
        frame_ids = [make_verdict(n).frame.frame_id for n in promised]
        assert store.which_judged(frame_ids) == frozenset(frame_ids)
        assert all(store.image(frame_id) == image for frame_id in frame_ids)


def test_a_snapshot_brings_all_of_it_back(elasticsearch_node: SearchNode) -> None:
    with bench_on(elasticsearch_node.url) as bench:
        store = bench.store()
        store.put_frames([make_record(n) for n in range(1, 9)])
        store.put_verdicts([make_verdict(n) for n in range(1, 9)])
        repository = f"/_snapshot/{bench.prefix}"
        kept = {"indices": f"{bench.prefix}-*", "include_global_state": False}
        bench.server.ask("PUT", repository, {"type": "fs", "settings": {"location": bench.prefix}})
        bench.server.ask("PUT", f"{repository}/one?wait_for_completion=true", kept)
        bench.server.wipe(bench.prefix)
        assert store.verdict(make_verdict(1).frame.frame_id) is None
        bench.server.ask("POST", f"{repository}/one/_restore?wait_for_completion=true", kept)
        assert store.judged("camera-1", 100) == JudgedSequences(sequences=8, verdicts=8)
        assert store.image(make_record(3).frame.frame_id) == make_record(3).image
        assert store.put_verdicts([make_verdict(n) for n in range(1, 11)]) == []
        assert store.judged("camera-1", 100) == JudgedSequences(sequences=10, verdicts=10)
