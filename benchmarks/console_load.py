"""Tabs of a console that stay open while slabs arrive: memory, CPU and delays as time goes by.

The browser itself notes when a slab came onto the screen. Figures of the first tenth of the time are set
beside those of the last, so that what grows is seen.
"""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
import psutil
from tests.builders import verdict_message
from tests.console.stage import Stage

from benchmarks.listener import percentile
from benchmarks.report import Estimate
from marbleline.domain.clock import Time, now
from marbleline.domain.decision import Decision
from marbleline.domain.verdict import Verdict

RATE: Final = 10.0
"""Slabs a second."""

CAMERAS: Final = tuple(f"camera-{number}" for number in range(1, 5))
TABS: Final = ("", "", "", "", "", "", "/review", "/shift", "/search", "/line")
VISITED: Final = (
    ("shift", ".ml-tiles"),
    ("quality", ".ml-chart"),
    ("search", ".ml-hits"),
    ("review", ".ml-stage, .ml-nothing"),
)
"""Pages that another tab goes to in turn, and what it waits for on each."""

EVERY_S: Final = 5.0
VISIT_S: Final = 20.0

# Every slab of the strip, with the time at which it was first there.
WATCH: Final = """() => {
    const known = new Set()
    window.seen = []
    const note = () => {
        for (const one of document.querySelectorAll(".ml-strip [data-item]")) {
            if (known.has(one.dataset.item)) continue
            known.add(one.dataset.item)
            window.seen.push([one.dataset.item, performance.timeOrigin + performance.now()])
        }
        if (known.size > 500) [...known].slice(0, 400).forEach((one) => known.delete(one))
    }
    note()
    window.seen = []
    new MutationObserver(note).observe(document.body, { childList: true, subtree: true, attributes: true })
}"""
TAKE: Final = "(() => { const seen = window.seen; window.seen = []; return seen })()"
HEAP: Final = "performance.memory ? performance.memory.usedJSHeapSize / 1e6 : 0"
NODES: Final = "document.querySelectorAll('*').length"


@dataclass(frozen=True, slots=True)
class Sample:
    """What was measured in some seconds that ended ``at`` s after the begin.

    ``memory`` of the console in MB, ``cpu`` of it in percent of a core, ``heap`` of the watched tab in MB,
    ``nodes`` in its page, ``delays`` from publishing to the screen in ms
    """

    at: float
    memory: float
    cpu: float
    heap: float
    nodes: int
    delays: tuple[float, ...]


@dataclass
class Observed:
    """All samples; ``visits`` are the ms of each change of page, ``published`` counts slabs."""

    samples: list[Sample] = field(default_factory=list)
    visits: dict[str, list[float]] = field(default_factory=dict)
    published: int = 0
    took: float = 0.0

    def shown(self) -> int:
        """How many slabs were on the screen."""
        return sum(len(one.delays) for one in self.samples)


def minutes(quick: bool) -> float:
    """How long: ``MINUTES=60 make bench BENCH=console`` for an hour; five minutes by default."""
    asked = os.environ.get("MINUTES", "")
    return float(asked) if asked else 0.5 if quick else 5.0


def templates(stage: Stage) -> list[Verdict]:
    """Some verdicts with thumbnails and heat maps, to be told again as others."""
    kinds = (("good", None), ("good", None), ("crack", None), ("good", None), ("dot", Decision.REVIEW))
    return [stage.capture(seed=seed, label=label, decision=to)[0] for seed, (label, to) in enumerate(kinds)]


class Publisher:
    """Plays a line of four cameras at ``RATE``, at most as fast as broker and store take it."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._made = templates(stage)
        self.number = 0
        self.at: dict[str, float] = {}

    def publish(self) -> None:
        """Judge one slab, and put it on the record."""
        stage, camera = self._stage, CAMERAS[self.number % len(CAMERAS)]
        verdict = told_again(self._made[self.number % len(self._made)], stage, camera, now() - 84_000)
        self.number += 1
        self.at[verdict.frame.frame_id] = time.time() * 1000
        stage.broker.publish([verdict_message(verdict)])
        stage.store.put_verdicts([verdict])

    def every_second(self) -> None:
        """Cameras report; what only a recorder would take is taken away."""
        for camera in CAMERAS:
            self._stage.report(camera)
        drained = self._stage.broker.receive("verdict-records", 1_000, 0.0)
        self._stage.broker.publish_and_ack(drained, [])


def told_again(like: Verdict, stage: Stage, camera: str, at: int) -> Verdict:
    """The same verdict on another slab, captured then."""
    stage.sequences[camera] = sequence = stage.sequences.get(camera, 0) + 1
    stages = {name: getattr(like.stages, name) for name in like.stages.__struct_fields__}
    moved = {
        name: value + at - like.frame.captured_at if isinstance(value, int) else value
        for name, value in stages.items()
    }
    frame = msgspec.structs.replace(
        like.frame, frame_id=stage.ids(), camera=camera, sequence=sequence, captured_at=Time(at)
    )
    return msgspec.structs.replace(like, frame=frame, stages=msgspec.structs.replace(like.stages, **moved))


def store_many(stage: Stage, count: int) -> None:
    """Have so many verdicts on record, of the last eight hours."""
    made, end = templates(stage), now()
    span = 8 * 3_600_000_000
    for begun in range(0, count, 500):
        stage.store.put_verdicts(
            [
                told_again(
                    made[number % len(made)],
                    stage,
                    CAMERAS[number % len(CAMERAS)],
                    end - span + span * number // count,
                )
                for number in range(begun, min(count, begun + 500))
            ]
        )


def observe(browser: Any, stage: Stage, address: str, pid: int, lasts_s: float) -> Observed:
    """Ten tabs stay open, and another goes from page to page, while slabs arrive for so many seconds."""
    publisher, found = Publisher(stage), Observed()
    publisher.publish()
    publisher.every_second()
    tabs = [browser.new_page(viewport={"width": 1366, "height": 768}) for _ in TABS]
    for tab, path in zip(tabs, TABS, strict=True):
        tab.goto(address + path, wait_until="commit", timeout=120_000)
        tab.wait_for_selector(".ml-top", timeout=120_000)
    watched, visitor = tabs[0], browser.new_page(viewport={"width": 1366, "height": 768})
    watched.wait_for_selector(".ml-strip [data-item]", timeout=120_000)
    visitor.goto(address, timeout=120_000)
    visitor.wait_for_selector("html[data-listening]", state="attached", timeout=120_000)
    watched.evaluate(WATCH)
    publisher.at.clear()
    first = publisher.number
    inside = psutil.Process(pid)
    visits = iter_forever(VISITED)
    begun = time.monotonic()
    due, sampled, cpu = begun, begun, cpu_s(inside)
    next_second, next_visit = begun, begun + VISIT_S
    while (at := time.monotonic()) - begun < lasts_s:
        if at >= due:
            publisher.publish()
            due = max(due + 1 / RATE, at - 1.0)
        if at >= next_second:
            publisher.every_second()
            next_second = at + 1
        if at >= next_visit:
            name, content = visits()
            found.visits.setdefault(name, []).append(visit(visitor, name, content))
            next_visit = time.monotonic() + VISIT_S
        if at - sampled >= EVERY_S:
            found.samples.append(sample(watched, inside, publisher, at - begun, cpu, at - sampled))
            sampled, cpu = at, cpu_s(inside)
        time.sleep(max(0.0, min(due - time.monotonic(), 0.05)))
    found.published, found.took = publisher.number - first, time.monotonic() - begun
    watched.wait_for_timeout(2_000)  # the last slabs are under way
    found.samples.append(sample(watched, inside, publisher, found.took, cpu, time.monotonic() - sampled))
    for tab in (*tabs, visitor):
        tab.close()
    return found


def visit(tab: Any, name: str, content: str) -> float:
    """Milliseconds from the click on a page's link until its content is there."""
    begun = time.monotonic()
    tab.locator(f'.ml-pages [data-page="{name}"]').click()
    tab.wait_for_selector(f'.ml-pages [data-page="{name}"][aria-current=page]')
    tab.wait_for_selector(content)
    return (time.monotonic() - begun) * 1000


def sample(
    tab: Any, inside: psutil.Process, publisher: Publisher, at: float, cpu: float, took: float
) -> Sample:
    """What was since the sample before."""
    seen = {frame: shown for frame, shown in tab.evaluate(TAKE) if frame in publisher.at}
    delays = tuple(shown - publisher.at.pop(frame) for frame, shown in seen.items())
    return Sample(
        at,
        inside.memory_info().rss / 1e6,
        (cpu_s(inside) - cpu) / took * 100,
        float(tab.evaluate(HEAP)),
        int(tab.evaluate(NODES)),
        delays,
    )


def cpu_s(process: psutil.Process) -> float:
    """CPU seconds of the process so far."""
    times = process.cpu_times()
    return float(times.user + times.system)


def iter_forever(pages: Sequence[tuple[str, str]]) -> Callable[[], tuple[str, str]]:
    """One after the other, again and again."""
    place = -1

    def step() -> tuple[str, str]:
        nonlocal place
        place = (place + 1) % len(pages)
        return pages[place]

    return step


def tenths(samples: Sequence[Sample]) -> tuple[list[Sample], list[Sample]]:
    """The samples of the first and of the last tenth of the time, one at least."""
    each = max(1, len(samples) // 10)
    return list(samples[:each]), list(samples[-each:])


def estimates(found: Observed, name: str) -> list[Estimate]:
    """The figures: first tenth, last tenth, and delays over all."""
    first, last = tenths(found.samples)
    parts = (("first tenth", first), ("last tenth", last))
    figures = [Estimate(f"{name}: slabs a second", found.published / found.took, "/s")]
    for what, unit in (("memory", "MB"), ("cpu", "% of a core"), ("heap", "MB"), ("nodes", "")):
        title = {
            "memory": "memory of the console",
            "cpu": "CPU",
            "heap": "heap of a tab",
            "nodes": "nodes of a tab",
        }
        for part, samples in parts:
            mean = sum(getattr(one, what) for one in samples) / len(samples)
            figures.append(Estimate(f"{name}: {title[what]}, {part}", mean, unit))
    for part, samples in (*parts, ("all", found.samples)):
        delays = sorted(delay for one in samples for delay in one.delays)
        goal = "<= 500" if part == "all" else ""
        figures.append(Estimate(f"{name}: publish to screen p50, {part}", percentile(delays, 0.5), "ms"))
        figures.append(
            Estimate(f"{name}: publish to screen p95, {part}", percentile(delays, 0.95), "ms", goal)
        )
    figures.append(Estimate(f"{name}: slabs never on the screen", found.published - found.shown(), ""))
    for page, times in found.visits.items():
        figures.append(Estimate(f"{name}: to the page {page}, p50", percentile(sorted(times), 0.5), "ms"))
        figures.append(Estimate(f"{name}: to the page {page}, most", max(times), "ms", "<= 1000"))
    return figures
