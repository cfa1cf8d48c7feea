"""What the tests of the Elasticsearch store share: names of their own, and a way to look behind the store."""

import json
import secrets
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Any, Final

import pytest

from marbleline.adapters.stores.elasticsearch import ElasticsearchStore
from tests.services.elasticsearch_node import SearchNode
from tests.services.elasticsearch_proxy import Proxy
from tests.services.missing import ServerMissing, skip_or_fail
from tests.services.servers import SearchServer

_TIMEOUT_S: Final = 30


class Server:
    """An Elasticsearch seen by hand, past the client and the store."""

    def __init__(self, url: str) -> None:
        self.url = url

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """The decoded answer; AssertionError unless the server did it."""
        status, answer = self.try_(method, path, body)
        assert status < 300, f"{method} {path}: {status} {answer}"
        return answer

    def try_(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """Status and decoded answer."""
        request = urllib.request.Request(
            self.url + path,
            None if body is None else json.dumps(body).encode(),
            {"Content-Type": "application/json"},
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as response:
                return response.status, json.loads(response.read() or b"null")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"null")

    def indices(self, prefix: str) -> list[str]:
        """Names of the indices that begin so."""
        return sorted(self.ask("GET", f"/{prefix}*/_alias?expand_wildcards=all"))

    def wipe(self, prefix: str) -> None:
        """Remove indices and templates of a prefix."""
        indices = self.indices(f"{prefix}-")
        if indices:
            self.ask("DELETE", f"/{','.join(indices)}")
        for path in ("_index_template", "_component_template"):
            self.try_("DELETE", f"/{path}/{prefix}-*")


class Bench:
    """One test's prefix, and the stores and proxies that it made."""

    def __init__(self, server: Server, stack: ExitStack) -> None:
        self.server = server
        self.prefix = f"test-{secrets.token_hex(4)}"
        self.slept: list[float] = []
        self._stack = stack

    def store(self, url: str | None = None, **options: Any) -> ElasticsearchStore:
        """A store on the test's own prefix. Its pauses are noted and not waited for."""
        options = {"prefix": self.prefix, "sleep": self.slept.append, **options}
        return self._stack.enter_context(closing(ElasticsearchStore(url or self.server.url, **options)))

    def proxy(self, **options: Any) -> Proxy:
        """A proxy before the server."""
        proxy = Proxy(self.server.url, **options)
        self._stack.callback(proxy.stop)
        return proxy


@contextmanager
def bench_on(url: str) -> Iterator[Bench]:
    """A bench that leaves nothing behind."""
    server = Server(url)
    with ExitStack() as stack:
        bench = Bench(server, stack)
        stack.callback(server.wipe, bench.prefix)
        yield bench


@pytest.fixture
def bench(elasticsearch: SearchServer) -> Iterator[Bench]:
    """A prefix of the test's own on the shared server."""
    with bench_on(elasticsearch.url) as made:
        yield made


@pytest.fixture(scope="module")
def elasticsearch_node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SearchNode]:
    """A node of this test module's own, to be stopped and killed at will."""
    node = SearchNode(tmp_path_factory.mktemp("elasticsearch"))
    try:
        node.start()
    except ServerMissing as error:
        skip_or_fail(error)
    yield node
    node.remove()
