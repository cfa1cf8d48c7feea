"""The screen says that the line is away, and heals by itself when it is back: nobody reloads anything."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from marbleline.domain.decision import Decision
from tests.console.backing import backing
from tests.console.conftest import READY
from tests.console.process import console
from tests.console.stage import Stage
from tests.console.test_live import shows


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Stage]:
    """A line of this test's own, to be broken."""
    stage = Stage(tmp_path)
    yield stage
    stage.close()


def test_a_broker_that_goes_and_comes_back(browser: Any, own: Stage) -> None:
    page = browser.new_page()
    page.set_default_timeout(40_000)
    with console(own.data) as (address, _):
        page.goto(address)
        page.wait_for_selector(".ml-link.is-connected")
        page.evaluate("window.opened_once = true")
        first, picture = own.capture(seed=81)
        own.report()
        own.judge(first, picture)
        shows(page, first)

        own.broker.close()
        with backing(own.data).away("broker"):
            page.locator(".ml-banner .is-disconnected").wait_for()
            page.locator(".ml-band.is-stale").wait_for()
        with closing(Stage(own.data, ids=own.ids, sequences=own.sequences)) as again:
            page.locator(".ml-links .ml-reconnected", has_text="Reconnected at").wait_for()
            second, picture = again.capture(seed=82, label="crack", decision=Decision.FAULTY)
            again.report()
            again.judge(second, picture)
            shows(page, second)
        assert page.evaluate("window.opened_once") is True
    page.close()


def test_a_label_given_while_the_store_is_away_is_said_to_be_lost(browser: Any, own: Stage) -> None:
    page = browser.new_page()
    page.set_default_timeout(40_000)
    with console(own.data) as (address, _):
        page.goto(address)
        page.wait_for_selector(READY, state="attached")
        verdict, picture = own.capture(seed=83, label="dot")
        own.report()
        own.judge(verdict, picture)
        shows(page, verdict)
        page.wait_for_selector(f'.ml-truth[data-frame="{verdict.frame.frame_id}"]')
        own.store.close()
        with backing(own.data).away("store"):
            page.keyboard.press("1")
            page.locator(".ml-message .is-failed", has_text="Not saved").wait_for()
        page.keyboard.press("1")
        page.locator(".ml-band .ml-word", has_text="good").wait_for()
    page.close()
