"""The console in a real browser with several tabs.

First paint, change of page, publish to screen, tap to shown, and what an idle tab sends and receives. Then
the tabs stay open while ten slabs a second arrive at a line with 20,000 on record: for five minutes, or
``MINUTES``.
"""

import tempfile
import time
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import sync_playwright
from tests.console.conftest import FLAGS, chromium
from tests.console.process import console
from tests.console.stage import Stage
from tests.services.missing import ServerMissing

from benchmarks import console_load as load
from benchmarks.listener import percentile
from benchmarks.report import Estimate, Result

PAGES: Final = (("review", ".ml-stage, .ml-nothing"), ("line", ".ml-table"), ("live", ".ml-band"))
CAMERAS: Final = ("camera-1", "camera-2")

# The browser itself notes when a slab became the large one: a wait from outside would add round trips.
WATCH: Final = """() => {
    window.shown = {}
    const note = () => {
        const frame = document.querySelector(".ml-picture")?.dataset.frame
        if (frame) window.shown[frame] ??= performance.timeOrigin + performance.now()
    }
    new MutationObserver(note).observe(document.body, { childList: true, subtree: true, attributes: true })
    addEventListener("pointerdown", () => {
        window.shown = {}
        window.tapped = performance.timeOrigin + performance.now()
    }, true)
}"""
PAINT: Final = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"


class Traffic:
    """Counts what one tab's web socket carries, and the tab's requests."""

    def __init__(self, tab: Any) -> None:
        self.frames = self.bytes = self.requests = 0
        session = tab.context.new_cdp_session(tab)
        session.send("Network.enable")
        for name in ("Received", "Sent"):
            session.on(f"Network.webSocketFrame{name}", self._frame)
        session.on("Network.requestWillBeSent", self._request)

    def _frame(self, event: dict[str, Any]) -> None:
        response = event["response"]
        encoded = response["opcode"] != 1  # binary frames are shown in Base64
        self.frames += 1
        self.bytes += len(response["payloadData"]) * 3 // 4 if encoded else len(response["payloadData"])

    def _request(self, event: dict[str, Any]) -> None:
        self.requests += not event["request"]["url"].startswith(("data:", "blob:"))


def run(quick: bool) -> Result:
    """Ten tabs on Live; the first one is watched and used."""
    path = chromium()
    if path is None:
        raise ServerMissing("no Chromium: on Debian, apt-get install chromium")
    tabs, rounds = (3, 5) if quick else (10, 30)
    stored, lasts = 1_000 if quick else 20_000, load.minutes(quick)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        stage = Stage(Path(folder))
        try:
            with console(stage.data) as (address, _):
                usage = measure(browser, stage, address, tabs, rounds)
            stage.close()
            stage = Stage(Path(folder) / "loaded")
            load.store_many(stage, stored)
            with console(stage.data) as (address, process):
                found = load.observe(browser, stage, address, process.pid, lasts * 60)
        finally:
            stage.close()
            browser.close()
    usage += load.estimates(found, "under load")
    return Result(
        "console",
        f"The console in Chromium with {tabs} tabs on Live",
        tuple(usage),
        conditions="headless, 1366x768, embedded line of two cameras that report each second, drawn slabs; "
        f"under load: {len(load.TABS)} tabs and one that goes from page to page, four cameras, {stored} "
        f"verdicts on record, {lasts:g} minutes",
    )


def measure(browser: Any, stage: Stage, address: str, tabs: int, rounds: int) -> list[Estimate]:
    """All figures, from one browser on one console."""
    judge(stage, 0)
    tab = browser.new_page(viewport={"width": 1366, "height": 768})
    traffic = Traffic(tab)
    tab.goto(address)
    tab.wait_for_selector(".ml-band[data-frame]")
    tab.wait_for_selector("html[data-listening]", state="attached")
    others = [browser.new_page() for _ in range(tabs - 1)]
    for other in others:
        other.goto(address)
        other.wait_for_selector(".ml-band[data-frame]")
    tab.evaluate(WATCH)
    published = sorted(publish_to_screen(tab, stage, number) for number in range(1, rounds + 1))
    tapped = sorted(tap_to_shown(tab) for _ in range(rounds))
    frames, size = idle(tab, traffic, stage, seconds=10)
    changes, requests = change_pages(tab, traffic, max(2, rounds // 5))
    return [
        Estimate("first contentful paint", tab.evaluate(PAINT), "ms", "<= 1500"),
        *_spread("change of page", changes, "<= 400"),
        Estimate("change of page: most requests", max(requests), ""),
        *_spread("publish to screen", published, "<= 500"),
        *_spread("tap to shown", tapped, "<= 300"),
        Estimate("idle tab: web socket frames", frames, "/s", "<= 5"),
        Estimate("idle tab: web socket", size, "kB/s", "<= 10"),
    ]


def judge(stage: Stage, seed: int) -> str:
    """A slab is judged, and the cameras report; its frame id."""
    verdict, picture = stage.capture(seed=seed % 7, label=("good", "crack")[seed % 2])
    stage.judge(verdict, picture)
    for camera in CAMERAS:
        stage.report(camera)
    return verdict.frame.frame_id


def publish_to_screen(tab: Any, stage: Stage, seed: int) -> float:
    """Milliseconds from before a verdict is published and stored until the page shows its slab."""
    begun = time.time() * 1000
    frame_id = judge(stage, seed)
    return _shown_at(tab, frame_id) - begun


def tap_to_shown(tab: Any) -> float:
    """Milliseconds from a finger on another slab of the strip until it is the large one."""
    other = tab.locator(".ml-strip li:not(.is-shown):not(.is-empty) button").first
    frame_id = other.get_attribute("data-frame")
    other.click()
    shown: float = _shown_at(tab, frame_id) - tab.evaluate("window.tapped")
    return shown


def idle(tab: Any, traffic: Traffic, stage: Stage, seconds: int) -> tuple[float, float]:
    """Frames and kB a second, both ways, while no slab arrives."""
    before, begun = (traffic.frames, traffic.bytes), time.monotonic()
    for _ in range(seconds):
        for camera in CAMERAS:
            stage.report(camera)
        tab.wait_for_timeout(1000)
    took = time.monotonic() - begun
    return (traffic.frames - before[0]) / took, (traffic.bytes - before[1]) / took / 1000


def change_pages(tab: Any, traffic: Traffic, rounds: int) -> tuple[list[float], list[int]]:
    """Milliseconds, sorted, and requests of each change of page."""
    times, requests = [], []
    for _ in range(rounds):
        for name, content in PAGES:
            before, begun = traffic.requests, time.monotonic()
            tab.locator(f'.ml-pages [data-page="{name}"]').click()
            tab.wait_for_selector(f'.ml-pages [data-page="{name}"][aria-current=page]')
            tab.wait_for_selector(content)
            times.append((time.monotonic() - begun) * 1000)
            requests.append(traffic.requests - before)
    return sorted(times), requests


def _shown_at(tab: Any, frame_id: str) -> float:
    tab.wait_for_function("frame => window.shown[frame]", arg=frame_id, polling=20)
    at: float = tab.evaluate("frame => window.shown[frame]", frame_id)
    return at


def _spread(name: str, values: list[float], goal: str) -> list[Estimate]:
    return [
        Estimate(f"{name}: p50", percentile(values, 0.5), "ms"),
        Estimate(f"{name}: p95", percentile(values, 0.95), "ms", goal),
    ]
