"""The alarm centre in a real browser: acknowledged and shelved by keyboard alone, by those who may."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from marbleline.domain.alarm import CALIBRATION, GATE, GOLDEN_SAMPLE, Alarm
from marbleline.domain.alarm_event import AlarmAction, AlarmEvent
from marbleline.domain.clock import now
from marbleline.errors import StoreUnavailable
from tests.builders import wait_until
from tests.console.process import console
from tests.console.stage import Stage
from tests.console.test_access import FORGED, violations
from tests.console.test_products import go_to

ANNA, VERA = ({"X-Forwarded-User": name} for name in ("anna", "vera"))
ROW = '.ml-alarm[data-alarm="{}"]'
BANNER = '.ml-alarms li[data-alarm="{}"]'
COUNT_BEEPS = """() => {
    const original = AudioContext.prototype.createOscillator
    window.beeps = 0
    AudioContext.prototype.createOscillator = function () {
        window.beeps += 1
        return original.call(this)
    }
}"""


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Stage]]:
    """A line with three alarms on record, and a console behind a proxy."""
    stage = Stage(tmp_path_factory.mktemp("plant") / "data")
    verdict, picture = stage.capture(seed=1, slab_id="S-1")
    stage.judge(verdict, picture)  # no report: a camera that falls silent would be one more alarm
    for kind, subject in ((GATE, "gate-1"), (GOLDEN_SAMPLE, "camera-1"), (CALIBRATION, "camera-1")):
        stage.store.put_alarms([Alarm(stage.line, kind, subject, True, now(), "as the test wants it", "")])
    flags = ("--console-login", "header", "--console-operators", "anna")
    with console(stage.data, None, *flags) as (address, _):
        yield address, stage
    stage.close()


def events(stage: Stage, kind: str, subject: str) -> list[AlarmEvent]:
    """Without what the line itself did."""
    return [one for one in stage.store.alarm_events(stage.line, 100, alarm=(kind, subject)) if one.by]


def test_an_alarm_is_acknowledged_by_keyboard_alone_and_the_live_page_stays_calm(
    opened: Callable[..., Any], plant: tuple[str, Stage]
) -> None:
    address, stage = plant
    tab = opened(address, headers=ANNA, width=1366, height=768)
    tab.locator(BANNER.format(GATE)).wait_for()
    go_to(tab, ".ml-alarms h2 a")
    tab.keyboard.press("Enter")
    button = f'[data-action="acknowledge"][data-value="{GATE} gate-1"]'
    tab.wait_for_selector(button)
    assert tab.locator(".ml-alarm .ml-severity").first.inner_text() == "Critical"
    go_to(tab, button)
    tab.keyboard.press("Enter")
    tab.locator(f'{ROW.format(GATE)}[data-state="acknowledged"]', has_text="anna").wait_for()
    tab.locator(".ml-table tr", has_text="Acknowledged").locator("td", has_text="anna").wait_for()
    assert [(one.action, one.by) for one in events(stage, GATE, "gate-1")] == [
        (AlarmAction.ACKNOWLEDGED, "anna")
    ]
    tab.locator('.ml-pages [data-page="live"]').click()
    tab.locator(BANNER.format(GATE) + ".is-acknowledged").wait_for()


def test_an_alarm_is_shelved_for_a_time_with_a_reason_by_keyboard_alone(
    opened: Callable[..., Any], plant: tuple[str, Stage]
) -> None:
    address, stage = plant
    tab = opened(address, "/alarms", headers=ANNA, width=1366, height=768)
    button = f'[data-action="shelf"][data-value="{CALIBRATION} camera-1"]'
    tab.wait_for_selector(button)
    go_to(tab, button)
    tab.keyboard.press("Enter")
    reason = tab.get_by_label("Reason")
    reason.wait_for()
    tab.wait_for_function("document.activeElement.getAttribute('aria-label') === 'Reason'")
    assert violations(tab, everywhere=True) == []
    go_to(tab, 'input[aria-label="Reason"]')
    tab.keyboard.type("target ordered")
    go_to(tab, '[data-testid="stFormSubmitButton"] button')
    tab.keyboard.press("Enter")
    shelved = tab.locator(f'{ROW.format(CALIBRATION)}[data-state="shelved"]', has_text="target ordered")
    shelved.wait_for()
    (event,) = events(stage, CALIBRATION, "camera-1")
    assert (event.action, event.by, event.reason) == (AlarmAction.SHELVED, "anna", "target ordered")
    assert event.until == event.at + 3_600_000_000
    live = opened(address, headers=ANNA)
    live.locator(BANNER.format(GOLDEN_SAMPLE)).wait_for()
    assert live.locator(BANNER.format(CALIBRATION)).count() == 0
    shelved.locator('[data-action="unshelve"]').click()
    tab.locator(f'{ROW.format(CALIBRATION)}[data-state="unacknowledged"]').wait_for()
    live.locator(BANNER.format(CALIBRATION)).wait_for()


def test_an_alarm_that_returns_waits_to_be_acknowledged(
    opened: Callable[..., Any], plant: tuple[str, Stage]
) -> None:
    address, stage = plant
    tab = opened(address, "/alarms", headers=ANNA)
    alarm = Alarm(stage.line, "drift", "camera-1", True, now(), "30 % darker", "clean the lamp")
    stage.store.put_alarms([alarm])
    tab.locator(f'{ROW.format("drift")}[data-state="unacknowledged"]', has_text="30 % darker").wait_for()
    recorded = ("drift", "camera-1")

    def on_record() -> bool:
        try:
            return bool(stage.store.alarm_events(stage.line, 9, alarm=recorded))
        except StoreUnavailable:  # the first event makes Elasticsearch's index: it can't be read at once
            return False

    wait_until(on_record, 30, "it is on record")
    stage.store.put_alarms([Alarm(stage.line, "drift", "camera-1", False, now(), "as before", "")])
    returned = tab.locator(f'{ROW.format("drift")}[data-state="returned"]')
    returned.wait_for()
    returned.locator('[data-action="acknowledge"]').click()
    returned.wait_for(state="detached")
    said = [one.action for one in reversed(stage.store.alarm_events(stage.line, 9, alarm=recorded))]
    assert said == [AlarmAction.RAISED, AlarmAction.RETURNED, AlarmAction.ACKNOWLEDGED]


def test_a_viewer_who_forges_buttons_is_refused_by_the_server(
    opened: Callable[..., Any], plant: tuple[str, Stage]
) -> None:
    address, stage = plant
    tab = opened(address, "/alarms", headers=VERA)
    tab.locator(ROW.format(GOLDEN_SAMPLE)).wait_for()
    assert tab.locator(".ml-alarm button").count() == 0
    for action in ("acknowledge", "shelve", "unshelve"):
        tab.evaluate(FORGED, [action, "", f"{GOLDEN_SAMPLE} camera-1"])
    tab.locator(".ml-message .is-failed", has_text="vera is viewer; this needs operator").wait_for()
    tab.evaluate(FORGED, ["shelf", "", f"{GOLDEN_SAMPLE} camera-1"])
    tab.wait_for_function("document.querySelector('html').dataset.listening")
    assert tab.locator('[data-testid="stForm"]').count() == 0
    assert events(stage, GOLDEN_SAMPLE, "camera-1") == []


def test_the_sound_is_switched_on_in_the_browser_and_stays_on(
    opened: Callable[..., Any], plant: tuple[str, Stage]
) -> None:
    address, _ = plant
    tab = opened(address, "/alarms", headers=ANNA)
    tab.locator(ROW.format(GOLDEN_SAMPLE)).wait_for()
    tab.evaluate(COUNT_BEEPS)
    switch = "[data-alarm-sound]"
    go_to(tab, switch)
    assert tab.evaluate("window.beeps") == 0
    tab.keyboard.press("Enter")
    tab.wait_for_selector(f"{switch}[aria-pressed=true]")
    tab.wait_for_function("window.beeps > 0")
    tab.locator('.ml-pages [data-page="live"]').click()
    tab.locator(BANNER.format(GOLDEN_SAMPLE)).wait_for()
    heard = tab.evaluate("window.beeps")
    tab.wait_for_function(f"window.beeps > {heard}")
    tab.goto(address + "/alarms")
    tab.wait_for_selector(f"{switch}[aria-pressed=true]")
