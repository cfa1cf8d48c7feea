"""What the RabbitMQ broker costs: ``python -m benchmarks.broker_rabbitmq`` prints a table.

It uses the tests' own node. CPU of the worker is this process's own, of RabbitMQ that of its process. The
wall times hold for the machine, its disk and its load at that moment; what carries over is the ratio.
"""

import os
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from typing import Final

import psutil
from tests.builders import make_encoded
from tests.services import servers
from tests.services.rabbitmq_support import namespace_on

from marbleline.adapters.brokers.rabbitmq import RabbitMQBroker
from marbleline.ports.message import Message
from marbleline.ports.topology import ENCODED

BODY: Final = os.urandom(100_000)
ROUNDS: Final = 8
MESSAGES: Final = 128
WINDOW: Final = 16
HOPS: Final = 400
HOP_EVERY_S: Final = 0.05


def messages(count: int, size: int) -> list[Message]:
    """Messages for the queue of encoded frames, which alone gets them."""
    headers = make_encoded().to_headers()
    return [Message(f"id-{n}", "encoded.line-1.camera-1", headers, BODY[:size]) for n in range(count)]


def empty(broker: RabbitMQBroker, count: int) -> None:
    """Take and settle so many."""
    while count > 0:
        deliveries = broker.receive(ENCODED.name, WINDOW, 10)
        broker.publish_and_ack(deliveries, [])
        count -= len(deliveries)


def confirms(broker: RabbitMQBroker, size: int) -> None:
    """The same messages in windows and one by one, in turn, so that both meet the same load."""
    rates: dict[int, list[float]] = {1: [], WINDOW: []}
    sent = messages(MESSAGES, size)
    for _ in range(ROUNDS):
        for window, found in rates.items():
            began = time.perf_counter()
            for first in range(0, MESSAGES, window):
                broker.publish(sent[first : first + window])
            found.append(MESSAGES / (time.perf_counter() - began))
            empty(broker, MESSAGES)
    one, many = statistics.median(rates[1]), statistics.median(rates[WINDOW])
    ratios = sorted(b / a for a, b in zip(rates[1], rates[WINDOW], strict=True))
    print(
        f"{size:6} bytes: one by one {one:6.0f}/s, window of {WINDOW} {many:6.0f}/s, "
        f"ratio {statistics.median(ratios):.1f} ({ratios[0]:.1f} to {ratios[-1]:.1f})"
    )


def hops(sender: RabbitMQBroker, receiver: RabbitMQBroker) -> None:
    """From the call of publish on one connection to the return of take on another, one at a time."""
    began: dict[str, float] = {}
    walls: list[float] = []

    def receive() -> None:
        while len(walls) < HOPS:
            deliveries = receiver.receive(ENCODED.name, WINDOW, 10)
            arrived = time.perf_counter()
            walls.extend(arrived - began[one.message.message_id] for one in deliveries)
            receiver.publish_and_ack(deliveries, [])

    receiver.receive(ENCODED.name, WINDOW, 0)
    thread = threading.Thread(target=receive)
    thread.start()
    for message in messages(HOPS, len(BODY)):
        began[message.message_id] = time.perf_counter()
        sender.publish([message])
        time.sleep(HOP_EVERY_S)
    thread.join()
    walls.sort()
    print(
        f"hop of 100 KB: p50 {walls[HOPS // 2] * 1e3:.1f} ms, p99 {walls[HOPS * 99 // 100] * 1e3:.1f} ms, "
        f"longest {walls[-1] * 1e3:.1f} ms"
    )


def cpu(broker: RabbitMQBroker, node: psutil.Process | None) -> None:
    """CPU for each message of 100 KB: published in windows, then taken and settled in batches."""
    sent = messages(MESSAGES, len(BODY))
    publishing, taking, serving = 0.0, 0.0, _cpu(node)
    for _ in range(ROUNDS):
        start = time.process_time()
        for first in range(0, MESSAGES, WINDOW):
            broker.publish(sent[first : first + WINDOW])
        middle = time.process_time()
        empty(broker, MESSAGES)
        publishing, taking = (
            publishing + middle - start,
            taking + time.process_time() - middle,
        )
    each = 1e3 / (ROUNDS * MESSAGES)
    print(f"CPU of 100 KB: publish {publishing * each:.2f} ms, take and settle {taking * each:.2f} ms")
    if node is not None:
        print(f"CPU of RabbitMQ for both: {(_cpu(node) - serving) * each:.2f} ms")


def _cpu(node: psutil.Process | None) -> float:
    times = node.cpu_times() if node is not None else None
    return times.user + times.system if times is not None else 0.0


@contextmanager
def brokers() -> Iterator[tuple[RabbitMQBroker, RabbitMQBroker, psutil.Process | None]]:
    """Two workers' brokers on a node, and the node's process if it is one of our own."""
    with servers.rabbitmq() as server, namespace_on(server.url) as namespace:
        make = partial(RabbitMQBroker, server.url, namespace=namespace)
        pid = server.node.pid() if server.node is not None else None
        print(f"RabbitMQ: {server.how}; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
        with closing(make(worker="sender")) as sender, closing(make(worker="receiver")) as receiver:
            sender.check()
            yield sender, receiver, psutil.Process(pid) if pid is not None else None


def main() -> None:
    """Print the table."""
    with brokers() as (sender, receiver, node):
        for size in (2_000, len(BODY)):
            confirms(sender, size)
        cpu(sender, node)
    with brokers() as (sender, receiver, _node):
        hops(sender, receiver)


if __name__ == "__main__":
    main()
