"""Who may do what, in a real browser: the server refuses, whatever the page offered."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from marbleline.domain.clock import now
from marbleline.domain.decision import Decision
from marbleline.domain.label import new_label
from marbleline.ports.topology import FRAMES
from tests.builders import frame_message, make_frame, make_picture, wait_until
from tests.console.backing import backing
from tests.console.conftest import lacking
from tests.console.process import console
from tests.console.provider import CLIENT, provider
from tests.console.stage import Stage
from tests.console.test_live import shows
from tests.console.test_overrule import judged, labels, wait_for_label
from tests.services.processes import free_ports

FORGED = """([action, frame, value]) => {
    const button = document.createElement("button")
    Object.assign(button.dataset, { action, frame, value })
    document.body.append(button)
    button.click()
}"""


def violations(tab: Any, *, everywhere: bool = False) -> list[tuple[str, str]]:
    """What axe finds in our own markup, or ``everywhere``: in Streamlit's widgets too."""
    try:
        from axe_playwright_python.sync_playwright import Axe
    except ImportError:
        lacking("no axe: install the test group")
    where = None if everywhere else {"include": [[".stHtml"]]}
    found = Axe().run(tab, context=where, options={"resultTypes": ["violations"]})
    return [(one["id"], one["nodes"][0]["html"][:200]) for one in found.response["violations"]]


@pytest.fixture(scope="module")
def proxied(stage: Stage) -> Iterator[str]:
    """A console of the same line that believes a header from this machine."""
    flags = ("--console-login", "header", "--console-operators", "anna,bert", "--console-engineers", "eva")
    with console(stage.data, None, *flags) as (address, _):
        yield address


def test_nobody_comes_in_without_a_name(opened: Callable[..., Any], proxied: str) -> None:
    tab = opened(proxied)
    tab.wait_for_selector(".ml-sign-in")
    assert tab.locator(".ml-band, .ml-pages").count() == 0


def test_a_viewer_who_forges_a_button_is_refused_by_the_server(
    opened: Callable[..., Any], proxied: str, stage: Stage
) -> None:
    tab = opened(proxied, headers={"X-Forwarded-User": "vera"})
    verdict = judged(stage, 61)
    shows(tab, verdict)
    assert tab.locator('[data-role="viewer"]').inner_text().startswith("vera")
    assert tab.locator(".ml-truth, [data-drawable]").count() == 0
    tab.evaluate(FORGED, ["overrule", verdict.frame.frame_id, "good"])
    tab.locator(
        ".ml-message .is-failed", has_text="Access denied: vera is viewer; this needs operator"
    ).wait_for()
    assert labels(stage, verdict) == []


def test_without_a_login_only_the_local_user_may_overrule(
    opened: Callable[..., Any], address: str, stage: Stage
) -> None:
    verdict = judged(stage, 63)
    local = opened(address)
    shows(local, verdict)
    local.wait_for_selector('[data-role="operator"]')
    forwarded = opened(address, headers={"X-Forwarded-For": "10.0.0.7"})
    shows(forwarded, verdict)
    forwarded.wait_for_selector('[data-role="viewer"]')
    with console(stage.data, None, "--console-open", "true") as (open_address, _):
        tab = opened(open_address)
        shows(tab, verdict)
        tab.wait_for_selector('[data-role="viewer"]')
        for each in (forwarded, tab):
            each.evaluate(FORGED, ["overrule", verdict.frame.frame_id, "good"])
            each.locator(".ml-message .is-failed", has_text="Access denied: anonymous is viewer").wait_for()
    assert labels(stage, verdict) == []


def test_an_operator_may_not_replay_and_an_engineer_may(
    opened: Callable[..., Any], proxied: str, stage: Stage
) -> None:
    picture = make_picture()
    message = frame_message(make_frame(1, "camera-dead", content=picture), picture)
    stage.broker.publish_dead_letter(FRAMES.name, message, "truncated", "half a picture")
    (dead_letter,) = stage.broker.dead_letters(10)
    operator = opened(proxied, "/line", headers={"X-Forwarded-User": "anna"})
    operator.locator(".ml-dead-letters tr", has_text="truncated").wait_for()
    assert operator.locator('[data-action="replay"]').count() == 0
    operator.evaluate(FORGED, ["replay", "", dead_letter.dead_letter_id])
    operator.locator(".ml-message .is-failed", has_text="this needs engineer").wait_for()
    assert len(stage.broker.dead_letters(10)) == 1
    engineer = opened(proxied, "/line", headers={"X-Forwarded-User": "eva"})
    engineer.locator(f'[data-action="replay"][data-value="{dead_letter.dead_letter_id}"]').click()
    wait_until(lambda: not stage.broker.dead_letters(10), 20, "the letter is sent round again")
    broker = backing(stage.data).open_broker()
    (delivery,) = broker.receive(FRAMES.name, 1, 5.0)
    broker.publish_and_ack([delivery], [])
    broker.close()
    assert delivery.message.message_id == message.message_id


def test_two_people_who_differ_are_shown_as_disputed_to_both(
    opened: Callable[..., Any], proxied: str, stage: Stage
) -> None:
    tabs = {name: opened(proxied, headers={"X-Forwarded-User": name}) for name in ("anna", "bert")}
    verdict = judged(stage, 62, Decision.FAULTY)
    for tab in tabs.values():
        shows(tab, verdict)
        tab.wait_for_selector(f'.ml-truth[data-frame="{verdict.frame.frame_id}"]')
    tabs["anna"].keyboard.press("1")
    wait_for_label(stage, verdict, "good")
    tabs["bert"].keyboard.press("2")
    wait_for_label(stage, verdict, "crack")
    assert {label.by: label.truth for label in labels(stage, verdict)} == {"anna": "good", "bert": "crack"}
    for tab in tabs.values():
        tab.wait_for_selector(".ml-band .ml-labels[data-disputed]")
        assert tab.locator(".ml-band .ml-word").all_inner_texts() == ["bert: crack", "anna: good"]


def test_a_third_person_settles_a_dispute_by_keyboard_and_neither_of_the_two_can(
    opened: Callable[..., Any], proxied: str, stage: Stage
) -> None:
    verdict = judged(stage, 64, Decision.FAULTY)
    frame_id = verdict.frame.frame_id
    for name, truth in (("anna", "good"), ("bert", "crack")):
        stage.store.put_labels([new_label(verdict, truth, name, now())])
    tabs = {name: opened(proxied, "/review", headers={"X-Forwarded-User": name}) for name in ("bert", "eva")}
    for tab in tabs.values():
        for name in (["queue", "disputed"], ["order", "newest"]):
            tab.locator(f'[data-action="{name[0]}"][data-value="{name[1]}"]').click()
        tab.wait_for_selector(f'.ml-picture[data-frame="{frame_id}"]')
    tabs["bert"].locator(".ml-third", has_text="third person").wait_for()
    assert tabs["bert"].locator('[data-action="settle"]').count() == 0
    tabs["bert"].evaluate(FORGED, ["settle", frame_id, "crack"])
    tabs["bert"].locator(".ml-message .is-failed", has_text="bert is one of those").wait_for()
    assert not any(label.settles for label in labels(stage, verdict))
    tabs["eva"].locator('.ml-overrule[aria-label="Settle the dispute"]').wait_for()
    tabs["eva"].keyboard.press("3")
    wait_for_label(stage, verdict, "dot")
    (settled, *_) = labels(stage, verdict)
    assert (settled.by, settled.settles) == ("eva", True)
    tabs["bert"].locator('[data-action="queue"][data-value="settled"]').click()
    tabs["bert"].locator(".ml-labels[data-settled] .ml-word", has_text="eva decided: dot").first.wait_for()
    assert violations(tabs["bert"]) == []


def test_a_login_by_open_id_connect(opened: Callable[..., Any], tmp_path: Path) -> None:
    [port] = free_ports(1)
    with provider("eva@plant.example") as metadata:
        secrets = tmp_path / "secrets.toml"
        secrets.write_text(
            f'[auth]\nredirect_uri = "http://127.0.0.1:{port}/oauth2callback"\ncookie_secret = "{"s" * 32}"\n'
            f'client_id = "{CLIENT}"\nclient_secret = "quiet"\nserver_metadata_url = "{metadata}"\n'
        )
        flags = ("--console-login", "oidc", "--console-secrets-file", str(secrets))
        with console(tmp_path / "line", port, *flags, "--console-engineers", "eva@plant.example") as (
            address,
            _,
        ):
            tab = opened(address)
            tab.locator(".ml-sign-in", has_text="Please log in").wait_for()
            assert tab.locator(".ml-band, .ml-pages").count() == 0
            tab.get_by_role("button", name="Log in").click()
            person = tab.locator('[data-role="engineer"]')
            person.wait_for()
            assert "eva@plant.example" in person.inner_text()
            tab.get_by_role("link", name="Log out").click()
            tab.locator(".ml-sign-in", has_text="Please log in").wait_for()
