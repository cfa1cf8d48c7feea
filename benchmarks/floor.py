"""The floor of a frame: the CPU time of its unavoidable parts, each measured alone, as bare as it can be.

Decode and resize, the model in a loop, two durable hand-overs (the picture, then the model's input), one
store write with the picture in Base64. No hash, no check, no queue but the one, no verdict: what a line that
did nothing else would have to spend. Kernel time counts, and so does that of servers.
"""

import base64
import http.client
import json
import sqlite3
import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from ai_edge_litert.interpreter import Interpreter

from benchmarks.pictures import pictures
from benchmarks.servers import Place
from benchmarks.workers import cpu_of, model_folder
from marbleline.adapters.brokers.rabbitmq import RabbitMQBroker
from marbleline.domain.model import load_manifest, newest_version
from marbleline.domain.picture import Pixels, model_input
from marbleline.ports.message import Message
from marbleline.ports.topology import ENCODED

BATCH: Final = 8
BULK: Final = 16
ROUNDS: Final = 3


def floor(place: Place, folder: Path) -> dict[str, float]:
    """Part -> CPU seconds of one frame, the middle of three rounds; the servers' CPU included."""
    with ExitStack() as stack:
        return _measured(place, folder, stack)


def _measured(place: Place, folder: Path, stack: ExitStack) -> dict[str, float]:
    inputs = _inputs()
    parts: dict[str, tuple[Callable[[], None], int]] = {
        "decode and resize": (_decode, len(pictures())),
        "model": (_model_on(inputs), len(inputs)),
    }
    if place.pids:
        parts["two hand-overs"] = (_rabbit(stack, str(place.settings["broker"]), inputs), len(pictures()))
        parts["store write"] = (_elasticsearch(place.settings), len(pictures()))
    else:
        parts["two hand-overs"] = (_sqlite_hand_overs(folder / "floor-broker.db", inputs), len(pictures()))
        parts["store write"] = (_sqlite_store(folder / "floor-store.db"), len(pictures()))
    found: dict[str, list[float]] = {name: [] for name in parts}
    for work, _ in parts.values():
        work()  # warm
    for _ in range(ROUNDS):
        for name, (work, count) in parts.items():
            began = _spent(place)
            work()
            found[name].append((_spent(place) - began) / count)
    return {name: statistics.median(costs) for name, costs in found.items()}


def _spent(place: Place) -> float:
    """Of this process and of the servers: the model server idles meanwhile."""
    return time.process_time() + sum(cpu_of(pid) for pid in place.pids.values())


def _inputs() -> list[Pixels]:
    spec = load_manifest(newest_version(model_folder())).input
    return [model_input(content, spec) for content in pictures()]


def _decode() -> None:
    spec = load_manifest(newest_version(model_folder())).input
    for content in pictures():
        model_input(content, spec)


def _model_on(inputs: list[Pixels]) -> Callable[[], None]:
    interpreter = Interpreter(str(newest_version(model_folder()) / "model.tflite"), num_threads=1)
    runner: Any = interpreter.get_signature_runner()

    def run() -> None:
        for image in inputs:
            runner(image=image[None])

    return run


def _sqlite_hand_overs(path: Path, inputs: list[Pixels]) -> Callable[[], None]:
    connection = _sqlite(path)
    connection.execute("CREATE TABLE messages (id INTEGER PRIMARY KEY, body BLOB)")

    def hand_over(bodies: list[bytes]) -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO messages (body) VALUES (?)", [(body,) for body in bodies])
        connection.execute("COMMIT")
        rows = connection.execute("SELECT id, body FROM messages ORDER BY id").fetchall()
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("DELETE FROM messages WHERE id = ?", [(number,) for number, _ in rows])
        connection.execute("COMMIT")

    def run() -> None:
        for first in range(0, len(inputs), BATCH):
            hand_over(list(pictures()[first : first + BATCH]))
            hand_over([image.tobytes() for image in inputs[first : first + BATCH]])

    return run


def _sqlite_store(path: Path) -> Callable[[], None]:
    connection = _sqlite(path)
    connection.execute("CREATE TABLE frames (id INTEGER PRIMARY KEY, document TEXT)")

    def run() -> None:
        for first in range(0, len(pictures()), BULK):
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(
                "INSERT INTO frames (document) VALUES (?)",
                [(base64.b64encode(body).decode(),) for body in pictures()[first : first + BULK]],
            )
            connection.execute("COMMIT")

    return run


def _sqlite(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA wal_autocheckpoint = 4096")
    return connection


def _rabbit(stack: ExitStack, url: str, inputs: list[Pixels]) -> Callable[[], None]:
    """A queue of the line's kind (quorum), by the line's own client: a window of confirms, then acks."""
    broker = RabbitMQBroker(url, worker="floor", namespace="floor", queues=(ENCODED,))
    stack.callback(broker.close)

    def hand_over(bodies: list[bytes]) -> None:
        broker.publish([Message(f"m-{n}", "encoded.bench.floor", {}, body) for n, body in enumerate(bodies)])
        left = len(bodies)
        while left:
            deliveries = broker.receive(ENCODED.name, BATCH, 10)
            broker.publish_and_ack(deliveries, [])
            left -= len(deliveries)

    def run() -> None:
        for first in range(0, len(inputs), BATCH):
            hand_over(list(pictures()[first : first + BATCH]))
            hand_over([image.tobytes() for image in inputs[first : first + BATCH]])

    return run


def _elasticsearch(settings: dict[str, object]) -> Callable[[], None]:
    address = urlsplit(str(settings["store"]))
    index = f"{settings['store_prefix']}-floor"
    body = {"mappings": {"properties": {"image": {"type": "binary"}, "camera": {"type": "keyword"}}}}
    made = [0]

    def ask(connection: http.client.HTTPConnection, method: str, path: str, data: bytes, kind: str) -> None:
        connection.request(method, path, data, {"Content-Type": kind})
        answer = connection.getresponse()
        answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status}")

    def run() -> None:
        with closing(http.client.HTTPConnection(address.hostname or "", address.port or 9200)) as connection:
            if not made[0]:
                ask(connection, "PUT", f"/{index}", json.dumps(body).encode(), "application/json")
            for first in range(0, len(pictures()), BULK):
                lines = []
                for content in pictures()[first : first + BULK]:
                    made[0] += 1
                    lines.append(b'{"create":{"_id":"%d"}}' % made[0])
                    lines.append(b'{"camera":"top","image":"' + base64.b64encode(content) + b'"}')
                data = b"\n".join(lines) + b"\n"
                ask(connection, "POST", f"/{index}/_bulk", data, "application/x-ndjson")

    return run
