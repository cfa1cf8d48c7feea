"""The light theme in a real browser: by the browser's wish, readable on every page."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from marbleline.domain.decision import Decision
from marbleline.domain.records import CameraState
from tests.console.conftest import lacking
from tests.console.process import console
from tests.console.stage import Stage
from tests.console.test_pages import PAGES, open_page

BACK = "getComputedStyle(document.querySelector('[data-testid=stMain]')).backgroundColor"
LIGHT, DARK = "rgb(243, 245, 246)", "rgb(16, 20, 23)"


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A console of a line with a slab of each decision and an alarm, that follows each browser."""
    stage = Stage(tmp_path_factory.mktemp("plant") / "data")
    for seed, decision in ((71, Decision.GOOD), (72, Decision.FAULTY), (73, Decision.REVIEW)):
        verdict, picture = stage.capture(seed=seed, label="crack", decision=decision, slab_id=f"P-{seed}")
        stage.judge(verdict, picture)
    stage.report("camera-1", CameraState.OFFLINE)
    with console(stage.data, None, "--console-theme", "auto") as (address, _):
        yield address
    stage.close()


def test_every_page_is_readable_in_the_light(opened: Callable[..., Any], plant: str) -> None:
    try:
        from axe_playwright_python.sync_playwright import Axe
    except ImportError:
        lacking("no axe: install the test group")
    tab = opened(plant)
    tab.emulate_media(color_scheme="light")
    tab.reload()
    tab.wait_for_selector(PAGES["live"])
    tab.wait_for_function(f"{BACK} === '{LIGHT}'")
    found = {}
    for name in PAGES:
        open_page(tab, name)
        rules = {"runOnly": ["color-contrast"], "resultTypes": ["violations"]}
        violations = Axe().run(tab, context={"include": [[".stHtml"]]}, options=rules).response["violations"]
        if violations:
            found[name] = [node["html"][:200] for one in violations for node in one["nodes"][:5]]
    assert found == {}


def test_who_prefers_dark_keeps_it(opened: Callable[..., Any], plant: str, address: str) -> None:
    """And so does everybody where nobody has set the theme."""
    for console_, prefers in ((plant, "dark"), (address, "light")):
        tab = opened(console_)
        tab.emulate_media(color_scheme=prefers)
        tab.reload()
        tab.wait_for_selector(".ml-top")
        tab.wait_for_function(f"{BACK} === '{DARK}'")
