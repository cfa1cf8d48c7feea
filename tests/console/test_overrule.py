"""People overrule the line in a real browser, and their word reaches the store."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from marbleline.cli import main
from marbleline.domain.clock import now
from marbleline.domain.decision import Decision
from marbleline.domain.label import Label, new_label, truths
from marbleline.domain.verdict import Verdict
from marbleline.errors import StoreUnavailable
from marbleline.ports.annotations import LabelQuery
from tests.builders import wait_until
from tests.console.backing import backing
from tests.console.figures import FIGURES
from tests.console.stage import Stage
from tests.console.test_live import shows


def labels(stage: Stage, verdict: Verdict) -> list[Label]:
    """What was said of a slab, newest first."""
    return stage.store.labels(LabelQuery(frame_id=verdict.frame.frame_id), 10)


def judged(stage: Stage, seed: int, decision: Decision = Decision.FAULTY) -> Verdict:
    label = "good" if decision is Decision.GOOD else "dot"
    verdict, picture = stage.capture(seed=seed, label=label, decision=decision, slab_id=f"S-{seed}")
    stage.report()
    return stage.judge(verdict, picture)


def wait_for_label(stage: Stage, verdict: Verdict, truth: str | None) -> None:
    """Wait until that is what people say."""

    def holds() -> bool:
        try:
            found = truths(labels(stage, verdict)).get(verdict.frame.frame_id)
        except (
            StoreUnavailable
        ):  # the first label makes Elasticsearch's index, which can't be read for a moment
            return False
        return (found.truth if found else None) == truth

    wait_until(holds, 20, f"people say {truth}")


def test_a_key_overrules_and_another_takes_it_back(page: Any, stage: Stage) -> None:
    verdict = judged(stage, 41)
    shows(page, verdict)
    page.wait_for_selector(f'.ml-truth[data-frame="{verdict.frame.frame_id}"]')
    at = time.monotonic()
    page.keyboard.press("1")
    wait_for_label(stage, verdict, "good")
    FIGURES.append(f"key pressed to label in the store: {(time.monotonic() - at) * 1000:.0f} ms")
    (label,) = labels(stage, verdict)
    assert label.by
    assert (label.shown.decision, label.shown.defect) == (Decision.FAULTY, "dot")
    page.locator(".ml-band .ml-word", has_text="good").wait_for()
    page.locator(".ml-message", has_text="S-41 is good").wait_for()
    page.wait_for_selector('.ml-plain[data-key="u"]')
    page.keyboard.press("u")
    wait_for_label(stage, verdict, None)
    page.locator(".ml-band .ml-word").wait_for(state="detached")


def test_an_overrule_by_key_is_in_the_next_data_set(
    page: Any,
    stage: Stage,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in backing(stage.data).environment.items():
        monkeypatch.setenv(name, value)
    verdict, picture = stage.capture(seed=46, label="good", decision=Decision.FAULTY, slab_id="S-46")
    stage.report()
    stage.judge(verdict, picture)
    shows(page, verdict)
    page.wait_for_selector(f'.ml-truth[data-frame="{verdict.frame.frame_id}"]')
    page.keyboard.press("1")
    wait_for_label(stage, verdict, "good")
    capsys.readouterr()
    assert main(["dataset", "build", "--output", str(tmp_path), "--data", str(stage.data)]) == 0
    built = Path(capsys.readouterr().out.splitlines()[-1])
    pictures = json.loads((built / "manifest.json").read_text())["pictures"]
    (row,) = [one for one in pictures if one["sha256"] == verdict.frame.sha256]
    assert (row["source"], row["truth"]) == ("label", "good")
    assert (built / row["path"]).read_bytes() == picture


def test_a_tap_lands_on_the_slab_that_was_seen(page: Any, stage: Stage) -> None:
    """A button says which slab it was drawn for: a slab that comes a moment later gets nothing."""
    seen = judged(stage, 42)
    shows(page, seen)
    button = page.wait_for_selector(f'.ml-truth[data-frame="{seen.frame.frame_id}"][data-value="crack"]')
    newer = judged(stage, 43)
    button.dispatch_event("click")
    wait_for_label(stage, seen, "crack")
    shows(page, newer)
    assert labels(stage, newer) == []


def test_what_is_drawn_on_the_picture_goes_with_the_label(page: Any, stage: Stage) -> None:
    verdict = judged(stage, 44)
    shows(page, verdict)
    # A locator looks again: the page may be redrawn between finding the picture and measuring it.
    box = page.locator(f'.ml-frame[data-drawable="{verdict.frame.frame_id}"]').bounding_box()
    page.mouse.move(box["x"] + 0.25 * box["width"], box["y"] + 0.5 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.75 * box["height"], steps=4)
    page.mouse.up()
    page.wait_for_selector(".ml-region")
    newer = judged(stage, 45)
    page.wait_for_selector(f'.ml-strip button[data-frame="{newer.frame.frame_id}"]')
    assert page.locator(".ml-picture").get_attribute("data-frame") == verdict.frame.frame_id, "held"
    page.keyboard.press("3")
    wait_for_label(stage, verdict, "dot")
    region = labels(stage, verdict)[0].region
    assert region is not None
    for found, drawn in zip(
        (region.left, region.top, region.width, region.height), (0.25, 0.5, 0.25, 0.25), strict=True
    ):
        assert abs(found - drawn) < 0.02
    shows(page, newer)


def test_the_review_queue_is_worked_off_by_keyboard(
    opened: Callable[..., Any], address: str, stage: Stage
) -> None:
    tab = opened(address, "/review")
    slabs = [judged(stage, seed, Decision.REVIEW) for seed in (51, 52, 53)]
    ours = {slab.frame.frame_id for slab in slabs}
    tab.wait_for_selector(f'.ml-strip [data-frame="{slabs[-1].frame.frame_id}"]')

    def shown() -> str:
        return str(tab.locator(".ml-picture").get_attribute("data-frame"))

    while shown() not in ours:  # other tests' slabs are older
        before = shown()
        tab.keyboard.press("ArrowRight")
        tab.wait_for_function(
            f"document.querySelector('.ml-picture')?.dataset.frame !== '{before}'", polling="raf"
        )
    for slab, key, truth in zip(slabs, "124", ("good", "crack", "joint"), strict=True):
        shows(tab, slab)
        tab.wait_for_selector(f'.ml-truth[data-frame="{slab.frame.frame_id}"]')
        tab.keyboard.press(key)
        wait_for_label(stage, slab, truth)
    tab.locator(".ml-message", has_text="S-53").wait_for()
    tab.wait_for_selector(f'.ml-plain[data-action="undo"][data-frame="{slabs[2].frame.frame_id}"]')
    tab.keyboard.press("u")
    wait_for_label(stage, slabs[2], None)
    shows(tab, slabs[2])
    tab.wait_for_selector(f'.ml-truth[data-frame="{slabs[2].frame.frame_id}"]')
    tab.keyboard.press("4")
    wait_for_label(stage, slabs[2], "joint")


def test_several_slabs_are_labelled_and_taken_back_together_by_keyboard(
    opened: Callable[..., Any], address: str, stage: Stage
) -> None:
    tab = opened(address, "/review")
    slabs = [judged(stage, seed, Decision.REVIEW) for seed in (54, 55, 56)]
    ids = [slab.frame.frame_id for slab in slabs]
    tab.locator('[data-action="order"][data-value="newest"]').click()
    tab.wait_for_selector(f'.ml-picture[data-frame="{ids[2]}"]')
    for frame_id in (ids[2], ids[1]):
        tab.wait_for_selector(f'.ml-moves [data-action="select"][data-frame="{frame_id}"]')
        tab.keyboard.press("s")
        tab.wait_for_selector(f'.ml-strip .ml-select[data-frame="{frame_id}"][aria-pressed=true]')
        tab.keyboard.press("ArrowRight")
    tab.locator(f'.ml-strip .ml-select[data-frame="{ids[0]}"]').click()
    tab.locator(".ml-bulk", has_text="3 slabs selected").wait_for()
    tab.keyboard.press("3")
    tab.locator(".ml-bulk", has_text="Yes, all 3 slabs: dot").wait_for()
    assert not any(labels(stage, slab) for slab in slabs), "nothing is labelled before it is confirmed"
    tab.keyboard.press("y")
    for slab in slabs:
        wait_for_label(stage, slab, "dot")
    tab.locator(".ml-message", has_text="Saved: 3 slabs are dot").wait_for()
    tab.locator('[data-action="undo_selected"]', has_text="Undo (3)").wait_for()
    tab.keyboard.press("u")
    for slab in slabs:
        wait_for_label(stage, slab, None)
    tab.wait_for_selector(f'.ml-strip [data-frame="{ids[0]}"]')
    tab.keyboard.press("s")
    tab.locator(".ml-bulk", has_text="1 slab selected").wait_for()
    tab.keyboard.press("Escape")
    tab.locator(".ml-bulk").wait_for(state="detached")
    for slab in slabs:
        stage.store.put_labels([new_label(slab, "dot", "anna", now())])


def test_a_note_goes_with_the_label_and_is_shown_with_the_slab(
    opened: Callable[..., Any], address: str, stage: Stage
) -> None:
    tab = opened(address, "/review")
    other, verdict = (judged(stage, seed, Decision.REVIEW) for seed in (58, 57))
    frame_id = verdict.frame.frame_id
    tab.locator('[data-action="order"][data-value="newest"]').click()
    tab.wait_for_selector(f'.ml-picture[data-frame="{frame_id}"]')
    tab.get_by_label("Note to go with the label").fill("1 vein, no crack")
    tab.keyboard.press("Tab")
    tab.locator(f'.ml-truth[data-frame="{frame_id}"][data-value="good"]').click()
    wait_for_label(stage, verdict, "good")
    assert [label.note for label in labels(stage, verdict)] == ["1 vein, no crack"]
    tab.wait_for_selector(f'.ml-picture[data-frame="{other.frame.frame_id}"]')
    tab.wait_for_function("document.querySelector('.st-key-note input').value === ''")
    found = opened(address, f"/search?frame={frame_id}")
    found.locator(".ml-overrule q", has_text="1 vein, no crack").wait_for()
    found.locator(".ml-history q", has_text="1 vein, no crack").wait_for()
    found.keyboard.press("v")
    found.locator(".ml-viewer q", has_text="1 vein, no crack").wait_for()
