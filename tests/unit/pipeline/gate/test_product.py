"""The product at the gate station: taken up by all cameras between two slabs, judged by its own model."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from marbleline.domain.clock import Clock
from marbleline.domain.product_switch import ProductSwitch, new_switch
from marbleline.domain.slab_fold import SlabRules
from marbleline.pipeline.camera.product import PRODUCT_FILE, CurrentProduct
from marbleline.pipeline.camera.spool import Spool
from marbleline.pipeline.gate.cameras import StationCamera
from marbleline.pipeline.gate.product import Inspected, StationProduct
from tests.builders import SECOND, START, FakeClock
from tests.unit.pipeline.fakes import BrightnessClassifier
from tests.unit.pipeline.gate.fakes import ManualTime, ScriptedCamera


def switch(product: str, after_s: int = 0) -> ProductSwitch:
    return new_switch("line-1", product, "ayşe", START + after_s * SECOND)


class Station:
    """Two cameras; ``models`` are the products that have one."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.models = {"marble", "granite", "onyx"}
        self.prepared: list[str] = []
        self.time = ManualTime()
        self.folders = [folder / "camera-1", folder / "camera-2"]
        self.spools = [Spool(one, 1_000_000) for one in self.folders]
        self.currents = [CurrentProduct(one, "line-1", one.name, "marble", clock) for one in self.folders]
        self.cameras = [
            StationCamera(
                "line-1", one.name, ScriptedCamera(clock), spool, 200, 1_000, clock, product="marble"
            )
            for one, spool in zip(self.folders, self.spools, strict=True)
        ]
        self.product = StationProduct(
            list(zip(self.cameras, self.currents, strict=True)), self.prepare, self.time
        )

    def prepare(self, product: str) -> Inspected:
        self.prepared.append(product)
        return Inspected(product, BrightnessClassifier() if product in self.models else None, SlabRules())

    def close(self) -> None:
        for spool in self.spools:
            spool.close()


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    station = Station(tmp_path, FakeClock(START))
    yield station
    station.close()


def test_the_settings_product_is_inspected_until_the_line_is_switched(station: Station) -> None:
    station.product.offer(None)
    assert station.product.between_slabs().product == station.product.name == "marble"
    assert station.prepared == ["marble"]


def test_all_cameras_take_a_switch_up_between_two_slabs(station: Station) -> None:
    station.product.offer(switch("granite"))
    assert [one.product for one in station.cameras] == ["marble", "marble"]
    inspected = station.product.between_slabs()
    assert inspected.product == station.product.name == "granite"
    assert [one.product for one in station.cameras] == ["granite", "granite"]
    assert [[change.first_sequence for change in one.unsent] for one in station.currents] == [[1], [1]]


def test_what_judges_now_stays_open_until_the_next_is_taken_up(station: Station) -> None:
    for number, product in enumerate(("granite", "onyx")):
        station.product.offer(switch(product, number))
    assert station.prepared == ["marble", "granite"]
    station.product.between_slabs()
    station.product.offer(switch("onyx", 1))
    assert station.product.between_slabs().product == "onyx"


def test_a_product_without_a_model_is_judged_by_no_other_until_it_has_one(station: Station) -> None:
    to_onyx = switch("onyx")
    station.models.discard("onyx")
    station.product.offer(to_onyx)
    assert station.product.between_slabs() == Inspected("onyx", None, SlabRules())
    station.product.offer(to_onyx)
    assert station.prepared == ["marble", "onyx"]
    station.models.add("onyx")
    station.time.at += 6.0
    station.product.offer(to_onyx)
    assert station.product.between_slabs().classifier is not None
    assert [len(one.unsent) for one in station.currents] == [1, 1]


def test_a_station_killed_while_its_cameras_took_a_switch_up_takes_it_up_for_all(tmp_path: Path) -> None:
    first = Station(tmp_path, FakeClock(START))
    first.product.offer(switch("granite"))
    first.product.between_slabs()
    first.close()
    (tmp_path / "camera-2" / PRODUCT_FILE).unlink()  # as if the second one had not come to it
    again = Station(tmp_path, FakeClock(START))
    assert again.product.between_slabs().product == "granite"
    assert [one.product for one in again.cameras] == ["granite", "granite"]
    again.close()


def test_a_disk_that_cannot_remember_a_switch_leaves_slabs_unjudged(station: Station) -> None:
    station.product.offer(switch("granite"))
    blocked = station.folders[1] / "product.new"
    blocked.mkdir()
    assert station.product.between_slabs().classifier is None
    blocked.rmdir()
    inspected = station.product.between_slabs()
    assert inspected.product == "granite"
    assert inspected.classifier is not None
