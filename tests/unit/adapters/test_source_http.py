"""Pictures that are posted: every answer, and every limit."""

import contextlib
import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from marbleline.adapters import http_receiver, source_http
from marbleline.adapters.source_http import HttpSource
from marbleline.ports.source import SPOOL_FULL, TOO_LARGE, Shot
from tests.builders import FakeClock, make_frame, make_picture, wait_until

PICTURE = make_picture(1)
LIMIT = 10_000
Headers = dict[str, str]


class Camera:
    """Takes from the source on a thread, as a camera does; ``hold`` stops it from asking."""

    def __init__(self, token: str = "") -> None:
        self.seconds = 0.0
        self.source = HttpSource(
            "127.0.0.1", 0, LIMIT, token, FakeClock(), lambda: time.monotonic() + self.seconds
        )
        self.shots: list[Shot] = []
        self.refuses: tuple[str, str] | None = None
        self.over = threading.Event()
        self.asking = threading.Event()
        self.asking.set()
        self.waiting = threading.Event()
        self.source.take(0.0)
        assert self.source.address is not None
        self.address = self.source.address
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        while not self.over.is_set():
            if not self.asking.is_set():
                self.waiting.set()
                self.asking.wait(60)
            shot = self.source.take(0.02)
            if shot is None:
                continue
            if self.refuses:
                self.source.refused(shot, *self.refuses)
            else:
                self.shots.append(shot)
                self.source.landed(shot, make_frame(len(self.shots)))

    def hold(self) -> None:
        """Stop asking, and wait until it has."""
        self.waiting.clear()
        self.asking.clear()
        assert self.waiting.wait(20)

    def close(self) -> None:
        self.over.set()
        self.asking.set()
        self.thread.join(20)
        self.source.close()

    def send(
        self,
        body: bytes = PICTURE,
        headers: Headers | None = None,
        *,
        method: str = "POST",
        path: str = "/frames",
    ) -> tuple[int, dict[str, Any], Headers]:
        connection = http.client.HTTPConnection(*self.address, timeout=20)
        with contextlib.closing(connection):
            connection.request(method, path, body, {"Content-Type": "image/jpeg", **(headers or {})})
            response = connection.getresponse()
            return response.status, json.loads(response.read()), dict(response.getheaders())

    def raw(self, request: bytes, *, shut: bool = False) -> bytes:
        """Send these bytes, read until the other end closes."""
        with socket.create_connection(self.address, timeout=20) as connection:
            connection.sendall(request)
            if shut:
                connection.shutdown(socket.SHUT_WR)
            parts = []
            while part := connection.recv(65_536):
                parts.append(part)
            return b"".join(parts)


@pytest.fixture
def camera() -> Iterator[Camera]:
    opened = Camera()
    yield opened
    opened.close()


def test_a_picture_is_answered_with_its_identity(camera: Camera) -> None:
    status, answer, headers = camera.send(headers={"X-Slab-Id": "B-1204/7"})
    assert status == 201
    assert answer == {"frame_id": make_frame(1).frame_id, "sequence": 1}
    assert headers["Content-Type"] == "application/json"
    [shot] = camera.shots
    assert (shot.content, shot.slab_id, shot.origin) == (PICTURE, "B-1204/7", "127.0.0.1")


def test_several_over_one_connection(camera: Camera) -> None:
    connection = http.client.HTTPConnection(*camera.address, timeout=20)
    with contextlib.closing(connection):
        for number in range(3):
            connection.request("POST", "/frames", make_picture(number), {"Content-Type": "image/png"})
            response = connection.getresponse()
            assert (response.status, json.loads(response.read())["sequence"]) == (201, number + 1)


def test_many_at_once(camera: Camera) -> None:
    answers: list[tuple[int, int]] = []

    def work(number: int) -> None:
        for turn in range(5):
            content = make_picture(10 * number + turn)
            while (answer := camera.send(content))[0] == 429:
                time.sleep(0.01)
            answers.append((answer[0], answer[1]["sequence"]))

    workers = [threading.Thread(target=work, args=(number,)) for number in range(12)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert sorted(answers) == [(201, number) for number in range(1, 61)]
    assert len({shot.content for shot in camera.shots}) == 60


@pytest.mark.parametrize(
    ("changes", "status", "said"),
    [
        ({"path": "/"}, 404, "POST /frames"),
        ({"method": "GET"}, 404, "POST /frames"),
        ({"body": b""}, 400, "empty"),
        ({"body": b"x" * (LIMIT + 1)}, 413, "10001 bytes, the limit is 10000"),
        ({"headers": {"Content-Type": "application/x-www-form-urlencoded"}}, 415, "send image/jpeg"),
        ({"headers": {"X-Slab-Id": "a b"}}, 400, "X-Slab-Id"),
        ({"headers": {"X-Slab-Id": "x" * 129}}, 400, "X-Slab-Id"),
        ({"headers": {"Content-Length": "-1"}}, 400, "no number"),
        ({"headers": {"Content-Length": "9" * 30}}, 400, "no number"),
    ],
)
def test_what_is_refused_never_reaches_the_camera(
    camera: Camera, changes: dict[str, Any], status: int, said: str
) -> None:
    got, answer, _ = camera.send(**changes)
    assert (got, said in answer["error"]) == (status, True)
    assert camera.shots == []
    assert camera.send()[0] == 201


def test_without_a_length(camera: Camera) -> None:
    head = b"POST /frames HTTP/1.1\r\nHost: x\r\nContent-Type: image/jpeg\r\n"
    assert b" 411 " in camera.raw(head + b"\r\n")
    assert b" 411 " in camera.raw(head + b"Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n")
    assert b" 400 " in camera.raw(head + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef")


def test_whoever_asks_first_is_told_before_sending(camera: Camera) -> None:
    head = b"POST /frames HTTP/1.1\r\nHost: x\r\nContent-Type: image/jpeg\r\nExpect: 100-continue\r\n"
    answer = camera.raw(head + b"Content-Length: 10001\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"100 Continue" not in answer


def test_a_body_that_ends_early_is_no_picture(camera: Camera) -> None:
    head = b"POST /frames HTTP/1.1\r\nHost: x\r\nContent-Type: image/jpeg\r\nContent-Length: 100\r\n\r\n"
    assert camera.raw(head + b"half", shut=True) == b""
    assert camera.send()[0] == 201
    assert [shot.content for shot in camera.shots] == [PICTURE]


class TestToken:
    @pytest.fixture
    def camera(self) -> Iterator[Camera]:
        opened = Camera(token="correct horse")
        yield opened
        opened.close()

    @pytest.mark.parametrize(
        ("given", "status"),
        [
            (None, 401),
            ("Basic Y29ycmVjdCBob3JzZQ==", 401),
            ("Bearer ", 401),
            ("Bearer wrong", 403),
            ("Bearer caf\xe9", 403),
            ("Bearer correct horse", 201),
            ("bearer correct horse", 201),
        ],
    )
    def test_is_asked_for(self, camera: Camera, given: str | None, status: int) -> None:
        got, answer, headers = camera.send(headers={"Authorization": given} if given else {})
        assert got == status
        assert "correct" not in json.dumps(answer)
        assert (headers.get("WWW-Authenticate") == "Bearer") == (status == 401)

    def test_is_not_asked_for_by_the_health_check(self, camera: Camera) -> None:
        assert camera.send(b"", method="GET", path="/healthz")[0] == 200


class TestBusy:
    def test_a_full_spool(self, camera: Camera) -> None:
        camera.refuses = (SPOOL_FULL, "spool holds 100 of 100 bytes")
        status, answer, headers = camera.send()
        assert (status, headers["Retry-After"]) == (503, "10")
        assert "full" in answer["error"]
        camera.refuses = None
        assert camera.send()[0] == 201

    def test_a_camera_that_has_stopped_asking(self, camera: Camera) -> None:
        camera.hold()
        camera.seconds = 5.0
        status, _, headers = camera.send()
        assert (status, headers["Retry-After"]) == (503, "10")
        assert camera.send(b"", method="GET", path="/healthz")[0] == 503
        camera.asking.set()
        wait_until(lambda: camera.send(b"", method="GET", path="/healthz")[0] == 200)
        assert camera.send()[0] == 201

    def test_a_turn_that_does_not_come_is_withdrawn(
        self, camera: Camera, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(source_http, "_WAIT_S", 0.1)
        camera.hold()
        assert camera.send()[0] == 503
        camera.asking.set()
        assert camera.send()[0] == 201
        assert len(camera.shots) == 1

    def test_too_large_for_the_camera(self, camera: Camera) -> None:
        camera.refuses = (TOO_LARGE, "9000 bytes, the limit is 5000")
        assert camera.send()[:2] == (413, {"error": "too_large: 9000 bytes, the limit is 5000"})

    def test_uploads_at_once_are_bounded(self, camera: Camera) -> None:
        head = b"POST /frames HTTP/1.1\r\nHost: x\r\nContent-Type: image/jpeg\r\nContent-Length: 100\r\n\r\n"
        slow = [socket.create_connection(camera.address) for _ in range(8)]
        for connection in slow:
            connection.sendall(head + b"half")
        receiver = camera.source._receiver
        assert receiver is not None
        wait_until(lambda: receiver.uploads._value == 0)  # or the question would take one's place
        seen: list[Headers] = []

        def refused() -> bool:
            status, _, headers = camera.send()
            seen.append(headers)
            return status == 429

        wait_until(refused)
        assert seen[-1]["Retry-After"] == "1"
        for connection in slow:
            connection.close()
        wait_until(lambda: camera.send()[0] == 201)

    def test_connections_at_once_are_bounded(self, camera: Camera) -> None:
        idle = [socket.create_connection(camera.address) for _ in range(64)]
        wait_until(lambda: _hung_up(camera))
        for connection in idle:
            connection.close()
        wait_until(lambda: not _hung_up(camera))

    def test_stopping_answers_those_who_wait(self, camera: Camera) -> None:
        camera.hold()
        statuses: list[int] = []
        sender = threading.Thread(target=lambda: statuses.append(camera.send()[0]))
        sender.start()
        wait_until(lambda: camera.source._offers)
        camera.source.close()
        sender.join(20)
        assert statuses == [503]


class TestSlow:
    @pytest.mark.parametrize(
        "sent", [b"POST /fra", b"POST /frames HTTP/1.1\r\nContent-Type: image/jpeg\r\nContent-Le"]
    )
    def test_headers_that_never_end(
        self, camera: Camera, monkeypatch: pytest.MonkeyPatch, sent: bytes
    ) -> None:
        monkeypatch.setattr(http_receiver, "_HEADERS_S", 0.2)
        _drips_until_hung_up(camera, sent, b"x")

    def test_a_body_that_drips(self, camera: Camera, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(http_receiver, "_QUIET_S", 0.2)
        head = b"POST /frames HTTP/1.1\r\nHost: x\r\nContent-Type: image/jpeg\r\nContent-Length: 9000\r\n\r\n"
        assert b" 408 " in _drips_until_hung_up(camera, head, b"y")
        assert camera.shots == []


def _drips_until_hung_up(camera: Camera, start: bytes, drop: bytes) -> bytes:
    with socket.create_connection(camera.address, timeout=0.02) as connection:
        connection.sendall(start)
        answer = bytearray()

        def over() -> bool:
            try:
                connection.sendall(drop)
                part = connection.recv(65_536)
            except TimeoutError:
                return False
            except OSError:
                return True
            answer.extend(part)
            return not part

        wait_until(over, what="being hung up on")
        return bytes(answer)


def _hung_up(camera: Camera) -> bool:
    with socket.create_connection(camera.address, timeout=20) as connection:
        try:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            return connection.recv(100) == b""
        except OSError:
            return True
