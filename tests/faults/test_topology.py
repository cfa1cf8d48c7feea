"""Queues, exchanges, bindings and the virtual host removed from RabbitMQ while the line is busy.

What was in them had been confirmed to the camera.
"""

import time
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from marbleline.adapters.brokers.rabbitmq.topology import RabbitMQTopology
from marbleline.ports.topology import QUEUES
from tests.faults.plant import Services
from tests.faults.table import finish
from tests.services.rabbitmq_support import channel_on

LAYOUT: Final = RabbitMQTopology("marbleline")
# Between two removals: the line runs whole again for a while.
FRAMES_BETWEEN: Final = 250


def test_each_queue_is_deleted(steady_services: Services) -> None:
    names = [*(LAYOUT.name(queue.name) for queue in QUEUES), LAYOUT.bodies, LAYOUT.log]
    in_turn(steady_services, [partial(_delete_queue, name) for name in names])
    finish(steady_services.line, "services", "each queue and stream deleted in turn", time.monotonic())


def test_each_exchange_is_deleted(steady_services: Services) -> None:
    names = [LAYOUT.exchange, LAYOUT.dead_exchange, LAYOUT.unacked_count]
    in_turn(steady_services, [partial(_delete_exchange, name) for name in names])
    finish(steady_services.line, "services", "each exchange deleted in turn", time.monotonic())


def test_each_binding_is_removed(steady_services: Services) -> None:
    bindings = [
        (LAYOUT.name(queue.name), LAYOUT.exchange, pattern) for queue in QUEUES for pattern in queue.patterns
    ]
    bindings += [(stream, LAYOUT.dead_exchange, "") for stream in (LAYOUT.bodies, LAYOUT.log)]
    in_turn(steady_services, [partial(_unbind, *binding) for binding in bindings])
    finish(steady_services.line, "services", "each binding removed in turn", time.monotonic())


def test_the_virtual_host_is_wiped(steady_services: Services) -> None:
    services = steady_services
    control = services.plant.broker.control
    for _ in range(2):
        control("delete_vhost", services.vhost)
        control("add_vhost", services.vhost)
        control("set_permissions", "-p", services.vhost, "guest", ".*", ".*", ".*")
        flow(services)
    finish(services.line, "services", "virtual host deleted and made anew, twice", time.monotonic())


def in_turn(services: Services, removals: list[Callable[[Any], object]]) -> None:
    """Remove one thing after the other, each with frames in the queues."""
    for remove in removals:
        with channel_on(services.plant.broker.url, services.vhost) as channel:
            remove(channel)
        flow(services)


def flow(services: Services) -> None:
    """Let frames through, and those that were lost come again."""
    services.line.wait_captured(services.line.total().captured + FRAMES_BETWEEN)
    services.line.wait_recorded()


def _delete_queue(name: str, channel: Any) -> None:
    channel.queue_delete(name)


def _delete_exchange(name: str, channel: Any) -> None:
    channel.exchange_delete(name)


def _unbind(queue: str, exchange: str, key: str, channel: Any) -> None:
    channel.queue_unbind(queue, exchange, key)
