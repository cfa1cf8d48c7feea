"""What storing costs: ``python -m benchmarks.store_elasticsearch [URL]`` prints a table.

Bulks against single writes with pictures of about 100 KB, our own CPU and the bytes sent a document, and
what the answers to the ledger's and the console's questions take with many verdicts stored.
"""

import io
import sys
import time
from collections.abc import Callable
from typing import Final, TypeVar

from PIL import Image
from tests.builders import START, make_frame, make_verdict
from tests.services.elasticsearch_support import Bench, bench_on

from marbleline.adapters.stores.elasticsearch.documents import one_line
from marbleline.domain.decision import Decision
from marbleline.domain.picture import thumbnail
from marbleline.domain.records import FrameRecord
from marbleline.domain.verdict import Verdict
from marbleline.ports.verdicts import VerdictQuery
from marbleline.synthetic.slab import draw

T = TypeVar("T")

PICTURES: Final = 16
FRAMES: Final = 640
VERDICTS: Final = 3_200


def main(url: str, verdicts: int) -> None:
    """Print the table."""
    pictures = [_picture(seed) for seed in range(PICTURES)]
    thumbnails = [thumbnail(draw(seed, (240, 320)).rgb) for seed in range(PICTURES)]
    sizes = [sum(map(len, some)) // PICTURES for some in (pictures, thumbnails)]
    print(f"pictures of {sizes[0]} bytes, thumbnails of {sizes[1]}")
    with bench_on(url) as bench:
        store = bench.store()
        records = [_record(n, pictures[n % PICTURES]) for n in range(FRAMES)]
        store.put_frames(records[:1])
        for size in (1, 8, 32):
            some = records[1:65] if size == 1 else records[65:321] if size == 8 else records[321:609]
            _timed(f"frames, {size} a call", len(some), _batches(store.put_frames, some, size))
        costs(records[0], make_verdict(1, thumbnail=thumbnails[0]))
    with bench_on(url) as bench:
        store = bench.store()
        made = [make_verdict(n, thumbnail=thumbnails[n % PICTURES]) for n in range(1, VERDICTS + 1)]
        store.put_verdicts(made[:1])
        _timed("verdicts and marks, 1 a call", 64, _batches(store.put_verdicts, made[1:65], 1))
        _timed("verdicts and marks, 32 a call", VERDICTS - 64, _batches(store.put_verdicts, made[64:], 32))
        _stored(bench, VERDICTS)
    if verdicts:
        with bench_on(url) as bench:
            ask(bench, verdicts)


def costs(record: FrameRecord, verdict: Verdict) -> None:
    """Bytes of the documents, and what making them costs."""
    makes: dict[str, Callable[[], bytes]] = {
        "frame": lambda: one_line(record),
        "verdict": lambda: one_line(verdict),
    }
    for name, make in makes.items():
        start = time.process_time()
        for _ in range(200):
            size = len(make())
        spent = (time.process_time() - start) / 200
        print(f"{name}: document of {size} bytes, made in {spent * 1e6:.0f} us")


def ask(bench: Bench, verdicts: int) -> None:
    """The ledger's and the console's questions, with this many verdicts of two cameras stored."""
    store = bench.store()
    start = time.perf_counter()
    for first in range(0, verdicts, 500):
        store.put_verdicts([_verdict(n) for n in range(first, min(first + 500, verdicts))])
    print(f"{verdicts} verdicts put in {time.perf_counter() - start:.0f} s")
    _stored(bench, verdicts)
    half = verdicts // 2
    questions: dict[str, Callable[[], object]] = {
        "judged": lambda: store.judged("camera-0", half),
        "which_judged of 1,000": lambda: store.which_judged(
            [_verdict(n).frame.frame_id for n in range(1000)]
        ),
        "highest_sequences": store.highest_sequences,
        "counts of all": lambda: store.counts(VerdictQuery()),
        "counts of one camera's hour": lambda: store.counts(
            VerdictQuery(camera="camera-1", since=START, until=START + 3_600_000_000)
        ),
        "search newest 20": lambda: store.search(VerdictQuery(), 20),
        "search newest 20 faulty": lambda: store.search(VerdictQuery(decision=Decision.FAULTY), 20),
        "search one slab": lambda: store.search(VerdictQuery(slab_id="slab-77"), 20),
        "verdict by id": lambda: store.verdict(_verdict(77).frame.frame_id),
    }
    for name, question in questions.items():
        # One more verdict before each, so that no answer comes from a cache of the whole.
        took = []
        for extra in range(10):
            store.put_verdicts([_verdict(verdicts + extra)])
            start = time.perf_counter()
            question()
            took.append(time.perf_counter() - start)
        print(f"{name:30} first {took[0] * 1e3:7.1f} ms, middle of ten {sorted(took)[5] * 1e3:7.1f} ms")
    print("judged:", store.judged("camera-0", verdicts))


def _verdict(number: int) -> Verdict:
    decision = (Decision.GOOD, Decision.GOOD, Decision.GOOD, Decision.FAULTY, Decision.REVIEW)[number % 5]
    at = START + number * 500_000
    frame = make_frame(number // 2 + 1, f"camera-{number % 2}", captured_at=at, slab_id=f"slab-{number // 3}")
    return make_verdict(frame=frame, decision=decision)


def _timed(name: str, count: int, work: Callable[[], None]) -> None:
    wall, own = time.perf_counter(), time.process_time()
    work()
    wall, own = time.perf_counter() - wall, time.process_time() - own
    print(f"{name:30} {wall / count * 1e3:6.2f} ms each, {own / count * 1e3:5.2f} ms of our CPU")


def _batches(put: Callable[[list[T]], object], items: list[T], size: int) -> Callable[[], None]:
    def work() -> None:
        for start in range(0, len(items), size):
            put(items[start : start + size])

    return work


def _stored(bench: Bench, count: int) -> None:
    for kind in ("verdicts", "judged"):
        bench.server.ask("POST", f"/{bench.prefix}-{kind}/_refresh")
        bench.server.ask("POST", f"/{bench.prefix}-{kind}/_flush")
        stats = bench.server.ask("GET", f"/{bench.prefix}-{kind}/_stats/store")
        bytes_ = stats["_all"]["primaries"]["store"]["size_in_bytes"]
        print(f"{kind}: {bytes_ / count:.0f} bytes on disk each")


def _picture(seed: int) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(draw(seed).rgb).save(buffer, format="JPEG", quality=98)
    return buffer.getvalue()


def _record(number: int, picture: bytes) -> FrameRecord:
    return FrameRecord(make_frame(number + 1, content=picture), picture)


if __name__ == "__main__":
    main(
        sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:9200",
        int(sys.argv[2]) if len(sys.argv) > 2 else 0,
    )
