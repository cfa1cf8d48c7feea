"""Real servers of the fault suite's own, each behind a wire that can be cut."""

import contextlib
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tests.faults.line_under_test import TINY_MODEL, LineUnderTest
from tests.faults.table import Row, finish
from tests.services.elasticsearch_node import SearchNode
from tests.services.elasticsearch_proxy import Proxy
from tests.services.processes import free_ports
from tests.services.rabbitmq_node import RabbitNode
from tests.services.wire_cutter import WireCutter


@dataclass(frozen=True, slots=True)
class Plant:
    """Broker and store, shared by the faults of a module; each fault gets a corner of its own."""

    broker: RabbitNode
    store: SearchNode


@dataclass(frozen=True, slots=True)
class Services:
    """A line on real servers. Workers reach broker and model by wires and the store by a proxy."""

    plant: Plant
    line: LineUnderTest
    broker_wire: WireCutter
    model_wire: WireCutter
    store_proxy: Proxy
    model_port: int
    vhost: str

    def serve(self, model: Path = TINY_MODEL) -> None:
        """Start the model server: it is a worker of its own, that faults may kill."""
        self.line.start("serve", "serve", model=str(model), serve_port=str(self.model_port))


@contextmanager
def services_on(plant: Plant, folder: Path, **settings: str) -> Iterator[Services]:
    """Wires, a virtual host, a prefix and a line; all removed at the end."""
    corner = f"fault-{secrets.token_hex(3)}"
    plant.broker.control("add_vhost", corner)
    plant.broker.control("set_permissions", "-p", corner, "guest", ".*", ".*", ".*")
    [model_port] = free_ports(1)
    broker_wire = WireCutter("127.0.0.1", plant.broker.ports.amqp)
    model_wire = WireCutter("127.0.0.1", model_port)
    store_proxy = Proxy(plant.store.url)
    broker = urlsplit(plant.broker.url)
    line = LineUnderTest(
        folder,
        settings={
            "broker": f"amqp://guest:guest@127.0.0.1:{broker_wire.port}/{corner}",
            "store": store_proxy.url,
            "store_prefix": corner,
            "classifier": f"grpc://127.0.0.1:{model_wire.port}",
            **settings,
        },
        direct={"broker": f"{broker.scheme}://{broker.netloc}/{corner}", "store": plant.store.url},
    )
    try:
        yield Services(plant, line, broker_wire, model_wire, store_proxy, model_port, corner)
    finally:
        line.close()
        broker_wire.close()
        model_wire.close()
        store_proxy.stop()
        # A stream that did not come back after kill -9 keeps its virtual host from going.
        with contextlib.suppress(RuntimeError):
            plant.broker.control("delete_vhost", corner)


def done(services: Services, fault: str, over_at: float | None = None) -> Row:
    """Let 200 more frames through, then finish; see ``table.finish``."""
    line = services.line
    over_at = time.monotonic() if over_at is None else over_at
    line.wait_captured(line.total().captured + 200)
    return finish(line, "services", fault, over_at)
