"""Pictures that are sent, among slow and flooding clients and with thousands of connections held open."""

import http.client
import json
import resource
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import pytest

from tests.builders import make_picture, wait_until
from tests.faults.line_under_test import LineUnderTest, pictures
from tests.faults.table import finish
from tests.services.processes import free_ports

TOKEN = "a-token-of-the-senders"
SENDERS = 6
SLOW = 500
FLOODING = 4
HELD = 10_000


def start(line: LineUnderTest) -> tuple[int, int]:
    """A line with an HTTP source; returns its port and that of its camera's health."""
    port, health = free_ports(2)
    source = f"http:127.0.0.1:{port}"
    line.start_all(source=source, http_token=TOKEN, health_port=str(health), spool_bytes="100000000")
    wait_until(lambda: _answers(health, "/healthz"), 60, "a camera that answers")
    return port, health


def send(port: int, count: int) -> int:
    """Upload so many pictures by several senders, each again until it is answered 201."""

    def one(number: int) -> int:
        picture = make_picture(number % 50, 128, 128)
        for _ in range(200):
            try:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
                headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "image/jpeg"}
                connection.request("POST", "/frames", picture, headers)
                response = connection.getresponse()
                body = response.read()
                if response.status == 201:
                    return int(json.loads(body)["sequence"])
                time.sleep(0.1)
            except OSError:
                time.sleep(0.1)
            finally:
                connection.close()
        raise AssertionError(f"picture {number} was not taken in 200 tries")

    with ThreadPoolExecutor(SENDERS) as pool:
        sequences = list(pool.map(one, range(count)))
    assert len(set(sequences)) == count
    return count


def test_slow_and_flooding_clients(embedded: LineUnderTest) -> None:
    port, _ = start(embedded)
    over = threading.Event()
    with ExitStack() as opened:
        crowd = [threading.Thread(target=_flood, args=(port, over), daemon=True) for _ in range(FLOODING)]
        crowd.append(threading.Thread(target=_drip, args=(port, over), daemon=True))
        for one in crowd:
            one.start()
        opened.callback(over.set)
        send(port, 1_500)
    for one in crowd:
        one.join(30)
    row = finish(embedded, "embedded", "500 slow and 4 flooding clients at the HTTP source", time.monotonic())
    # An upload whose answer was lost is sent again: more frames than pictures, never fewer.
    assert row.judged >= 1_500


def test_ten_thousand_connections(embedded: LineUnderTest) -> None:
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files < HELD + 1_000:
        pytest.skip(f"a process may open {files} files here")
    port, health = start(embedded)
    with _held(port, HELD):
        send(port, 400)
    with _held(health, HELD):
        send(port, 400)
        wait_until(lambda: _answers(health, "/healthz"), 120, "health beside so many connections")
    assert embedded.resident_mib()["camera"] < 300
    fault = "10,000 connections to the HTTP source, then to its health port"
    row = finish(embedded, "embedded", fault, time.monotonic())
    assert row.judged >= 800


def test_ten_thousand_connections_to_console_and_model_server(tmp_path: Path) -> None:
    """Both go on beside them, and the line does not wait: frames are judged, and by the server."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files < HELD + 1_000:
        pytest.skip(f"a process may open {files} files here")
    served, page = free_ports(2)
    line = LineUnderTest(tmp_path, {"classifier": f"grpc://127.0.0.1:{served}"})
    try:
        line.start("serve", "serve", serve_port=str(served))
        line.start("console", "console", console_port=str(page))
        line.start_all(source=f"folder:{pictures(tmp_path / 'in')}", rate="20", repeat="true")
        wait_until(lambda: _answers(page, "/_stcore/health"), 60, "a console that answers")
        line.wait_captured(100)
        for name, port in (("console", page), ("serve", served)):
            with _held(port, HELD):
                line.wait_captured(line.total().captured + 200)
                line.wait_recorded()
                wait_until(
                    lambda: _answers(page, "/_stcore/health"), 120, f"a console beside those of {name}"
                )
                held = psutil.Process(line.workers[name].process.pid).net_connections("tcp")
                assert len(held) > 0.9 * HELD, "the connections were not there"
                assert line.resident_mib()[name] < 400
        fault = "10,000 connections to the console, then to the model server"
        finish(line, "embedded", fault, time.monotonic())
    finally:
        line.close()


def _flood(port: int, over: threading.Event) -> None:
    while not over.is_set():
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
                client.sendall(b"POST /frames HTTP/1.1\r\nAuthorization: Bearer wrong\r\n\r\n")
                client.recv(1_000)
        except OSError:
            over.wait(0.01)


def _drip(port: int, over: threading.Event) -> None:
    """Keep 500 connections open that send a byte of their headers now and then."""
    clients: list[socket.socket] = []
    while not over.is_set():
        while len(clients) < SLOW and not over.is_set():
            try:
                clients.append(socket.create_connection(("127.0.0.1", port), timeout=5))
            except OSError:
                break
        alive: list[socket.socket] = []
        for client in clients:
            try:
                client.sendall(b"P")
                alive.append(client)
            except OSError:
                client.close()
        clients = alive
        over.wait(1)
    for client in clients:
        client.close()


@contextmanager
def _held(port: int, count: int) -> Iterator[None]:
    """So many connections opened one after the other and none closed by us."""
    clients: list[socket.socket] = []
    try:
        for _ in range(count):
            try:
                clients.append(socket.create_connection(("127.0.0.1", port), timeout=5))
            except OSError:
                continue
        yield
    finally:
        for client in clients:
            client.close()


def _answers(port: int, path: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError, http.client.HTTPException):
        return False
