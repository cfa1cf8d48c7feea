"""The live page in a real browser, on a real console process and a real line's folder."""

import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from marbleline.domain.decision import Decision
from marbleline.domain.verdict import Verdict
from tests.console.backing import ON_SERVERS
from tests.console.figures import FIGURES
from tests.console.process import console
from tests.console.stage import Stage
from tests.services.processes import free_ports

HOSTILE = """"'><img src=x onerror="window.hurt=1"><script>window.hurt=1</script>"""


def shows(page: Any, verdict: Verdict) -> None:
    """Wait until this slab is the large one."""
    frame_id = verdict.frame.frame_id
    seen = f"document.querySelector('.ml-picture')?.dataset.frame === '{frame_id}'"
    page.wait_for_function(seen, polling="raf")


def test_a_verdict_appears_with_word_shape_and_colour(page: Any, stage: Stage) -> None:
    stage.report()
    for decision, word in ((Decision.FAULTY, "Faulty"), (Decision.GOOD, "Good"), (Decision.REVIEW, "Review")):
        label = "good" if decision is Decision.GOOD else "joint"
        verdict, picture = stage.capture(seed=3, label=label, decision=decision)
        stage.report()
        at = time.monotonic()
        stage.judge(verdict, picture)
        shows(page, verdict)
        FIGURES.append(f"published to on the screen, {word.lower()}: {(time.monotonic() - at) * 1000:.0f} ms")
        band = page.locator(f".ml-band.is-{decision.value}:not(.is-stale)")
        assert word in band.inner_text()
        assert band.locator("img.ml-shape").count() == 1
    assert page.locator(".ml-strip li:not(.is-empty)").count() >= 3


def test_the_heat_map_lies_over_the_defect_and_goes_away(page: Any, stage: Stage) -> None:
    verdict, picture = stage.capture(seed=11, label="crack", decision=Decision.FAULTY)
    stage.report()
    stage.judge(verdict, picture)
    shows(page, verdict)
    slab, heat = page.locator(".ml-slab"), page.locator(".ml-heat")
    heat.wait_for()
    assert slab.bounding_box() == heat.bounding_box()
    page.get_by_text("Heat map").click()
    heat.wait_for(state="detached")
    page.get_by_text("Heat map").click()
    heat.wait_for()


def test_the_picture_as_captured_replaces_the_thumbnail(page: Any, stage: Stage) -> None:
    verdict, picture = stage.capture(seed=12)
    stage.report()
    stage.judge(verdict, picture)
    shows(page, verdict)
    page.wait_for_function("document.querySelector('.ml-slab').naturalWidth === 640")


def test_a_camera_that_falls_silent_is_greyed_with_the_words(page: Any, stage: Stage) -> None:
    verdict, picture = stage.capture("camera-quiet", seed=5)
    stage.judge(verdict, picture)
    stage.report("camera-quiet", ago_s=60)
    card = page.locator('.ml-card[data-camera="camera-quiet"]')
    page.wait_for_selector('.ml-card[data-camera="camera-quiet"][data-state="silent"]')
    assert "no report since" in card.inner_text()
    shows(page, verdict)
    page.wait_for_selector(".ml-band.is-stale")
    assert "Last known" in page.locator(".ml-band").inner_text()
    assert "no report since" in page.locator(".ml-note.is-stale").inner_text()
    assert "grayscale(1)" in page.locator(".ml-slab").evaluate("e => getComputedStyle(e).filter")
    stage.report("camera-quiet")
    page.wait_for_selector('.ml-card[data-camera="camera-quiet"][data-state="online"]')
    page.wait_for_selector(".ml-band:not(.is-stale)")


def test_counts_and_ledger_are_shown(page: Any, stage: Stage) -> None:
    number = stage.sequences.get("camera-ledger", 0) + 1
    verdict, picture = stage.capture("camera-ledger", seed=7, label="dot", decision=Decision.FAULTY)
    stage.judge(verdict, picture)
    stage.report("camera-ledger")
    shows(page, verdict)
    page.wait_for_selector('[data-defect="dot"]')
    assert int(page.locator('[data-count="faulty"] .ml-count-number').inner_text()) >= 1
    assert "Balanced" in page.locator(".ml-balance.is-balanced").inner_text()
    page.get_by_role("link", name="Line").click()
    row = page.locator(".ml-table tr", has_text="camera-ledger")
    row.wait_for()
    assert row.locator("td").all_inner_texts()[:2] == [str(number), str(number)]


def test_a_hostile_name_is_text(page: Any, stage: Stage) -> None:
    verdict, picture = stage.capture(seed=8, slab_id=HOSTILE)
    stage.report()
    stage.judge(verdict, picture)
    shows(page, verdict)
    page.locator(".ml-facts", has_text=HOSTILE).wait_for()
    assert page.evaluate("window.hurt") is None
    assert page.locator("img[src=x]").count() == 0


def test_a_tapped_slab_is_held_until_released(page: Any, stage: Stage) -> None:
    first, picture = stage.capture(seed=21)
    stage.report()
    stage.judge(first, picture)
    shows(page, first)
    second, picture = stage.capture(seed=22)
    stage.judge(second, picture)
    shows(page, second)
    page.locator(f'.ml-strip button[data-frame="{first.frame.frame_id}"]').click()
    shows(page, first)
    assert "Held" in page.locator(".ml-note.is-held").inner_text()
    page.locator('.ml-moves [data-key="ArrowRight"]:enabled').wait_for()
    page.keyboard.press("ArrowRight")
    shows(page, second)
    page.get_by_role("button", name="Back to live").click()
    page.locator(".ml-note.is-held").wait_for(state="detached")


def test_a_tap_counts_though_its_button_is_drawn_anew_under_the_finger(page: Any, stage: Stage) -> None:
    first, picture = stage.capture(seed=23)
    stage.report()
    stage.judge(first, picture)
    shows(page, first)
    page.locator(f'.ml-strip button[data-frame="{first.frame.frame_id}"]').hover()
    page.mouse.down()
    second, picture = stage.capture(seed=24)
    stage.judge(second, picture)
    shows(page, second)
    page.mouse.up()
    shows(page, first)
    page.locator(".ml-note.is-held").wait_for()


def test_nothing_is_fetched_from_elsewhere(browser: Any, address: str) -> None:
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    page.wait_for_selector(".ml-band")
    page.close()
    assert [
        url for url in asked if not url.startswith((address, "data:", "blob:", address.replace("http", "ws")))
    ] == []


def test_a_screen_whose_server_died_says_so(browser: Any, tmp_path: Path) -> None:
    """And goes on by itself when the server is back; it ends cleanly when told to."""
    [port] = free_ports(1)
    page = browser.new_page()
    with console(tmp_path, port) as (address, process):
        page.goto(address)
        page.wait_for_selector(".ml-band")
        assert page.locator(".ml-frozen").is_hidden()
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        page.locator(".ml-frozen strong").wait_for(state="visible", timeout=30_000)
    with console(tmp_path, port):
        page.locator(".ml-frozen").wait_for(state="hidden", timeout=60_000)
        page.wait_for_selector(".ml-link.is-connected", timeout=60_000)
    page.close()


def test_several_tabs_share_one_subscription(browser: Any, address: str, stage: Stage) -> None:
    tabs = [browser.new_page() for _ in range(3)]
    for tab in tabs:
        tab.goto(address)
    verdict, picture = stage.capture(seed=31)
    stage.report()
    stage.judge(verdict, picture)
    for tab in tabs:
        shows(tab, verdict)
        tab.close()
    if ON_SERVERS:
        return  # RabbitMQ's streams know no subscribers to count
    with closing(sqlite3.connect(stage.data / "broker.db")) as broker:
        assert broker.execute("SELECT count(*) FROM subscribers").fetchone() == (1,)
