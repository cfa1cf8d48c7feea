"""A source that pictures are posted to keeps the port."""

import http.client
import threading
from pathlib import Path

import pytest

from marbleline.adapters.sources.http import HttpSource
from marbleline.errors import SourceUnavailable
from tests.builders import make_picture
from tests.contract.source_suite import PatientSourceSuite, World


class HttpWorld(World):
    """Senders who send their picture again and again until it was taken."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.source = HttpSource("127.0.0.1", 0, max_bytes=100_000, clock=self.clock)
        self.over = threading.Event()
        self.senders: list[threading.Thread] = []

    def offer(self, count: int) -> None:
        self.senders = [threading.Thread(target=self._send, args=(count,), daemon=True)]
        for sender in self.senders:
            sender.start()

    def open(self) -> HttpSource:
        source, self.source = self.source, HttpSource("127.0.0.1", 0, max_bytes=100_000, clock=self.clock)
        self.opened = source
        return source

    def close(self) -> None:
        self.over.set()
        for sender in self.senders:
            sender.join(20)
            assert not sender.is_alive()

    def _send(self, count: int) -> None:
        for number in range(count):
            while not self.over.wait(0.01):
                address = getattr(self, "opened", self.source).address
                if address is None:
                    continue
                connection = http.client.HTTPConnection(*address, timeout=20)
                try:
                    connection.request(
                        "POST", "/frames", make_picture(number), {"Content-Type": "image/jpeg"}
                    )
                    status = connection.getresponse().status
                except OSError:
                    continue
                finally:
                    connection.close()
                if status in (201, 413):
                    break


class TestHttpSource(PatientSourceSuite):
    @pytest.fixture
    def world(self, tmp_path: Path) -> World:
        return HttpWorld(tmp_path)

    def test_a_port_that_is_taken(self) -> None:
        first = HttpSource("127.0.0.1", 0, 1000)
        first.next_image(0.0)
        assert first.address is not None
        second = HttpSource("127.0.0.1", first.address[1], 1000)
        with pytest.raises(SourceUnavailable, match=r"can't listen on 127\.0\.0\.1"):
            second.next_image(0.0)
        first.close()
        second.next_image(0.0)
        second.close()
