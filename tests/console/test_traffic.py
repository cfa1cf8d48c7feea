"""What a tab on Live gets over its web sockets while nobody uses it; counted by message, never by time."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.console.process import console
from tests.console.stage import Stage
from tests.console.test_focus import redrawn
from tests.console.test_live import shows

CYCLES = 5
"""Changes of the clock that are watched."""

AHEAD_S = -3600
"""Reports of the future: on a machine that stalls, no camera falls silent meanwhile."""

MARK = "document.querySelectorAll('[data-part] *').forEach(one => one.stayed = true)"
REPLACED = """[...document.querySelectorAll('[data-part] *')]
    .filter(one => !one.stayed && !one.closest('.ml-frozen')).map(one => one.outerHTML.slice(0, 120))"""


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    yield stage
    stage.close()


class Received:
    """Messages from the server, by the path of the web socket, since the last ``clear``."""

    def __init__(self, page: Any) -> None:
        self.messages: list[tuple[str, str | bytes]] = []
        page.on("websocket", self._opened)

    def _opened(self, socket: Any) -> None:
        path = "/" + socket.url.split("/", 3)[3]
        socket.on("framereceived", lambda payload: self.messages.append((path, payload)))

    def of(self, path: str) -> list[str | bytes]:
        return [payload for found, payload in self.messages if found == path]


def at_rest(page: Any, stage: Stage) -> None:
    """Wait until all of one slab has arrived: its picture as captured, counts, ledger."""
    verdict, picture = stage.capture(seed=5, label="crack")
    stage.report(ago_s=AHEAD_S)
    stage.judge(verdict, picture)
    shows(page, verdict)
    page.wait_for_function("document.querySelector('.ml-slab').naturalWidth === 640")
    page.wait_for_selector('[data-defect="crack"]')
    page.wait_for_selector(".ml-balance.is-balanced")
    redrawn(page)


@pytest.mark.parametrize("holds", ["false", "true"])
def test_a_tab_of_a_line_at_rest_gets_texts_only(browser: Any, own: Stage, holds: str) -> None:
    """Also while the card of the camera holds the faulty slab."""
    page = browser.new_page(viewport={"width": 1366, "height": 768})
    page.set_default_timeout(60_000)
    with console(own.data, None, "--console-hold-faulty", holds) as (address, _):
        received = Received(page)
        page.goto(address)
        at_rest(page, own)
        assert page.locator(".ml-card.is-held").count() == (holds == "true")
        page.evaluate(MARK)
        page.locator('.ml-truth[data-value="joint"]').focus()
        received.messages.clear()
        for _ in range(CYCLES):
            own.report(ago_s=AHEAD_S)
            redrawn(page, 1)
        streamed = [json.loads(payload) for payload in received.of("/_live")]
        assert received.of("/_stcore/stream") == []
        assert [one for one in streamed if one["chunks"] or one["new"]] == []
        clocks = {one["texts"]["bar"][0] for one in streamed if "bar" in one["texts"]}
        assert len(clocks) >= CYCLES
        assert len(streamed) <= 3 * (len(clocks) + 1), "a few for each second of the clock"
        assert max(len(payload) for payload in received.of("/_live")) < 1_000
        assert page.evaluate(REPLACED) == []
        assert page.evaluate("document.activeElement.dataset.value") == "joint"
    page.close()


def test_a_new_slab_replaces_no_slab_of_the_strip_and_keeps_the_scroll(browser: Any, own: Stage) -> None:
    page = browser.new_page(viewport={"width": 1000, "height": 400})
    page.set_default_timeout(60_000)
    with console(own.data) as (address, _):
        received = Received(page)
        page.goto(address)
        at_rest(page, own)
        main = page.locator('[data-testid="stMain"]')
        main.evaluate("one => one.scrollTop = 120")
        place = main.evaluate("one => one.scrollTop")
        page.evaluate(MARK)
        received.messages.clear()
        verdict, picture = own.capture(seed=6, label="dot")
        own.judge(verdict, picture)
        shows(page, verdict)
        assert received.of("/_stcore/stream") == []
        assert page.evaluate("document.querySelectorAll('.ml-strip li[data-item]').length") == 2
        stayed = "document.querySelectorAll('.ml-strip li[data-item]')[{}].stayed"
        assert page.evaluate(stayed.format(1)) is True
        assert page.evaluate(stayed.format(0)) is None
        assert page.evaluate("document.querySelector('.ml-cameras li').stayed") is True
        assert main.evaluate("one => one.scrollTop") == place > 0
    page.close()
