"""What a stage and its console stand on: two files, or RabbitMQ and Elasticsearch (``make console-servers``).

Each folder of data has a virtual host and a prefix of its own. Its console reaches the servers by wires that
can be cut.
"""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from marbleline.adapters.brokers.rabbitmq import RabbitMQBroker
from marbleline.adapters.brokers.sqlite import SqliteBroker
from marbleline.adapters.stores.elasticsearch import ElasticsearchStore
from marbleline.adapters.stores.sqlite import SqliteStore
from tests.services.elasticsearch_node import SearchNode
from tests.services.rabbitmq_node import RabbitNode
from tests.services.wire_cutter import Wire, WireCutter

ON_SERVERS: Final = os.environ.get("MARBLELINE_TEST_CONSOLE", "") == "servers"
"""Whether this run is on RabbitMQ and Elasticsearch."""


@dataclass(frozen=True, slots=True)
class Files:
    """The embedded broker and store of a line's folder."""

    data: Path

    def open_broker(self) -> SqliteBroker | RabbitMQBroker:
        """The stage's own connection."""
        return SqliteBroker(self.data / "broker.db")

    def open_store(self) -> SqliteStore | ElasticsearchStore:
        """The stage's own connection."""
        return SqliteStore(self.data / "store.db")

    @property
    def environment(self) -> dict[str, str]:
        """The settings by which a process reaches them: those that it has without any."""
        return {}

    @contextmanager
    def away(self, what: str) -> Iterator[None]:
        """Take ``broker`` or ``store`` away, and put a folder in its place, so that nothing can be opened."""
        gone = self.data / "gone"
        gone.mkdir()
        files = [self.data / f"{what}.db{tail}" for tail in ("", "-wal", "-shm")]
        for file in filter(Path.exists, files):
            file.rename(gone / file.name)
        files[0].mkdir()
        yield
        files[0].rmdir()
        for file in files[1:]:
            file.unlink(missing_ok=True)
        for file in gone.iterdir():
            file.rename(self.data / file.name)
        gone.rmdir()


@dataclass(frozen=True, slots=True)
class Servers:
    """A virtual host and a prefix on nodes that the run has started."""

    broker_url: str
    store_url: str
    prefix: str
    wires: dict[str, WireCutter]

    def open_broker(self) -> SqliteBroker | RabbitMQBroker:
        """The stage's own connection, past the wire."""
        return RabbitMQBroker(self.broker_url, worker="stage")

    def open_store(self) -> SqliteStore | ElasticsearchStore:
        """The stage's own connection, past the wire."""
        return ElasticsearchStore(self.store_url, prefix=self.prefix)

    @property
    def environment(self) -> dict[str, str]:
        """The settings by which a process reaches them, by the wires."""
        broker = urlsplit(self.broker_url)
        user, _, _ = broker.netloc.rpartition("@")
        return {
            "MARBLELINE_BROKER": f"amqp://{user}@127.0.0.1:{self.wires['broker'].port}{broker.path}",
            "MARBLELINE_STORE": f"http://127.0.0.1:{self.wires['store'].port}",
            "MARBLELINE_STORE_PREFIX": self.prefix,
        }

    @contextmanager
    def away(self, what: str) -> Iterator[None]:
        """Cut the wire to ``broker`` or ``store``."""
        self.wires[what].state = Wire.CUT
        yield
        self.wires[what].state = Wire.WHOLE


Backing = Files | Servers


class Nodes:
    """RabbitMQ and Elasticsearch of this run, in ``folder``; started when the first stage wants them.

    Raises ServerMissing if there can't be one.
    """

    def __init__(self, folder: Path) -> None:
        self.broker, self.store = RabbitNode(folder / "rabbitmq"), SearchNode(folder / "elasticsearch")
        for node in (self.broker, self.store):
            node.folder.mkdir(parents=True)
            node.start()
        self._backings: dict[Path, Servers] = {}

    def of(self, data: Path) -> Servers:
        """The same for the same folder."""
        if data not in self._backings:
            self._backings[data] = self._make(f"console-{hashlib.sha256(str(data).encode()).hexdigest()[:8]}")
        return self._backings[data]

    def _make(self, name: str) -> Servers:
        self.broker.control("add_vhost", name)
        self.broker.control("set_permissions", "-p", name, "guest", ".*", ".*", ".*")
        address, search = urlsplit(self.broker.url), urlsplit(self.store.url)
        assert search.port is not None
        return Servers(
            f"{address.scheme}://{address.netloc}/{name}",
            self.store.url,
            name,
            {
                "broker": WireCutter("127.0.0.1", self.broker.ports.amqp),
                "store": WireCutter("127.0.0.1", search.port),
            },
        )

    def close(self) -> None:
        """Cut the wires and remove both nodes."""
        for backing in self._backings.values():
            for wire in backing.wires.values():
                wire.close()
        self.broker.remove()
        self.store.remove()


_RUNNING: list[Nodes] = []


@contextmanager
def nodes(folder: Path, wanted: bool = ON_SERVERS) -> Iterator[None]:
    """Have all stages on servers until the block ends, if ``wanted``: if the run is to be on servers."""
    if wanted:
        _RUNNING.append(Nodes(folder))
    yield
    while _RUNNING:
        _RUNNING.pop().close()


def backing(data: Path) -> Backing:
    """What the line in this folder stands on."""
    return _RUNNING[0].of(data) if _RUNNING else Files(data)
