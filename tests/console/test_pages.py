"""Every page in every language: it opens from the bar, shows all its texts, and is accessible."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from pypdf import PdfReader

from marbleline.console.i18n.catalogues import LANGUAGES
from marbleline.console.i18n.locale import Locale
from marbleline.domain.clock import now
from marbleline.domain.decision import Decision
from marbleline.domain.frame import sha256_hex
from marbleline.domain.label import new_label
from marbleline.domain.records import CameraState
from tests.builders import wait_until
from tests.console.conftest import lacking
from tests.console.layout import layout_problems
from tests.console.stage import Stage

PAGES = {
    "live": ".ml-band",
    "review": ".ml-stage, .ml-nothing",
    "guide": ".ml-guide",
    "alarms": ".ml-alarm-counts",
    "shift": ".ml-tiles",
    "quality": ".ml-chart",
    "search": ".ml-hits",
    "line": ".ml-dead-letters, .ml-table",
    "cameras": ".ml-setup-state",
    "products": ".ml-steps",
    "studio": ".ml-versions",
}
TAGS = {"en": "en-GB", "es": "es-ES", "it": "it-IT", "tr": "tr-TR"}


def open_page(tab: Any, name: str) -> None:
    """By the bar, as a person does."""
    tab.locator(f'.ml-pages [data-page="{name}"]').click()
    tab.wait_for_selector(f'.ml-pages [data-page="{name}"][aria-current=page]')
    tab.wait_for_selector(PAGES[name])


@pytest.fixture(scope="module", autouse=True)
def played(stage: Stage) -> None:
    """Something of everything, so that each page has something to show."""
    for seed, decision in ((71, Decision.GOOD), (72, Decision.FAULTY), (73, Decision.REVIEW)):
        label = "good" if decision is Decision.GOOD else "crack"
        verdict, picture = stage.capture(seed=seed, label=label, decision=decision, slab_id=f"P-{seed}")
        stage.report()
        stage.judge(verdict, picture)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_opens_in_the_browsers_language(
    opened: Callable[..., Any], address: str, language: str
) -> None:
    tab = opened(address, language=TAGS[language])
    tab.wait_for_selector(".ml-band")
    errors: list[str] = []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    locale = Locale(language)
    for name in (*list(PAGES)[1:], "live"):
        open_page(tab, name)
        assert locale.gettext(f"page.{name}") in tab.locator(".ml-pages a[aria-current=page]").inner_text()
        assert tab.locator('[data-testid="stException"]').count() == 0
    tab.wait_for_function(f"document.documentElement.lang === '{language}'")
    assert errors == []


def test_a_page_has_an_address_of_its_own(opened: Callable[..., Any], address: str) -> None:
    tab = opened(address, "/shift")
    tab.wait_for_selector('.ml-pages [data-page="shift"][aria-current=page]')
    open_page(tab, "line")
    assert tab.url.endswith("/line")


@pytest.mark.parametrize("name", list(PAGES))
def test_axe_finds_nothing_serious_in_our_own_markup(
    opened: Callable[..., Any], address: str, stage: Stage, name: str
) -> None:
    """Widgets are Streamlit's own; all that this package draws is inside ``.stHtml``."""
    try:
        from axe_playwright_python.sync_playwright import Axe
    except ImportError:
        lacking("no axe: install the test group")
    stage.report("camera-1", CameraState.OFFLINE)  # an alarm is on the screen too
    tab = opened(address, "" if name == "live" else f"/{name}")
    tab.wait_for_selector(PAGES[name])
    found = Axe().run(tab, context={"include": [[".stHtml"]]}, options={"resultTypes": ["violations"]})
    stage.report("camera-1")
    serious = [
        (one["id"], [node["html"][:200] for node in one["nodes"][:3]])
        for one in found.response["violations"]
        if one["impact"] in ("serious", "critical")
    ]
    assert serious == []


def test_the_shift_is_exported_as_counted(opened: Callable[..., Any], address: str, stage: Stage) -> None:
    tab = opened(address, "/shift")
    tab.wait_for_selector(".ml-tiles")
    with tab.expect_download() as waiting:
        tab.get_by_role("button", name="Download CSV").click()
    rows = list(csv.DictReader(io.StringIO(waiting.value.path().read_text(encoding="utf-8-sig"))))
    assert {row["decision"] for row in rows} >= {"good", "faulty", "review"}
    assert sum(int(row["slabs"]) for row in rows) > 0
    with tab.expect_download() as waiting:
        tab.get_by_role("button", name="Printable report").click()
    assert "line-1: Shift" in waiting.value.path().read_text(encoding="utf-8")


def test_the_report_of_a_shift_is_a_pdf_on_both_pages(opened: Callable[..., Any], address: str) -> None:
    for page in ("/shift", "/quality"):
        tab = opened(address, page)
        with tab.expect_download() as waiting:
            tab.get_by_role("button", name="Shift report (PDF)").click()
        path = waiting.value.path()
        assert "line-1: shift report" in PdfReader(path).pages[0].extract_text()
        assert waiting.value.suggested_filename.endswith(".pdf")
        tab.close()


def test_a_slab_is_found_with_its_evidence_history_and_original(
    opened: Callable[..., Any], address: str, stage: Stage
) -> None:
    verdict, picture = stage.capture(seed=74, label="joint", slab_id="FIND-ME")
    stage.report()
    stage.judge(verdict, picture)
    stage.store.put_labels([new_label(verdict, "good", "anna", now())])
    tab = opened(address, "/search")
    tab.get_by_label("Slab").fill("FIND-ME")
    tab.keyboard.press("Enter")
    hit = tab.locator(f'.ml-hits button[data-frame="{verdict.frame.frame_id}"]')
    hit.wait_for()
    tab.wait_for_function("document.querySelectorAll('.ml-hits li').length === 1")
    hit.click()
    tab.locator(".ml-evidence code", has_text=sha256_hex(picture)).wait_for()
    assert verdict.model.digest in tab.locator(".ml-evidence").first.inner_text()
    tab.locator(".ml-history li", has_text="labelled good by anna").wait_for()
    tab.wait_for_function("document.querySelector('.ml-slab').naturalWidth === 640")
    with tab.expect_download() as waiting:
        tab.get_by_role("button", name="Download the original").click()
    assert waiting.value.path().read_bytes() == picture


def test_a_slab_that_is_chosen_on_a_phone_comes_into_view(opened: Callable[..., Any], address: str) -> None:
    tab = opened(address, "/search", language="es-ES", width=390, height=844)
    hit = tab.locator(".ml-hits button").first
    frame_id = hit.get_attribute("data-frame")
    hit.click()
    top = f"document.querySelector('.ml-slab-title[data-frame=\"{frame_id}\"]')?.getBoundingClientRect().top"
    tab.wait_for_function(f"{top} > -1 && {top} < innerHeight / 2")
    wait_until(lambda: layout_problems(tab) == [], 10, "the slab to fit on the screen")


def test_a_figure_leads_to_its_slabs_by_the_keyboard(opened: Callable[..., Any], address: str) -> None:
    tab = opened(address, "/quality")
    tab.locator(".ml-drill", has_text="crack").focus()
    tab.keyboard.press("Enter")
    hit = tab.locator(".ml-drilled a", has_text="P-72")
    hit.focus()
    tab.keyboard.press("Enter")
    tab.locator(".ml-slab-title", has_text="P-72").wait_for()


def test_an_alarm_is_on_the_live_page_with_what_to_do(page: Any, stage: Stage) -> None:
    verdict, picture = stage.capture("camera-broken", seed=75)
    stage.judge(verdict, picture)
    stage.report("camera-broken", CameraState.OFFLINE)
    alarm = page.locator('.ml-alarms li[data-subject="camera-broken"]')
    alarm.wait_for()
    assert "Check its cable, power and address." in alarm.inner_text()
    stage.report("camera-broken", CameraState.ENDED)
    alarm.wait_for(state="detached")
