"""Taking over: ready only when the new camera could work, and at once when the spool is free."""

import threading
from pathlib import Path

import pytest

from marbleline.errors import BrokerUnavailable, SettingError
from marbleline.pipeline.camera.spool import Spool
from marbleline.pipeline.camera.standby import take_over
from marbleline.telemetry.health import Health
from tests.builders import wait_until


def test_a_spool_that_is_free_is_taken_without_a_check(tmp_path: Path) -> None:
    health = Health()
    spool = take_over(
        lambda: Spool(tmp_path, 10**6),
        lambda: pytest.fail("asked"),
        health.heartbeat("camera"),
        threading.Event(),
    )
    assert spool is not None
    spool.close()


def test_it_is_ready_once_the_broker_is_there_and_takes_over_when_the_other_ends(tmp_path: Path) -> None:
    health, stop, away = Health(), threading.Event(), threading.Event()
    away.set()
    other = Spool(tmp_path, 10**6)
    taken: list[Spool | None] = []

    def check() -> None:
        if away.is_set():
            raise BrokerUnavailable("broker x: away")

    def wait() -> None:
        taken.append(take_over(lambda: Spool(tmp_path, 10**6), check, health.heartbeat("camera"), stop))

    thread = threading.Thread(target=wait)
    thread.start()
    wait_until(lambda: health.ready() == {"camera": "broker: broker x: away"})
    away.clear()
    wait_until(lambda: not health.ready())
    assert taken == []
    other.close()
    thread.join(20)
    [spool] = taken
    assert spool is not None
    spool.close()


def test_a_source_that_there_can_not_be_ends_the_new_one_not_the_old(tmp_path: Path) -> None:
    other = Spool(tmp_path, 10**6)

    def check() -> None:
        raise SettingError("source is 'usb:'")

    with pytest.raises(SettingError):
        take_over(lambda: Spool(tmp_path, 10**6), check, Health().heartbeat("camera"), threading.Event())
    other.close()


def test_told_to_stop_it_takes_nothing(tmp_path: Path) -> None:
    other, stop = Spool(tmp_path, 10**6), threading.Event()
    stop.set()
    assert take_over(lambda: Spool(tmp_path, 10**6), lambda: None, Health().heartbeat("camera"), stop) is None
    other.close()
