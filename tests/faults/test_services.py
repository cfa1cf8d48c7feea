"""The line on RabbitMQ, Elasticsearch and a model server, broken while it is busy."""

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.line_under_test import pictures
from tests.faults.plant import Plant, Services, services_on
from tests.faults.table import Row, finish
from tests.faults.wire_cutter import Wire
from tests.services.elasticsearch_node import SearchNode
from tests.services.elasticsearch_proxy import Says, Seen, forward
from tests.services.missing import ServerMissing, skip_or_fail
from tests.services.rabbitmq_node import RabbitNode

RATE = 40


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    broker = RabbitNode(tmp_path_factory.mktemp("rabbitmq"))
    store = SearchNode(tmp_path_factory.mktemp("elasticsearch"))
    try:
        broker.start()
        store.start()
    except ServerMissing as error:
        skip_or_fail(error)
    yield Plant(broker, store)
    broker.remove()
    store.remove()


@pytest.fixture
def services(plant: Plant, tmp_path: Path) -> Iterator[Services]:
    """A busy line: 200 frames have gone through already."""
    with services_on(plant, tmp_path) as services:
        services.serve()
        source = f"folder:{pictures(tmp_path / 'in')}"
        services.line.start_all(source=source, rate=str(RATE), repeat="true")
        services.line.wait_captured(200)
        yield services


def done(services: Services, fault: str, over_at: float | None = None) -> Row:
    line = services.line
    over_at = time.monotonic() if over_at is None else over_at
    line.wait_captured(line.total().captured + 200)
    return finish(line, "services", fault, over_at)


def test_each_worker_is_killed_in_turn(services: Services) -> None:
    line, moments = services.line, random.Random(2)
    for name in ("camera", "encoder", "publisher") * 4:
        line.wait_captured(line.total().captured + moments.randrange(20, 60))
        line.kill(name)
        line.again(name)
    done(services, "kill -9 of each worker in turn, 12 times")


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


def test_the_store_is_down_for_a_minute_and_verdicts_flow(services: Services) -> None:
    services.store_proxy.stop()
    time.sleep(60)
    services.store_proxy.start()
    over = time.monotonic()
    row = done(services, "store down for 60 s", over)
    assert row.longest_gap_s < 30, "verdicts waited for the store"


@pytest.mark.parametrize(
    ("fault", "answer"),
    [
        (
            "store says 429 to every write for 15 s",
            Says(429, {"error": {"type": "es_rejected_execution_exception"}}),
        ),
        ("store says 503 to every write for 15 s", Says(503, {"error": {"type": "unavailable"}})),
    ],
)
def test_the_store_refuses_writes(services: Services, fault: str, answer: Says) -> None:
    def rule(seen: Seen) -> Says | None:
        return answer if seen.bulk else None

    services.store_proxy.rule = rule
    time.sleep(15)
    services.store_proxy.rule = forward
    over = time.monotonic()
    done(services, fault, over)


def test_the_model_server_is_killed_and_the_publisher_judges_by_itself(services: Services) -> None:
    services.line.kill("serve")
    time.sleep(20)
    services.line.again("serve")
    over = time.monotonic()
    done(services, "model server down for 20 s (fallback judges)", over)


def test_the_network_to_the_model_server_hangs(services: Services) -> None:
    services.model_wire.state = Wire.HUNG
    time.sleep(20)
    services.model_wire.state = Wire.WHOLE
    over = time.monotonic()
    done(services, "network to the model server hangs for 20 s", over)


def test_the_model_server_is_slow(services: Services) -> None:
    services.model_wire.delay_s = 0.2
    time.sleep(10)
    services.model_wire.delay_s = 0.0
    over = time.monotonic()
    done(services, "model server slow: 0.2 s more each way for 10 s", over)


def test_two_publishers_and_one_is_frozen(services: Services) -> None:
    line = services.line
    line.start("publisher-2", "publisher")
    line.wait_captured(line.total().captured + 100)
    line.freeze("publisher")
    line.wait_captured(line.total().captured + 40 * RATE)
    line.thaw("publisher")
    done(services, "two publishers, one frozen for 40 s and woken")
