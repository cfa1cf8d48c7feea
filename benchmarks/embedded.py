"""What the embedded broker and store cost: ``python -m benchmarks.embedded`` prints a table.

CPU is this process's own. The wall times hold for the machine and its load at that moment; what carries
over are the ratios: batches against single messages, an empty queue against a long one.
"""

import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from tests.builders import START, make_encoded, make_frame, make_verdict

from marbleline.adapters.brokers.sqlite import SqliteBroker
from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.domain.decision import Decision
from marbleline.domain.records import FrameRecord
from marbleline.ports.message import Message
from marbleline.ports.store import Store
from marbleline.ports.topology import ENCODED
from marbleline.ports.verdicts import VerdictQuery

T = TypeVar("T")

BODY: Final = os.urandom(100_000)
MESSAGES: Final = 800
BACKLOG: Final = 99_000
VERDICTS: Final = 100_000


@dataclass
class Cost:
    """CPU seconds in all and wall seconds of each call."""

    cpu: float = 0.0
    walls: list[float] = field(default_factory=list)

    def of(self, action: Callable[[], T]) -> T:
        cpu, wall = time.process_time(), time.perf_counter()
        result = action()
        self.walls.append(time.perf_counter() - wall)
        self.cpu += time.process_time() - cpu
        return result

    def show(self, what: str, documents: int) -> None:
        walls = sorted(self.walls)
        middle, late = walls[len(walls) // 2], walls[len(walls) * 99 // 100]
        print(
            f"{what:58} {self.cpu / documents * 1e3:7.3f} ms CPU each"
            f"   call p50 {middle * 1e3:7.2f} ms  p99 {late * 1e3:7.2f} ms"
        )


def hand_over(folder: Path, batch: int) -> None:
    """Publish, take and settle messages of 100 KB."""
    broker = SqliteBroker(folder / f"broker-{batch}.db")
    broker.check()
    headers = make_encoded().to_headers()
    publish, receive, ack = Cost(), Cost(), Cost()
    for first in range(0, MESSAGES, batch):
        sent = [Message(f"id-{first + n}", "encoded.line-1.camera-1", headers, BODY) for n in range(batch)]
        publish.of(partial(broker.publish, sent))
        deliveries = receive.of(lambda: broker.receive(ENCODED.name, batch, 0))
        ack.of(partial(broker.publish_and_ack, deliveries, []))
    for cost, what in ((publish, "publish"), (receive, "take"), (ack, "settle")):
        cost.show(f"100 KB in batches of {batch}: {what}", MESSAGES)
    broker.close()


def backlog(folder: Path) -> None:
    """The same with nothing and with almost all that the queue may hold waiting before it."""
    broker = SqliteBroker(folder / "backlog.db")
    broker.check()

    def message(number: int) -> Message:
        return Message(
            f"id-{number}",
            "verdict.line-1.camera-1.good",
            {"camera": "camera-1", "sequence": number},
            BODY[:2_000],
        )

    def round_trips(what: str) -> None:
        cost = Cost()
        for number in range(300):
            cost.of(partial(broker.publish, [message(number)]))
            deliveries = cost.of(lambda: broker.receive("verdict-records", 1, 0))
            cost.of(partial(broker.publish_and_ack, deliveries, []))
        cost.show(f"2 KB, publish + take + settle: {what}", 300)

    round_trips("nothing waits")
    for first in range(0, BACKLOG, 1_000):
        broker.publish([message(number) for number in range(first, first + 1_000)])
    round_trips(f"{BACKLOG} wait")
    for what, ask in (("depths", broker.depths), ("inventory", broker.inventory)):
        cost = Cost()
        cost.of(ask)
        cost.show(f"{what}, {BACKLOG} wait", 1)
    broker.close()


def storing(folder: Path, batch: int) -> None:
    """Frames with pictures of 100 KB and verdicts with thumbnails of 5 KB."""
    store = SqliteStore(folder / f"store-{batch}.db")
    store.check()
    frames, verdicts = Cost(), Cost()
    for first in range(0, MESSAGES, batch):
        numbers = range(first, first + batch)
        records = [FrameRecord(make_frame(number), BODY) for number in numbers]
        frames.of(partial(store.put_frames, records))
        judged = [make_verdict(number, thumbnail=BODY[:5_000]) for number in numbers]
        verdicts.of(partial(store.put_verdicts, judged))
    frames.show(f"store frames of 100 KB in batches of {batch}", MESSAGES)
    verdicts.show(f"store verdicts in batches of {batch}", MESSAGES)
    store.close()


def asking(folder: Path) -> None:
    """The questions of the ledger and the console with many verdicts stored."""
    store: Store = SqliteStore(folder / "questions.db")
    decisions = [Decision.GOOD] * 16 + [Decision.FAULTY] * 3 + [Decision.REVIEW]
    for first in range(0, VERDICTS, 500):
        store.put_verdicts(
            [
                make_verdict(number // 2, f"camera-{number % 2}", decision=decisions[number % 20])
                for number in range(first, first + 500)
            ]
        )
    ids = [make_frame(number, "camera-0").frame_id for number in range(2_000)]
    recent = START + VERDICTS * 450_000
    questions: tuple[tuple[str, Callable[[], object]], ...] = (
        ("judged", lambda: store.judged("camera-0", VERDICTS)),
        ("which of 2,000 are judged", lambda: store.which_judged(ids)),
        ("highest sequences", store.highest_sequences),
        ("newest 20", lambda: store.search(VerdictQuery(), 20)),
        ("newest 20 faulty", lambda: store.search(VerdictQuery(decision=Decision.FAULTY), 20)),
        ("20 of a window long ago", lambda: store.search(VerdictQuery(until=START + 10**9), 20)),
        ("none (a line that isn't there)", lambda: store.search(VerdictQuery(line="none"), 20)),
        ("count all", lambda: store.counts(VerdictQuery())),
        ("count the newest tenth", lambda: store.counts(VerdictQuery(since=recent))),
        ("count one camera's", lambda: store.counts(VerdictQuery(camera="camera-1"))),
    )
    for what, ask in questions:
        cost = Cost()
        for _ in range(5):
            cost.of(ask)
        cost.show(f"{VERDICTS} verdicts: {what}", 5)
    store.close()


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for batch in (1, 16):
            hand_over(folder, batch)
        backlog(folder)
        for batch in (1, 16):
            storing(folder, batch)
        asking(folder)


if __name__ == "__main__":
    main()
