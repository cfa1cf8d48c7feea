"""Products in a real browser: commissioned by keyboard alone; roles hold on the server."""

import shutil
from collections.abc import Callable, Iterator
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from marbleline.console.auth.roles import Role
from marbleline.domain.model import CLASSES
from marbleline.domain.product_log import read_log
from marbleline.domain.product_repository import read_product
from marbleline.domain.version_labels import read_labels, write_labels
from marbleline.ports.annotations import LabelQuery
from marbleline.ports.verdicts import VerdictQuery
from marbleline.training.monitor.promotion import history
from tests.builders import wait_until
from tests.console.page_actions import PAGE_ACTIONS
from tests.console.process import console
from tests.console.stage import Stage
from tests.console.test_access import FORGED
from tests.models.tiny_model import TINY

SHIPPED = Path(__file__).resolve().parents[2] / "model_repo" / "marble"
EVA, ANNA, VERA = ({"X-Forwarded-User": name} for name in ("eva", "anna", "vera"))
SLABS = 24
LABELS = ("good", "crack", "good", "joint")
STEP = '[data-action="step"][data-value="{}"]'
GUARDED = sorted(
    (one for one in PAGE_ACTIONS if one.role is not None), key=lambda one: (one.page, str(one.role))
)
FOCUSED = """(wanted) => document.activeElement?.matches(wanted) ?? false"""


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Stage, Path]]:
    """A line that has seen some slabs of its product, its models, and a console behind a proxy."""
    root = tmp_path_factory.mktemp("plant")
    models = root / "models"
    shutil.copytree(SHIPPED, models / "marble")
    stage = Stage(root / "data")
    for seed in range(SLABS):
        verdict, picture = stage.capture(seed=seed, label=LABELS[seed % 4], slab_id=f"S-{seed}")
        stage.judge(verdict, picture)
    stage.report()
    flags = ("--console-login", "header", "--console-operators", "anna", "--console-engineers", "eva")
    with console(stage.data, None, *flags, "--model", str(models / "marble")) as (address, _):
        yield address, stage, models
    stage.close()


def go_to(tab: Any, wanted: str) -> None:
    """Press Tab until the focus is there."""
    for _ in range(60):
        if tab.evaluate(FOCUSED, wanted):
            return
        tab.keyboard.press("Tab")
    raise AssertionError(f"the focus never came to {wanted}")


def open_step(tab: Any, name: str) -> None:
    go_to(tab, STEP.format(name))
    tab.keyboard.press("Enter")
    tab.wait_for_selector(STEP.format(name) + "[aria-pressed=true]")


def truths_of(stage: Stage) -> dict[str, str]:
    return {
        verdict.frame.frame_id: LABELS[(verdict.frame.sequence - 1) % 4]
        for verdict in stage.store.search(VerdictQuery(), SLABS)
    }


def test_a_product_is_commissioned_by_keyboard_alone(
    opened: Callable[..., Any], plant: tuple[str, Stage, Path]
) -> None:
    address, stage, models = plant
    tab = opened(address, "/products", headers=EVA, width=1366, height=768)
    tab.wait_for_selector(".ml-steps")
    tab.get_by_text(f"{SLABS} slabs of this product seen so far").wait_for()
    open_step(tab, "answer")
    truths, question = truths_of(stage), ""
    for _ in range(SLABS):
        tab.wait_for_function(
            "(before) => { const one = document.querySelector('[data-action=answer]'); return"
            " one ? one.dataset.frame !== before : document.body.innerText.includes('No more questions') }",
            arg=question,
        )
        question = tab.locator('[data-action="answer"]').first.get_attribute("data-frame")
        tab.keyboard.press(str(CLASSES.index(truths[question]) + 1))
    tab.get_by_text("No more questions").wait_for()
    found = stage.store.labels(LabelQuery(product="marble"), 100)
    assert {label.frame_id: label.truth for label in found} == truths
    assert {label.by for label in found} == {"eva"}
    assert {label.asked for label in found} == {"strange", "random"}
    open_step(tab, "learn")
    go_to(tab, '[data-action="learn"]')
    tab.keyboard.press("Enter")
    tab.locator('.ml-outcome[data-version="2"]').wait_for(timeout=120_000)
    assert "at most" in tab.locator(".ml-outcome").inner_text()
    assert tab.locator('[data-testid="stException"], [data-testid="stAlert"]').count() == 0
    assert read_labels(models / "marble") == {"stable": 1, "candidate": 2}, "learning activates nothing"
    open_step(tab, "activate")
    go_to(tab, '[data-action="activate"]')
    tab.keyboard.press("Enter")
    tab.get_by_text("Version 2 judges", exact=True).wait_for()
    assert read_labels(models / "marble") == {"stable": 2}
    assert [(move.by, move.before, move.after) for move in history(models / "marble")] == [("eva", 1, 2)]
    assert [(one.by, one.action, one.version) for one in read_log(models / "marble")] == [
        ("eva", "learnt", 2)
    ]


def test_calls_crafted_without_the_page_are_refused_by_role(
    opened: Callable[..., Any], plant: tuple[str, Stage, Path]
) -> None:
    """Each action of each page, sent by the browser of somebody whose role is one too low."""
    address, stage, models = plant
    before = read_labels(models / "marble"), read_log(models / "marble")
    frame_id = next(iter(truths_of(stage)))
    for (page, role), found in groupby(GUARDED, lambda one: (one.page, one.role)):
        name, headers = ("vera", VERA) if role is Role.OPERATOR else ("anna", ANNA)
        tab = opened(address, f"/{page}", headers=headers)
        tab.wait_for_selector(".ml-message", state="attached")
        for one in found:
            assert tab.locator(f'[data-action="{one.action}"]').count() == 0
            so_far = refusals(stage, name, one.action)
            tab.evaluate(FORGED, [one.action, frame_id, one.value])
            wait_until(
                partial(more_refusals, stage, name, one.action, so_far),
                20,
                f"{one.action} by {name} on {page} is refused",
            )
        tab.close()
    assert stage.broker.product_switch("line-1") is None
    assert stage.store.labels(LabelQuery(by="vera"), 10) == []
    assert (read_labels(models / "marble"), read_log(models / "marble")) == before


def more_refusals(stage: Stage, who: str, action: str, than: int) -> bool:
    return refusals(stage, who, action) > than


def refusals(stage: Stage, who: str, action: str) -> int:
    """How often the server's log says that an action was refused."""
    return sum(
        "access_denied" in line and f"user={who}" in line and f"action={action}" in line
        for line in (stage.data / "console.log").read_text().splitlines()
    )


def test_targets_show_their_effect_before_they_are_applied(
    opened: Callable[..., Any], plant: tuple[str, Stage, Path]
) -> None:
    address, _, models = plant
    folder = models / "marble"
    tab = opened(address, "/products", headers=EVA)
    tab.wait_for_selector(".ml-steps")
    tab.locator(STEP.format("targets")).click()
    tab.get_by_role("slider", name="Escapes").press("ArrowRight")
    apply = tab.locator('[data-action="targets"]:not([disabled])')
    apply.wait_for()
    assert read_product(folder).risk.escapes == 0.02
    apply.click()
    wait_until(lambda: read_product(folder).risk.escapes == 0.03, 20, "the target is set")
    tab.locator(".ml-message", has_text="Applied: escapes 3.0%").wait_for()
    assert read_log(folder)[-1].by == "eva"


def test_a_promotion_is_rolled_back_and_both_are_on_record(
    opened: Callable[..., Any], plant: tuple[str, Stage, Path]
) -> None:
    address, _, models = plant
    folder = shutil.copytree(TINY, models / "tiny")
    (folder / "2" / "gate.json").write_text(
        '{"passed": true, "checks": [{"name": "golden set", "passed": true, "detail": "0 worse"}]}'
    )
    write_labels(folder, {"stable": 1, "candidate": 2})
    tab = opened(address, "/studio", headers=EVA)
    tab.get_by_label("Product").click()
    tab.get_by_role("option", name="tiny").click()
    tab.locator('[data-action="version"][data-value="2"]').click()
    tab.get_by_text("0 worse").wait_for()
    tab.locator('[data-action="promote"][data-value="tiny 2"]').click()
    wait_until(lambda: read_labels(folder) == {"stable": 2}, 20, "version 2 is stable")
    tab.get_by_text("eva promoted version 2; before it was 1").wait_for()
    tab.locator('[data-action="rollback"]').click()
    wait_until(lambda: read_labels(folder) == {"stable": 1}, 20, "version 1 is stable again")
    tab.get_by_text("eva rolled back from version 2 to 1").wait_for()
    shutil.rmtree(folder)
