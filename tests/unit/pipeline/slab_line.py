"""A line's slabs for tests of the slab worker: a real broker, workers on threads, and what they published."""

import random
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from marbleline.adapters.brokers.sqlite import SqliteBroker
from marbleline.domain.clock import Clock, now
from marbleline.domain.slab import SlabTrigger, SlabVerdict
from marbleline.domain.slab_fold import SlabRules
from marbleline.domain.verdict import Verdict
from marbleline.pipeline.slab import Recorded, run_slab_worker
from marbleline.pipeline.slabs_in_flight import SlabsInFlight
from marbleline.ports.message import Message
from marbleline.ports.topology import QUEUES, SLAB_RECORDS, Queue, slab_queue, trigger_key
from tests.builders import START, make_tile, verdict_message, wait_until

QUEUE: Final = slab_queue("line-1")
# Slab verdicts and verdicts are published here and recorded nowhere: longer than any test's backlog.
WITH_SLABS: Final[tuple[Queue, ...]] = (*QUEUES, QUEUE)


def nothing_recorded(ids: Sequence[str]) -> frozenset[str]:
    """A store that has no slab verdicts yet."""
    return frozenset()


def trigger_message(trigger: SlabTrigger) -> Message:
    """A trigger as it is published."""
    return Message(f"trigger-{trigger.trigger}", trigger_key(trigger.line), {}, trigger.to_json())


def shuffled_tiles(
    slabs: int, tiles: int, seed: int, *, at: int = START, deadline_ms: int = 2_000
) -> tuple[list[Verdict], set[int]]:
    """Tiles of slabs 1 to ``slabs`` in disorder, some twice, some missing; and which triggers miss some."""
    rng = random.Random(seed)
    found: list[tuple[float, Verdict]] = []
    incomplete = set()
    for trigger in range(1, slabs + 1):
        missing = {rng.randint(1, tiles)} if rng.random() < 0.1 else set()
        incomplete |= {trigger} if missing else set()
        for tile in set(range(1, tiles + 1)) - missing:
            one = make_tile(
                tile,
                tiles,
                slab_id=f"slab-{trigger}",
                trigger=trigger,
                triggered_at=at,
                sequence=trigger * tiles + tile,
                deadline_ms=deadline_ms,
                every_ms=0,
            )
            found += [(trigger + rng.uniform(-3, 3), one) for _ in range(2 if rng.random() < 0.1 else 1)]
    return [one for _, one in sorted(found, key=lambda item: item[0])], incomplete


class SlabLine:
    """A broker's file with the slab queue."""

    def __init__(
        self, folder: Path, clock: Clock = now, lease_s: float = 30.0, steady: Clock | None = None
    ) -> None:
        self._path = folder / "broker.db"
        self._clock = clock
        self._steady = steady or clock
        self._lease_s = lease_s
        self._collected: list[SlabsInFlight] = []
        self.broker = self.connect()

    def connect(self) -> SqliteBroker:
        return SqliteBroker(self._path, clock=self._clock, lease_s=self._lease_s, queues=WITH_SLABS)

    def publish(self, *verdicts: Verdict) -> None:
        self.broker.publish([verdict_message(one) for one in verdicts])

    @contextmanager
    def worker(
        self, rules: SlabRules | None = None, recorded: Recorded = nothing_recorded
    ) -> Iterator[threading.Event]:
        """A worker on a thread; what it yields stops it at once."""
        stop = threading.Event()
        slabs = SlabsInFlight(lambda product: rules or SlabRules(), self._clock, lambda: self._steady() / 1e6)
        self._collected.append(slabs)

        def run() -> None:
            broker = self.connect()
            run_slab_worker(broker, "line-1", slabs, recorded, stop)
            broker.close()

        thread = threading.Thread(target=run, name="slab worker")
        thread.start()
        try:
            yield stop
        finally:
            stop.set()
            thread.join(20)

    def waiting(self) -> int:
        return self.broker.depths()[QUEUE.name].total

    def collect(self, count: int) -> None:
        """Wait until the workers have collected so many messages.

        Not until they have only received them: a slab that begins after its deadline is given more time.
        """

        def collected() -> bool:
            try:
                return sum(len(slabs.deliveries()) for slabs in self._collected) == count
            except RuntimeError:  # it was counted while a slab was added
                return False

        wait_until(collected, what=f"{count} collected")

    def published(self, count: int, limit_s: float = 20.0) -> list[SlabVerdict]:
        """The slab verdicts so far, once there are so many and nothing is collected any more."""
        wait_until(
            lambda: self.broker.depths()[SLAB_RECORDS.name].total >= count and not self.waiting(),
            limit_s,
            f"{count} slab verdicts",
        )
        found = []
        while deliveries := self.broker.receive(SLAB_RECORDS.name, 500, 0):
            self.broker.publish_and_ack(deliveries, [])
            found += [SlabVerdict.from_json(one.message.body) for one in deliveries]
        return found
