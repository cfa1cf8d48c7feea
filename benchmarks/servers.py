"""Where a line runs: embedded in a folder, or on a real RabbitMQ, Elasticsearch and model server."""

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.services import servers

from benchmarks.workers import Worker, cpu_of, free_port, model_folder, supervisor


@dataclass
class Place:
    """``settings`` are those of every worker; ``pids`` the servers' processes, by name."""

    settings: dict[str, object]
    data: Path
    pids: dict[str, int] = field(default_factory=dict)

    def cpu(self) -> dict[str, float]:
        """CPU seconds of the servers so far."""
        return {name: cpu_of(pid) for name, pid in self.pids.items()}


@contextmanager
def embedded() -> Iterator[Place]:
    """A folder of its own."""
    with tempfile.TemporaryDirectory(prefix="marbleline-bench-") as name:
        yield Place({"data": name, "model": model_folder(), "line": "bench"}, Path(name))


@contextmanager
def real() -> Iterator[Place]:
    """Servers on this machine: a virtual host and an index prefix of the run's own. Raises ServerMissing."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="marbleline-bench-")))
        rabbit, search = _kept()
        port = free_port()
        broker = stack.enter_context(_virtual_host(rabbit))
        settings: dict[str, object] = {
            "data": folder,
            "model": model_folder(),
            "line": "bench",
            "broker": broker,
            "store": search.url,
            "store_prefix": f"bench-{secrets.token_hex(4)}",
            "classifier": f"grpc://127.0.0.1:{port}",
        }
        serving = {"model": model_folder(), "serve_port": port}
        crewed: dict[str, Worker] = stack.enter_context(supervisor({"serve": ("serve", serving)}))
        pids = {"model server": crewed["serve"].process.pid}
        for name, server in (("RabbitMQ", rabbit), ("Elasticsearch", search)):
            pid = server.node.pid() if server.node is not None else None
            if pid is not None:
                pids[name] = pid
        try:
            yield Place(settings, folder, pids)
        finally:
            _forget(search.url, str(settings["store_prefix"]))


def let_go() -> None:
    """End the servers, if nobody else uses them."""
    _found.clear()
    _stack.close()


_stack: Final = ExitStack()
_found: Final[list[tuple[servers.RabbitServer, servers.SearchServer]]] = []


def _kept() -> tuple[servers.RabbitServer, servers.SearchServer]:
    """Started once and kept for the whole bench: a server that has just begun is slow."""
    if not _found:
        rabbit = _stack.enter_context(servers.rabbitmq())
        _found.append((rabbit, _stack.enter_context(servers.elasticsearch())))
    return _found[0]


@contextmanager
def _virtual_host(server: servers.RabbitServer) -> Iterator[str]:
    """The address of a corner of our own, removed with all that is in it."""
    if server.node is None:
        yield server.url
        return
    corner = f"bench-{secrets.token_hex(4)}"
    server.node.control("add_vhost", corner)
    server.node.control("set_permissions", "-p", corner, "guest", ".*", ".*", ".*")
    try:
        yield f"{server.url.rstrip('/')}/{corner}"
    finally:
        server.node.control("delete_vhost", corner)


def _forget(url: str, prefix: str) -> None:
    from tests.services.elasticsearch_support import Server

    Server(url).wipe(prefix)
