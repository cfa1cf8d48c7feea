"""The servers as pytest fixtures; a conftest that wants them imports them by name."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services import servers
from tests.services.missing import ServerMissing, skip_or_fail
from tests.services.rabbitmq_node import RabbitNode
from tests.services.servers import RabbitServer, SearchServer


@pytest.fixture(scope="session")
def rabbitmq() -> Iterator[RabbitServer]:
    """A RabbitMQ that all tests share: use names of your own, and leave it running."""
    try:
        with servers.rabbitmq() as server:
            yield server
    except ServerMissing as error:
        skip_or_fail(error)


@pytest.fixture(scope="session")
def elasticsearch() -> Iterator[SearchServer]:
    """An Elasticsearch that all tests share: use a prefix of your own, and leave it running."""
    try:
        with servers.elasticsearch() as server:
            yield server
    except ServerMissing as error:
        skip_or_fail(error)


@pytest.fixture(scope="module")
def rabbitmq_node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitNode]:
    """A RabbitMQ node of this test module's own, to be stopped, killed and short of disk at will."""
    folder: Path = tmp_path_factory.mktemp("rabbitmq")
    node = RabbitNode(folder)
    try:
        node.start()
    except ServerMissing as error:
        skip_or_fail(error)
    yield node
    node.remove()
