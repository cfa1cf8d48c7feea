"""Following the line's product, and switching it."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Final, Protocol

from marbleline.backoff import Backoff
from marbleline.domain.clock import Clock, now
from marbleline.domain.product_switch import ProductSwitch, new_switch
from marbleline.errors import BrokerUnavailable
from marbleline.ports.connection import Connection
from marbleline.ports.product_switches import ProductSwitches
from marbleline.ports.source import SwitchProduct

log = logging.getLogger("marbleline.camera")

# A look costs RabbitMQ about 3.5 ms of CPU time, for each camera.
_POLL_S: Final = 1.0


class SwitchesBroker(ProductSwitches, Connection, Protocol):
    """What following the line's product asks of the broker."""


class FollowsSwitches(Protocol):
    """What is told of the line's newest switch: a camera's product, or a gate station's."""

    polled: threading.Event

    def offer(self, switch: ProductSwitch | None) -> None: ...


def follow_product(
    current: FollowsSwitches,
    connect: Callable[[], SwitchesBroker],
    line: str,
    closing: threading.Event,
    turned: Callable[[], None] = lambda: None,
) -> None:
    """Ask the broker for the line's switch once a second, until ``closing``. A thread of its own.

    ``turned`` is called each time, whether it could be asked or not.
    """
    backoff = Backoff(most_s=2.0)
    broker: SwitchesBroker | None = None
    try:
        while not closing.is_set():
            turned()
            try:
                broker = broker or connect()
                current.offer(broker.product_switch(line))
            except BrokerUnavailable as error:
                log.debug("product.waits", extra={"detail": str(error)})
                if not backoff.wait(closing):
                    return
                continue
            current.polled.set()
            backoff.reset()
            closing.wait(_POLL_S)
    finally:
        if broker is not None:
            broker.close()


def switch_line(
    broker: ProductSwitches, line: str, product: str, by: str, clock: Clock = now
) -> ProductSwitch:
    """Switch a line to a product; the switch that was kept. Raises SettingError, BrokerUnavailable."""
    newest = broker.product_switch(line)
    # A clock that is behind that of whoever switched last must not make this switch the older one.
    at = clock() if newest is None else max(clock(), newest.at + 1_000)
    switch = new_switch(line, product, by, at)
    broker.switch_product(switch)
    return switch


def switching(
    connect: Callable[[], SwitchesBroker],
    line: str,
    current: FollowsSwitches,
    check: Callable[[str], None],
) -> SwitchProduct:
    """What a source calls to switch the product: durable at the broker, and heard by this camera.

    ``check`` raises UnknownProduct for a product that is known not to be there.
    """

    def switch(product: str, by: str) -> ProductSwitch:
        check(product)
        broker = connect()
        try:
            made = switch_line(broker, line, product, by)
        finally:
            broker.close()
        current.offer(made)
        return made

    return switch


def wait_for_first_poll(current: FollowsSwitches, limit_s: float, stop: threading.Event) -> None:
    """Wait until the broker was asked once, so that a camera does not begin with yesterday's product.

    With a broker that is away it begins with what it remembers.
    """
    until = time.monotonic() + limit_s
    while not stop.is_set() and not current.polled.wait(0.05) and time.monotonic() < until:
        pass
