"""RabbitMQ killed, restarted, out of reach and out of disk while the line is busy."""

import time

import pytest

from tests.faults.plant import Services, done
from tests.services.wire_cutter import Wire


def test_the_broker_is_killed_and_started_again(services: Services) -> None:
    services.plant.broker.kill()
    services.plant.broker.start()
    done(services, "broker killed (-9) and started again")


def test_the_broker_is_restarted(services: Services) -> None:
    services.plant.broker.stop()
    services.plant.broker.start()
    done(services, "broker restarted")


def test_the_broker_is_unreachable_for_a_minute(services: Services) -> None:
    services.broker_wire.state = Wire.CUT
    time.sleep(60)
    services.broker_wire.state = Wire.WHOLE
    over = time.monotonic()
    done(services, "broker unreachable for 60 s", over)


def test_the_network_to_the_broker_hangs(services: Services) -> None:
    services.broker_wire.state = Wire.HUNG
    time.sleep(30)
    services.broker_wire.state = Wire.WHOLE
    over = time.monotonic()
    done(services, "network to the broker hangs for 30 s", over)


def test_the_brokers_disk_is_full(services: Services) -> None:
    services.plant.broker.control("set_disk_free_limit", "100000GB")
    time.sleep(20)
    services.plant.broker.control("set_disk_free_limit", "1MB")
    over = time.monotonic()
    done(services, "broker's disk alarm for 20 s", over)


@pytest.mark.parametrize(
    ("state", "fault"),
    [
        (Wire.HUNG_OUT, "nothing reaches the broker for 30 s, its answers do arrive"),
        (Wire.HUNG_IN, "nothing comes from the broker for 30 s, it still hears the line"),
    ],
)
def test_the_network_hangs_in_one_direction(services: Services, state: Wire, fault: str) -> None:
    services.broker_wire.state = state
    time.sleep(30)
    services.broker_wire.state = Wire.WHOLE
    over = time.monotonic()
    done(services, fault, over)


def test_the_brokers_memory_is_used_up(services: Services) -> None:
    services.plant.broker.control("set_vm_memory_high_watermark", "0.00001")
    time.sleep(20)
    services.plant.broker.control("set_vm_memory_high_watermark", "0.4")
    over = time.monotonic()
    done(services, "broker's memory alarm for 20 s", over)
