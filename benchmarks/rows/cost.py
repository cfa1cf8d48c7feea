"""What a frame costs at each stage, and that it costs no more because more is stored already."""

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.builders import make_frame, make_verdict

from benchmarks.report import Estimate, Result
from benchmarks.servers import embedded, real
from benchmarks.stages import Costs, Pipeline
from benchmarks.workers import cpu_of, model_folder
from marbleline.adapters.brokers.rabbitmq import RabbitMQBroker
from marbleline.adapters.brokers.sqlite import SqliteBroker
from marbleline.adapters.classifiers.litert import LiteRtClassifier
from marbleline.adapters.stores.elasticsearch import ElasticsearchStore
from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.domain.model import newest_version
from marbleline.domain.records import FrameRecord
from marbleline.ports.broker import Broker
from marbleline.ports.store import Store

STORED: Final = (1_000, 10_000, 100_000)
BATCH: Final = 8
_SMALL: Final = bytes(1_000)


def run(quick: bool) -> Result:
    """Embedded and on real servers, with more and more in the store."""
    logging.getLogger("marbleline").setLevel(logging.ERROR)
    usage: list[Estimate] = []
    frames = 48 if quick else 160
    levels = STORED[:2] if quick else STORED
    with _embedded() as (folder, broker, store):
        usage += _levels("embedded", folder, broker, store, levels, frames, Costs())
    with real() as place, tempfile.TemporaryDirectory(prefix="marbleline-bench-") as name:
        broker = RabbitMQBroker(str(place.settings["broker"]), worker="bench")
        store = ElasticsearchStore(str(place.settings["store"]), prefix=str(place.settings["store_prefix"]))
        pids = [pid for who, pid in place.pids.items() if who != "model server"]
        costs = Costs(also=lambda: sum(cpu_of(pid) for pid in pids))
        try:
            usage += _levels("real servers", Path(name), broker, store, levels, frames, costs)
        finally:
            broker.close()
            store.close()
    return Result(
        "cost",
        "CPU and bytes of a frame by stage",
        tuple(usage),
        conditions="all stages on one thread, the model in this process, in batches of 8; servers' CPU "
        "counted to the stage that caused it; stored frames have pictures of 1 KB",
    )


@contextmanager
def _embedded() -> Iterator[tuple[Path, Broker, Store]]:
    with embedded() as place:
        broker, store = SqliteBroker(place.data / "broker.db"), SqliteStore(place.data / "store.db")
        try:
            yield place.data, broker, store
        finally:
            broker.close()
            store.close()


def _levels(
    name: str,
    folder: Path,
    broker: Broker,
    store: Store,
    levels: tuple[int, ...],
    frames: int,
    costs: Costs,
) -> list[Estimate]:
    pipeline = Pipeline(folder, broker, store, costs, LiteRtClassifier(newest_version(model_folder())))
    pipeline.run(2 * BATCH, BATCH)
    found: dict[int, dict[str, float]] = {}
    written: dict[str, float] = {}
    filled = 0
    for level in levels:
        fill(store, filled, level)
        filled = level
        costs.frames = 0
        costs.cpu.clear()
        costs.written.clear()
        pipeline.run(frames, BATCH)
        found[level] = costs.each_ms()
        written = {stage: size / costs.frames for stage, size in costs.written.items()}
    pipeline.close()
    last = found[levels[-1]]
    usage = [Estimate(f"{name}: {stage}", cost, "ms") for stage, cost in last.items()]
    usage.append(Estimate(f"{name}: all stages", sum(last.values()), "ms"))
    usage.append(Estimate(f"{name}: written by the workers", sum(written.values()) / 1e3, "KB"))
    for level in levels[1:]:
        ratio = _beside_the_model(found[level]) / _beside_the_model(found[levels[0]])
        usage.append(
            Estimate(f"{name}: {level} stored against {levels[0]}, without the model", ratio, "x", "1")
        )
    return usage


def _beside_the_model(costs: dict[str, float]) -> float:
    return sum(cost for stage, cost in costs.items() if stage != "publisher: work")


def fill(store: Store, held: int, wanted: int) -> None:
    """Store frames and verdicts until there are so many."""
    step = 500
    for first in range(held, wanted, step):
        numbers = range(first + 1, min(first + step, wanted) + 1)
        frames = [make_frame(number, "filler", content=_SMALL) for number in numbers]
        store.put_frames([FrameRecord(frame, _SMALL) for frame in frames])
        store.put_verdicts([make_verdict(frame=frame) for frame in frames])
