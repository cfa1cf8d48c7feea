"""Which product a camera stamps on its frames, across switches, restarts and full disks."""

import dataclasses
import threading
from pathlib import Path

import pytest
from msgspec.structs import replace

from marbleline.domain.product_switch import ProductChange, new_switch
from marbleline.errors import SpoolFull
from marbleline.pipeline.camera.product import PRODUCT_FILE, CurrentProduct
from marbleline.pipeline.camera.product_switching import switch_line
from marbleline.pipeline.camera.spool import Spool
from marbleline.pipeline.camera.worker import CameraOptions, run_camera
from marbleline.ports.source import CapturedImage
from tests.builders import SECOND, START, FakeClock, wait_until
from tests.unit.pipeline.camera.camera_fakes import MoodyBroker, ScriptedSource, captured

OPTIONS = CameraOptions("line-1", "camera-1", report_s=0.05, grace_s=20.0, product="marble")


def replace_options(own_product: str) -> CameraOptions:
    return dataclasses.replace(OPTIONS, own_product=own_product)


def opened(folder: Path, default: str = "marble") -> CurrentProduct:
    return CurrentProduct(folder, "line-1", "camera-1", default, FakeClock(START))


def test_the_setting_counts_until_the_line_is_switched(tmp_path: Path) -> None:
    current = opened(tmp_path)
    assert current.stamp(1) == current.name == "marble"
    assert not (tmp_path / PRODUCT_FILE).exists()
    assert opened(tmp_path, "granite").stamp(2) == "granite"


def test_a_switch_counts_from_the_next_frame_on_and_says_from_which(tmp_path: Path) -> None:
    current = opened(tmp_path)
    switch = new_switch("line-1", "granite", "ayşe", START)
    assert current.stamp(6) == "marble"
    current.offer(switch)
    assert current.name == "granite"
    assert [current.stamp(sequence) for sequence in (7, 8)] == ["granite", "granite"]
    assert current.unsent == (
        ProductChange(
            switch=switch, camera="camera-1", before="marble", first_sequence=7, effective_at=START
        ),
    )


def test_an_older_switch_and_none_change_nothing(tmp_path: Path) -> None:
    current = opened(tmp_path)
    older, newer = (
        new_switch("line-1", name, "ayşe", START + at) for name, at in (("onyx", 0), ("slate", SECOND))
    )
    for switch in (newer, older, None, newer):
        current.offer(switch)
        assert current.stamp(1) == "slate"
    assert len(current.unsent) == 1


def test_what_was_switched_outlives_the_camera(tmp_path: Path) -> None:
    current = opened(tmp_path)
    current.offer(new_switch("line-1", "granite", "ayşe", START))
    current.stamp(7)
    again = opened(tmp_path, "marble")
    assert again.stamp(8) == "granite"
    assert again.unsent == current.unsent
    again.sent(again.unsent)
    assert opened(tmp_path).unsent == ()
    assert opened(tmp_path).stamp(9) == "granite"


def test_a_switch_that_cannot_be_written_takes_no_frame(tmp_path: Path) -> None:
    current = opened(tmp_path)
    current.offer(new_switch("line-1", "granite", "ayşe", START))
    (tmp_path / "product.new").mkdir()  # in the way of what is to be written
    with pytest.raises(SpoolFull, match=r"product\.json"):
        current.stamp(7)
    (tmp_path / "product.new").rmdir()
    assert current.stamp(7) == "granite"


def test_a_damaged_file_leaves_it_to_the_broker(tmp_path: Path) -> None:
    (tmp_path / PRODUCT_FILE).write_bytes(b"{damaged")
    assert opened(tmp_path).stamp(1) == "marble"


def test_whoever_switches_with_a_clock_that_is_behind_still_switches(tmp_path: Path) -> None:
    broker = MoodyBroker(tmp_path / "broker.db")
    switch_line(broker, "line-1", "granite", "ayşe", FakeClock(START + 100 * SECOND))
    made = switch_line(broker, "line-1", "onyx", "marco", FakeClock(START))
    assert broker.product_switch("line-1") == made
    broker.close()


class SwitchingSource(ScriptedSource):
    """Switches the line before it gives certain pictures; others name their own product."""

    def __init__(self, folder: Path, before: dict[int, str], own: dict[int, str]) -> None:
        super().__init__([replace_product(captured(number), own.get(number)) for number in range(1, 7)])
        self._before = before
        self._broker = MoodyBroker(folder / "broker.db")
        self.current = lambda: ""

    def listen_for_switches(self, switch: object, current: object) -> None:
        self.current = current  # type: ignore[assignment]

    def next_image(self, wait_s: float) -> CapturedImage | None:
        product = self._before.pop(self.taken + 1, None)
        if product is not None:
            switch_line(self._broker, "line-1", product, "ayşe")
            wait_until(lambda: self.current() == product, what="the camera to hear of the switch")
        return super().next_image(wait_s)


def replace_product(image: CapturedImage, product: str | None) -> CapturedImage:
    return CapturedImage(image.content, image.captured_at, image.origin, product=product)


def test_a_camera_follows_its_line_and_puts_its_first_frames_on_record(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", 1_000_000)
    source = SwitchingSource(tmp_path, {2: "granite", 5: "onyx"}, {4: "slate"})
    last = run_camera(source, lambda: MoodyBroker(tmp_path / "broker.db"), spool, OPTIONS, threading.Event())
    assert [frame.product for frame in source.frames] == [
        "marble", "granite", "granite", "slate", "onyx", "onyx",
    ]  # fmt: skip
    assert last.product == "onyx"
    broker = MoodyBroker(tmp_path / "broker.db")
    found = [delivery.message for delivery in broker.receive("frame-records", 100, 0)]
    changes = [ProductChange.from_json(one.body) for one in found if one.key == "product.line-1.camera-1"]
    assert [(one.switch.product, one.before, one.first_sequence) for one in changes] == [
        ("granite", "marble", 2),
        ("onyx", "granite", 5),
    ]
    broker.close()
    spool.close()
    assert opened(tmp_path / "spool").unsent == ()


def test_a_camera_with_a_product_of_its_own_keeps_it_when_the_line_is_switched(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", 1_000_000)
    source = ScriptedSource(
        [replace_product(captured(one), "slate" if one == 3 else None) for one in range(1, 5)]
    )
    broker = MoodyBroker(tmp_path / "broker.db")
    switch_line(broker, "line-1", "granite", "ayşe")
    options = replace_options(own_product="onyx")
    last = run_camera(source, lambda: MoodyBroker(tmp_path / "broker.db"), spool, options, threading.Event())
    assert [frame.product for frame in source.frames] == ["onyx", "onyx", "slate", "onyx"]
    assert last.product == "onyx"
    found = [delivery.message for delivery in broker.receive("frame-records", 100, 0)]
    assert not [one for one in found if one.key.startswith("product.")], "it has followed no switch"
    broker.close()
    spool.close()


def test_a_camera_that_starts_asks_for_the_line_s_product_first(tmp_path: Path) -> None:
    broker = MoodyBroker(tmp_path / "broker.db")
    switch_line(broker, "line-1", "granite", "ayşe")
    spool = Spool(tmp_path / "spool", 1_000_000)
    source = ScriptedSource([captured(1)])
    run_camera(source, lambda: MoodyBroker(tmp_path / "broker.db"), spool, OPTIONS, threading.Event())
    assert [frame.product for frame in source.frames] == ["granite"]
    spool.close()
    other = Spool(tmp_path / "other", 1_000_000)
    elsewhere = ScriptedSource([captured(1)])
    options = CameraOptions("line-2", "camera-2", product="marble")
    run_camera(elsewhere, lambda: MoodyBroker(tmp_path / "broker.db"), other, options, threading.Event())
    assert [frame.product for frame in elsewhere.frames] == ["marble"], "another line's switch is not its own"
    other.close()
    broker.close()


def test_changes_wait_for_a_broker_that_is_away(tmp_path: Path) -> None:
    current = opened(tmp_path)
    for number in range(3):
        current.offer(new_switch("line-1", f"product-{number}", "ayşe", START + number * SECOND))
        current.stamp(number + 1)
    first = current.unsent[0]
    current.sent([first, replace(first, camera="camera-2")])
    assert [change.first_sequence for change in current.unsent] == [2, 3]
