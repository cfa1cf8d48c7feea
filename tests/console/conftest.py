"""A browser, a console and a line that is played to it."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.console.backing import nodes
from tests.console.figures import FIGURES
from tests.console.process import console
from tests.console.stage import Stage
from tests.services.missing import ServerMissing, skip_or_fail

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


READY = "html[data-listening], .ml-sign-in"
"""The page is there and hears taps, or asks who is there."""


def lacking(what: str) -> None:
    """Skip on a laptop; fail where everything has to be there."""
    if os.environ.get("MARBLELINE_TEST_STRICT") == "1":
        pytest.fail(f"{what}; MARBLELINE_TEST_STRICT=1 forbids to skip")
    pytest.skip(what)


def chromium() -> str | None:
    """Where this machine's Chromium is, None if it has none."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        lacking("no Playwright: install the test group")
    path = chromium()
    if path is None:
        lacking("no Chromium: on Debian, apt-get install chromium")
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield made
        made.close()


@pytest.fixture(scope="session", autouse=True)
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """RabbitMQ and Elasticsearch, where the run is on them."""
    try:
        with nodes(tmp_path_factory.mktemp("servers")):
            yield
    except ServerMissing as error:
        skip_or_fail(error)


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    made = Stage(tmp_path_factory.mktemp("line"))
    yield made
    made.close()


@pytest.fixture(scope="session")
def address(stage: Stage) -> Iterator[str]:
    with console(Path(stage.data)) as (address, _):
        yield address


@pytest.fixture
def opened(browser: Any) -> Iterator[Callable[..., Any]]:
    """Opens further tabs, each a person's own: ``opened(address, path="/shift", language="tr-TR")``."""
    contexts: list[Any] = []

    def open_(
        address: str,
        path: str = "",
        language: str = "en-GB",
        width: int = 1280,
        height: int = 800,
        headers: dict[str, str] | None = None,
    ) -> Any:
        context = browser.new_context(
            locale=language,
            timezone_id="Europe/Rome",
            viewport={"width": width, "height": height},
            extra_http_headers=headers or {},
        )
        contexts.append(context)
        tab = context.new_page()
        tab.set_default_timeout(30_000)
        tab.goto(address + path)
        tab.wait_for_selector(READY, state="attached")
        return tab

    yield open_
    for context in contexts:
        context.close()


@pytest.fixture
def page(browser: Any, address: str) -> Iterator[Any]:
    """A fresh tab on the console. It fails at its end if the page logged an error."""
    tab = browser.new_page(viewport={"width": 1280, "height": 800})
    tab.set_default_timeout(30_000)
    errors: list[str] = []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.goto(address)
    tab.wait_for_selector(READY, state="attached")
    tab.wait_for_selector(".ml-band")
    yield tab
    tab.close()
    assert errors == []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if FIGURES:
        terminalreporter.section("console")
        for figure in FIGURES:
            terminalreporter.write_line(figure)
