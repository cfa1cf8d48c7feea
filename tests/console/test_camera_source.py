"""A camera added, tested, changed and removed in a real browser, and the line that follows."""

import contextlib
import shutil
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from msgspec.structs import replace
from playwright.sync_api import TimeoutError as TimedOut

from marbleline.bootstrap.camera_follower import following
from marbleline.bootstrap.catalogue import load
from marbleline.bootstrap.supervisor import LinePlan, Supervisor, supervise
from marbleline.domain.camera_setup import CameraSetup
from tests.builders import wait_until
from tests.console.backing import backing
from tests.console.process import console
from tests.console.stage import Stage
from tests.models.tiny_model import TINY

EVA, ANNA = ({"X-Forwarded-User": name} for name in ("eva", "anna"))


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Stage, Supervisor]]:
    """A line whose supervisor follows the store, and a console behind a proxy. Nothing judges."""
    root = tmp_path_factory.mktemp("sources")
    stage, model = Stage(root / "data"), root / "models" / "tiny"
    for product in ("tiny", "granite"):
        shutil.copytree(TINY, root / "models" / product)
    configuration = load(
        {"data": str(stage.data), "model": str(model), "log_level": "error"}, backing(stage.data).environment
    )
    supervisor = Supervisor(configuration, LinePlan(cameras=[], encoders=0, publishers=0, console=False))
    login = ("--console-login", "header", "--console-operators", "anna", "--console-engineers", "eva")
    flags = (*login, "--model", str(model))
    stop = threading.Event()
    with following(configuration, ["given"], "") as follower:
        watch = threading.Thread(target=supervise, args=(supervisor, stop, None, follower.follow))
        watch.start()
        try:
            with console(stage.data, None, *flags) as (address, _):
                yield address, stage, supervisor
        finally:
            stop.set()
            watch.join()
            supervisor.stop(cameras=True)
            stage.close()


def current(stage: Stage, camera: str) -> CameraSetup | None:
    return next((one for one in stage.store.current_camera_setups("line-1") if one.camera == camera), None)


def type_into(tab: Any, label: str, text: str) -> None:
    field = tab.get_by_label(label, exact=True)
    wait_until(lambda: field.count() == 1, what=f"one field {label}")  # another camera's may still be there
    field.fill(text)
    field.press("Enter")
    tab.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')
    assert field.input_value() == text


def press(tab: Any, action: str, came: Callable[[], object]) -> None:
    """Press a button until what it does has come: a press while the page is drawn anew may go nowhere."""
    for _ in range(4):
        tab.locator(f'[data-action="{action}"]').first.press("Enter")
        with contextlib.suppress(AssertionError):
            wait_until(came, 5.0)
            return
    raise AssertionError(f"{action}: pressed four times, and nothing came of it")


def source_of(stage: Stage, camera: str) -> dict[str, str]:
    found = current(stage, camera)
    return {} if found is None or found.removed else dict(found.texts())


def choose_product(tab: Any, name: str) -> None:
    field = tab.get_by_label("Product", exact=True)
    option = tab.get_by_role("option", name=name, exact=True)

    def chosen() -> bool:
        # What changed the camera may still be drawing the page anew, which closes an open list.
        tab.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')
        if field.count() != 1:
            return False
        if not option.count():
            field.click()
        try:
            option.click(timeout=2000)
        except TimedOut:
            return False
        return True

    wait_until(chosen, what=f"product {name} in the list")
    tab.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')


def test_a_camera_is_added_by_keyboard_runs_and_is_removed(
    opened: Callable[..., Any], line: tuple[str, Stage, Supervisor]
) -> None:
    address, stage, supervisor = line
    tab = opened(address, "/cameras", headers=EVA)
    type_into(tab, "Name of the new camera", "saw")
    type_into(tab, "rate", "20")
    add = tab.locator('[data-action="set_source"]')
    add.focus()
    tab.keyboard.press("Enter")
    wait_until(lambda: "saw" in supervisor.pids(), what="the camera's process")
    made = current(stage, "saw")
    assert made is not None
    assert (made.texts(), made.by) == ({"source": "synthetic:", "rate": "20"}, "eva")
    tab.get_by_text("The line runs it.").wait_for()
    wait_until(lambda: any((stage.data / "spool/saw/frames").glob("*")), what="its frames")

    first = supervisor.pids()["saw"]
    type_into(tab, "rate", "10")
    press(tab, "set_source", lambda: source_of(stage, "saw").get("rate") == "10")
    wait_until(lambda: supervisor.pids().get("saw", first) != first, what="the changed camera")

    press(tab, "remove_camera", lambda: not source_of(stage, "saw"))
    wait_until(lambda: "saw" not in supervisor.pids(), what="its end")
    found = current(stage, "saw")
    assert found is not None
    assert found.removed


def test_a_product_is_chosen_for_a_camera_and_taken_back(
    opened: Callable[..., Any], line: tuple[str, Stage, Supervisor]
) -> None:
    address, stage, supervisor = line
    tab = opened(address, "/cameras", headers=EVA)
    tab.get_by_label("Camera", exact=True).click()
    tab.get_by_text("+ Add a camera").last.click()
    type_into(tab, "Name of the new camera", "belt")
    choose_product(tab, "granite")
    press(tab, "set_source", lambda: source_of(stage, "belt"))
    wait_until(lambda: "belt" in supervisor.pids(), what="the camera's process")
    made = current(stage, "belt")
    assert made is not None
    assert (made.texts()["camera_product"], made.by) == ("granite", "eva")
    tab.locator(".ml-setup-state", has_text="Inspects granite").wait_for()

    choose_product(tab, "the line's")
    press(tab, "set_source", lambda: "camera_product" not in source_of(stage, "belt"))
    tab.locator(".ml-setup-state", has_text="Inspects tiny").wait_for()
    press(tab, "revert", lambda: "camera_product" in source_of(stage, "belt"))
    tab.locator(".ml-setup-state", has_text="Inspects granite").wait_for()
    made = current(stage, "belt")
    assert made is not None
    assert made.reverts_to is not None
    press(tab, "remove_camera", lambda: not source_of(stage, "belt"))
    wait_until(lambda: "belt" not in supervisor.pids(), what="its end")


def test_a_password_is_never_shown(opened: Callable[..., Any], line: tuple[str, Stage, Supervisor]) -> None:
    address, stage, _ = line
    tab = opened(address, "/cameras", headers=EVA)
    tab.get_by_label("Camera", exact=True).click()
    tab.get_by_text("+ Add a camera").last.click()
    type_into(tab, "Name of the new camera", "end")
    tab.get_by_label("Kind of source", exact=True).click()
    tab.get_by_role("option", name="video").click()
    type_into(tab, "Address", "rtsp://eva:hunter2@127.0.0.1:9/one")
    press(tab, "set_source", lambda: source_of(stage, "end"))
    wait_until(lambda: current(stage, "end") is not None, what="the change")
    tab.get_by_text("rtsp://eva:***@127.0.0.1:9/one").first.wait_for()
    # The field in which it was typed goes with the next redraw.
    wait_until(lambda: "hunter2" not in tab.content(), what="the end of the field with the password")
    assert tab.get_by_label("Address", exact=True).input_value() == "rtsp://eva:***@127.0.0.1:9/one"
    press(tab, "remove_camera", lambda: not source_of(stage, "end"))
    wait_until(lambda: (found := current(stage, "end")) is not None and found.removed, what="its end")


def test_a_folder_is_refused_in_words_unless_one_is_open_to_it(
    opened: Callable[..., Any], line: tuple[str, Stage, Supervisor]
) -> None:
    address, stage, _ = line
    tab = opened(address, "/cameras", headers=EVA)
    tab.get_by_label("Camera", exact=True).click()
    tab.get_by_text("+ Add a camera").last.click()
    type_into(tab, "Name of the new camera", "files")
    tab.get_by_label("Kind of source", exact=True).click()
    tab.get_by_role("option", name="folder").click()
    type_into(tab, "Address", "/etc")
    press(tab, "set_source", lambda: tab.get_by_text("console_source_root").count())
    tab.get_by_text("console_source_root").first.wait_for()
    assert current(stage, "files") is None


def test_an_operator_can_not_add_a_camera(
    opened: Callable[..., Any], line: tuple[str, Stage, Supervisor]
) -> None:
    address, stage, _ = line
    stage.judge(*stage.capture(seed=5))
    stage.report()
    tab = opened(address, "/cameras", headers=ANNA)
    tab.get_by_text("An engineer can change the source.").wait_for()
    assert tab.locator('[data-action="set_source"], [data-action="remove_camera"]').count() == 0


def test_a_source_is_tested_with_live_pictures_and_captures_nothing(
    opened: Callable[..., Any], line: tuple[str, Stage, Supervisor]
) -> None:
    address, _, supervisor = line
    tab = opened(address, "/cameras", headers=EVA)
    tab.get_by_label("Camera", exact=True).click()
    tab.get_by_text("+ Add a camera").last.click()
    tab.get_by_label("Name of the new camera", exact=True).wait_for()
    type_into(tab, "rate", "20")
    tab.locator('[data-action="try_source"]').focus()
    tab.keyboard.press("Enter")
    picture = tab.locator("img.ml-trial")
    picture.wait_for()
    tab.wait_for_function("document.querySelector('img.ml-trial')?.naturalWidth > 0")
    tab.get_by_text("Pictures arrive.").wait_for()
    tab.get_by_text("480 pixels, ").wait_for()
    tab.get_by_text("Light and focus are within bounds.").wait_for()
    shot = picture.screenshot()
    wait_until(lambda: picture.screenshot() != shot, what="another picture")
    assert supervisor.pids() == {}

    token = picture.get_attribute("src").rpartition("/")[2]
    press(tab, "stop_trial", lambda: not picture.count())
    picture.wait_for(state="detached")
    tab.get_by_text("The test is over.").wait_for()
    found = tab.request.get(f"{address}/_preview/nothing")
    assert found.status == 404
    assert tab.request.get(f"{address}/_preview/{token}").body().count(b"image/jpeg") == 0


def test_who_sets_another_product_than_a_camera_of_the_same_slabs_has_is_warned(
    opened: Callable[..., Any], line: tuple[str, Stage, Supervisor]
) -> None:
    address, stage, _ = line

    def judge_slab(trigger: int, **products: str) -> None:
        for tile, (camera, product) in enumerate(products.items(), 1):
            verdict, picture = stage.capture(camera, seed=tile)
            of_slab = {"station": "in", "trigger": trigger, "tile": tile, "tiles": 2, "product": product}
            frame = replace(verdict.frame, **of_slab)  # type: ignore[arg-type]
            stage.judge(replace(verdict, frame=frame), picture)
            stage.report(camera)

    judge_slab(1, left="tiny", right="tiny")
    tab = opened(address, "/cameras", headers=EVA)
    tab.get_by_label("Camera", exact=True).click()
    tab.get_by_role("option", name="left", exact=True).click()
    press(tab, "edit_source", lambda: tab.get_by_label("Product", exact=True).count())
    assert tab.locator("[data-mixed]").count() == 0
    choose_product(tab, "granite")
    tab.locator('[data-mixed="left"]', has_text="right (tiny)").wait_for()
    judge_slab(2, left="granite", right="tiny")
    tab.locator(".ml-setup-state .ml-warn", has_text="right (tiny)").wait_for()
    judge_slab(3, left="granite", right="granite")
    tab.locator(".ml-setup-state .ml-warn").wait_for(state="detached")
