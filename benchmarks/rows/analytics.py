"""What the figures of the quality page cost: counted by the store, over a year of verdicts."""

import secrets
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from zoneinfo import ZoneInfo

from elasticsearch import Elasticsearch
from msgspec.structs import replace
from tests.builders import MODEL, make_frame, make_frame_id, make_verdict
from tests.services.elasticsearch_support import Server
from tests.services.servers import elasticsearch

from benchmarks.report import Estimate, Result
from benchmarks.workers import cpu_of
from marbleline.adapters.stores.elasticsearch import ElasticsearchStore
from marbleline.adapters.stores.elasticsearch.documents import one_line
from marbleline.adapters.stores.elasticsearch.names import Names
from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.console.state.calendar_periods import CalendarUnit
from marbleline.console.state.quality_figures import GroupBy, QualityStore, query_quality, spans
from marbleline.console.state.shift_calendar import ShiftCalendar
from marbleline.domain.clock import now, to_iso
from marbleline.domain.decision import Decision
from marbleline.domain.verdict import Verdict
from marbleline.settings.console import ConsoleSettings

YEAR_US: Final = 365 * 86_400_000_000
BATCH: Final = 1_000
ASKED: Final = (
    (CalendarUnit.DAY, GroupBy.CAMERA),
    (CalendarUnit.WEEK, GroupBy.PRODUCT),
    (CalendarUnit.MONTH, GroupBy.MODEL_VERSION),
    (CalendarUnit.MONTH, GroupBy.SHIFT),
)
TIMES: Final = 5


def run(quick: bool) -> Result:
    """100,000 verdicts in SQLite, 1,000,000 in Elasticsearch."""
    small, large = (2_000, 10_000) if quick else (100_000, 1_000_000)
    usage = [*_sqlite(small), *_elasticsearch(large)]
    return Result(
        "analytics",
        "The quality page's figures",
        tuple(usage),
        conditions=f"a year of verdicts of 3 cameras, 2 products and 2 model versions, no labels; {small} in "
        f"SQLite, {large} in Elasticsearch in indices of a month, without thumbnails; the middle of {TIMES}, "
        f"the first of which finds no cached answer",
    )


def _sqlite(count: int) -> list[Estimate]:
    with TemporaryDirectory(prefix="marbleline-bench-") as folder:
        store = SqliteStore(Path(folder) / "store.db")
        end = now()
        for begun in range(0, count, BATCH):
            store.put_verdicts([_verdict(n, count, end) for n in range(begun, min(begun + BATCH, count))])
        try:
            return _ask(f"SQLite, {count} verdicts", store, end, "2 s", None)
        finally:
            store.close()


def _elasticsearch(count: int) -> list[Estimate]:
    prefix = f"bench-{secrets.token_hex(4)}"
    with elasticsearch() as server:
        store = ElasticsearchStore(server.url, prefix=prefix)
        try:
            end = now()
            fill(server.url, prefix, store, count, end)
            pid = server.node.pid() if server.node is not None else None
            return _ask(f"Elasticsearch, {count} verdicts", store, end, "1 s", pid)
        finally:
            store.close()
            Server(server.url).wipe(prefix)


def _ask(name: str, store: QualityStore, end: int, goal: str, pid: int | None) -> list[Estimate]:
    settings = ConsoleSettings()
    calendar = ShiftCalendar(ZoneInfo("Europe/Rome"), settings.console_shift_starts)
    found = []
    for unit, by in ASKED:
        asked = spans(unit, by, end, calendar, None)
        walls, spent = [], []
        for _ in range(TIMES):
            wall, cpu = time.perf_counter(), time.process_time() + (cpu_of(pid) if pid else 0.0)
            query_quality(store, "line-1", by, asked)
            walls.append(time.perf_counter() - wall)
            spent.append(time.process_time() + (cpu_of(pid) if pid else 0.0) - cpu)
        what = f"{name}: {unit.value}s by {by.value}"
        found += [
            Estimate(f"{what}, the first time", walls[0], "s", f"<= {goal}"),
            Estimate(what, sorted(walls)[TIMES // 2], "s", f"<= {goal}"),
            Estimate(f"{what}: CPU the first time", spent[0], "s"),
        ]
    return found


def _verdict(number: int, count: int, end: int) -> Verdict:
    """One of ``count`` over the year before ``end``."""
    at = end - YEAR_US + YEAR_US * number // count
    kind = (*[Decision.GOOD] * 18, Decision.FAULTY, Decision.REVIEW)[number % 20]
    frame = make_frame(
        number // 3 + 1,
        f"camera-{number % 3 + 1}",
        captured_at=at,
        product=("marble", "travertine")[number // 5_000 % 2],
        frame_id=make_frame_id(0, f"{number}", at),
    )
    defect = ("crack", "dot", "joint")[number // 20 % 3] if kind is not Decision.GOOD else None
    model = replace(MODEL, version=1 + 2 * number // count)
    late = 3_000 if number % 400 == 7 else 20
    return make_verdict(frame=frame, decision=kind, defect=defect, model=model, decided_after_ms=late)


def fill(url: str, prefix: str, store: ElasticsearchStore, count: int, end: int) -> None:
    """Put so many verdicts of the year before ``end`` on record.

    By documents of a few kinds with other ids and times: to make a million verdicts takes far longer.
    """
    names, client = Names(prefix), Elasticsearch(url, request_timeout=60)
    seen: set[str] = set()
    kinds: dict[tuple[int, ...], tuple[bytes, bytes, bytes]] = {}
    for begun in range(0, count, BATCH):
        lines: list[bytes] = []
        for number in range(begun, min(begun + BATCH, count)):
            frame_id, alias, document = _document(number, count, end, kinds, names)
            if alias not in seen:
                seen.add(alias)  # the first of a month makes the index
                store.put_verdicts([_verdict(number, count, end)])
                continue
            lines += [b'{"create":{"_index":"%b","_id":"%b"}}' % (alias.encode(), frame_id), document]
        if lines:
            answer: Any = client.bulk(operations=lines, filter_path="errors")
            if answer["errors"]:
                raise RuntimeError("the store refuses the bench's documents")
    client.indices.refresh(index=f"{prefix}-verdicts")
    client.close()


def _document(
    number: int, count: int, end: int, kinds: dict[tuple[int, ...], tuple[bytes, bytes, bytes]], names: Names
) -> tuple[bytes, str, bytes]:
    at = end - YEAR_US + YEAR_US * number // count
    frame_id = make_frame_id(0, f"{number}", at)
    late = number % 400 == 7
    kind = (number % 3, number // 5_000 % 2, number % 20, number // 20 % 3, 2 * number // count, late)
    if kind not in kinds:
        made = _verdict(number, count, end)
        moment = to_iso(made.frame.captured_at).encode()
        kinds[kind] = (one_line(made), made.frame.frame_id.encode(), moment)
    like, old_id, moment = kinds[kind]
    document = like.replace(old_id, frame_id.encode()).replace(moment, to_iso(at).encode())
    return frame_id.encode(), names.verdicts_of(frame_id), document
