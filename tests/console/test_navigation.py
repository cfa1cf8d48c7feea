"""From page to page in a real browser: without a reload, with an address of its own, back and forward."""

from collections.abc import Callable
from typing import Any

from tests.console.stage import Stage
from tests.console.test_pages import PAGES, open_page

MARK = "window.stayed = true"


def test_a_change_of_page_reloads_nothing(opened: Callable[..., Any], address: str, stage: Stage) -> None:
    verdict, picture = stage.capture(seed=51)
    stage.report()
    stage.judge(verdict, picture)
    tab = opened(address)
    documents: list[str] = []
    tab.on("request", lambda one: documents.append(one.url) if one.resource_type == "document" else None)
    tab.evaluate(MARK)
    for name in (*list(PAGES)[1:], "live", "line", "live"):
        open_page(tab, name)
        tab.wait_for_url(f"{address}/{'' if name == 'live' else name}")
    assert tab.evaluate("window.stayed") is True
    assert documents == []


def test_back_and_forward_change_the_page(opened: Callable[..., Any], address: str) -> None:
    tab = opened(address)
    tab.evaluate(MARK)
    for name in ("review", "line"):
        open_page(tab, name)
        tab.wait_for_url(f"{address}/{name}")
    for step, name in (("back", "review"), ("back", "live"), ("forward", "review")):
        tab.evaluate(f"history.{step}()")
        tab.wait_for_selector(f'.ml-pages [data-page="{name}"][aria-current=page]')
        tab.wait_for_selector(PAGES[name])
    assert tab.evaluate("window.stayed") is True


def test_the_last_of_several_quick_clicks_counts(opened: Callable[..., Any], address: str) -> None:
    """Though runs of the pages before are due in between."""
    tab = opened(address)
    for _ in range(3):
        for name in ("review", "shift", "live", "line"):
            tab.locator(f".ml-pages [data-page={name}]").dispatch_event("click")
        tab.wait_for_selector('.ml-pages [data-page="line"][aria-current=page]')
        tab.wait_for_selector(PAGES["line"])
        tab.wait_for_url(f"{address}/line")
        open_page(tab, "live")


def test_a_link_opens_in_another_tab_too(opened: Callable[..., Any], address: str) -> None:
    tab = opened(address)
    with tab.context.expect_page() as other:
        tab.locator('.ml-pages [data-page="shift"]').click(modifiers=["ControlOrMeta"])
    other.value.wait_for_selector('.ml-pages [data-page="shift"][aria-current=page]')
    assert tab.locator(".ml-pages a[aria-current=page]").get_attribute("data-page") == "live"
