"""Pictures that are posted: every answer, and every limit."""

import contextlib
import http.client
import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from email.message import Message as Headers  # names in any case
from typing import Any

import pytest

from marbleline.adapters.sources import http as http_source
from marbleline.adapters.sources import http_connection, http_request
from marbleline.adapters.sources.http import HttpSource
from marbleline.adapters.sources.http_admission import ConnectionLimits
from marbleline.ports.source import SPOOL_FULL, TOO_LARGE, CapturedImage
from tests.builders import FakeClock, make_frame, make_picture, wait_until

PICTURE = make_picture(1)
LIMIT = 10_000


class Camera:
    """Takes from the source on a thread, as a camera does; ``hold`` stops it from asking."""

    def __init__(
        self,
        token: str = "",
        limits: ConnectionLimits | None = None,
        prepare: Callable[[HttpSource], None] = lambda source: None,
    ) -> None:
        self.seconds = 0.0
        self.source = HttpSource(
            "127.0.0.1", 0, LIMIT, token, FakeClock(), lambda: time.monotonic() + self.seconds, limits
        )
        self.captured_images: list[CapturedImage] = []
        self.refuses: tuple[str, str] | None = None
        self.over = threading.Event()
        self.asking = threading.Event()
        self.asking.set()
        self.waiting = threading.Event()
        prepare(self.source)
        self.source.next_image(0.0)
        assert self.source.address is not None
        self.address = self.source.address
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        while not self.over.is_set():
            if not self.asking.is_set():
                self.waiting.set()
                self.asking.wait(60)
            captured = self.source.next_image(0.02)
            if captured is None:
                continue
            if self.refuses:
                self.source.rejected(captured, *self.refuses)
            else:
                self.captured_images.append(captured)
                self.source.committed(captured, make_frame(len(self.captured_images)))

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
        headers: dict[str, str] | None = None,
        *,
        method: str = "POST",
        path: str = "/frames",
    ) -> tuple[int, dict[str, Any], Headers]:
        connection = http.client.HTTPConnection(*self.address, timeout=20)
        with contextlib.closing(connection):
            connection.request(method, path, body, {"Content-Type": "image/jpeg", **(headers or {})})
            response = connection.getresponse()
            return response.status, json.loads(response.read()), response.headers

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
    [captured] = camera.captured_images
    assert (captured.content, captured.slab_id, captured.origin) == (PICTURE, "B-1204/7", "127.0.0.1")


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
    assert len({captured.content for captured in camera.captured_images}) == 60


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
    assert camera.captured_images == []
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
    assert [captured.content for captured in camera.captured_images] == [PICTURE]


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
        monkeypatch.setattr(http_source, "_WAIT_S", 0.1)
        camera.hold()
        assert camera.send()[0] == 503
        camera.asking.set()
        assert camera.send()[0] == 201
        assert len(camera.captured_images) == 1

    def test_too_large_for_the_camera(self, camera: Camera) -> None:
        camera.refuses = (TOO_LARGE, "9000 bytes, the limit is 5000")
        assert camera.send()[:2] == (413, {"error": "too_large: 9000 bytes, the limit is 5000"})

    def test_uploads_at_once_are_bounded(self, camera: Camera) -> None:
        head = b"POST /frames HTTP/1.1\r\nHost: x\r\nContent-Type: image/jpeg\r\nContent-Length: 100\r\n\r\n"
        slow = [socket.create_connection(camera.address) for _ in range(8)]
        for connection in slow:
            connection.sendall(head + b"half")
        server = camera.source._server
        assert server is not None
        wait_until(lambda: server._uploads == 8)  # or the question would take one's place
        seen: list[Headers] = []

        def rejected() -> bool:
            status, _, headers = camera.send()
            seen.append(headers)
            return status == 429

        wait_until(rejected)
        assert seen[-1]["Retry-After"] == "1"
        for connection in slow:
            connection.close()
        wait_until(lambda: camera.send()[0] == 201)

    def test_connections_at_once_are_bounded(self, camera: Camera) -> None:
        idle = [socket.create_connection(camera.address, timeout=20) for _ in range(300)]
        try:
            assert [connection.recv(1) for connection in idle[:44]] == [b""] * 44  # the oldest were closed
            assert _counts(camera)["undecided"] == 256
            assert camera.send()[0] == 201
        finally:
            for connection in idle:
                connection.close()
        wait_until(lambda: _counts(camera)["undecided"] == 0)

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
        monkeypatch.setattr(http_connection, "_HEADERS_S", 0.2)
        _drips_until_hung_up(camera, sent, b"x")

    def test_a_body_that_drips(self, camera: Camera, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(http_request, "_QUIET_S", 0.2)
        head = b"POST /frames HTTP/1.1\r\nHost: x\r\nContent-Type: image/jpeg\r\nContent-Length: 9000\r\n\r\n"
        assert b" 408 " in _drips_until_hung_up(camera, head, b"y")
        assert camera.captured_images == []


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


class TestCrowd:
    """What other clients do, a sender with the token is heard."""

    @pytest.mark.slow
    def test_slow_and_flooding_clients_do_not_keep_senders_out(self) -> None:
        camera = Camera(token="correct horse")
        over = threading.Event()
        slow = [_opened(camera.address) for _ in range(500)]
        floods = [threading.Thread(target=_flood, args=(camera.address, over)) for _ in range(4)]
        try:
            for flood in floods:
                flood.start()
            answered = sum(_uploaded(camera) for _ in range(40))
        finally:
            over.set()
            for flood in floods:
                flood.join(60)
            for connection in slow:
                connection.close()
            camera.close()
        assert answered >= 38

    def test_authenticated_senders_are_never_closed_for_others(self) -> None:
        camera = Camera("correct horse", ConnectionLimits(connections=6, undecided=4))
        sender = http.client.HTTPConnection(*camera.address, timeout=20)
        headers = {"Content-Type": "image/jpeg", "Authorization": "Bearer correct horse"}
        sender.request("POST", "/frames", PICTURE, headers)
        assert sender.getresponse().read()
        idle = [socket.create_connection(camera.address, timeout=20) for _ in range(20)]
        assert [connection.recv(1) for connection in idle[:16]] == [b""] * 16
        assert _counts(camera) == {"authenticated": 1, "undecided": 4}
        sender.request("POST", "/frames", PICTURE, headers)
        assert sender.getresponse().status == 201
        for connection in idle:
            connection.close()
        sender.close()
        camera.close()

    def test_an_address_that_is_refused_too_often_is_answered_no_more(self) -> None:
        camera = Camera("correct horse", ConnectionLimits(unauthenticated_per_s=0.0, burst=3))
        wrong = {"Authorization": "Bearer battery staple"}
        assert [camera.send(headers=wrong)[0] for _ in range(3)] == [403] * 3
        with pytest.raises(OSError, match=r"without response|reset"):
            camera.send(headers=wrong)
        assert camera.send(headers={"Authorization": "Bearer correct horse"})[0] == 201
        camera.close()

    def test_a_sender_of_much_reads_why_it_is_refused(self) -> None:
        camera = Camera("correct horse")
        for _ in range(5):
            assert camera.send(b"x" * 4_000_000, {"Authorization": "Bearer wrong"})[0] == 403
        camera.close()

    def test_a_sender_that_closes_its_side_is_answered(self, camera: Camera) -> None:
        head = b"POST /frames HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(PICTURE)
        camera.hold()
        answers: list[bytes] = []
        sender = threading.Thread(target=lambda: answers.append(camera.raw(head + PICTURE, shut=True)))
        sender.start()
        wait_until(lambda: camera.source._offers)
        camera.asking.set()
        sender.join(20)
        assert answers[0].startswith(b"HTTP/1.1 201 ")

    def test_what_is_no_http_is_told_so(self, camera: Camera) -> None:
        assert b" 400 " in camera.raw(b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n")
        assert camera.raw(b"GET /healthz HTTP/1.1\r\n" + b"X: y\r\n" * 200_000).startswith(b"HTTP/1.1 400 ")


def _counts(camera: Camera) -> Counter[str]:
    assert camera.source._server is not None
    return camera.source._server.admission.counts()


def _opened(address: tuple[str, int]) -> socket.socket:
    """A client that never ends its first line."""
    connection = socket.create_connection(address, timeout=20)
    with contextlib.suppress(OSError):
        connection.sendall(b"POST /frames HT")
    return connection


def _flood(address: tuple[str, int], over: threading.Event) -> None:
    request = (
        b"POST /frames HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\nAuthorization: Bearer guess\r\n\r\n"
    )
    for _ in range(20_000):
        if over.is_set():
            return
        with (
            contextlib.suppress(OSError),
            socket.create_connection(address, timeout=20) as connection,
        ):
            connection.sendall(request)


def _uploaded(camera: Camera) -> bool:
    try:
        return camera.send(headers={"Authorization": "Bearer correct horse"})[0] == 201
    except OSError:
        return False
