"""Where a test gets its server: named by the environment, in Docker, or started here, in this order."""

import os
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import pika

from tests.services.docker import Container, Image, engine_answers
from tests.services.elasticsearch_node import SearchNode
from tests.services.missing import ServerMissing
from tests.services.rabbitmq_node import RabbitNode
from tests.services.shared import used

RABBITMQ_VARIABLE: Final = "MARBLELINE_TEST_RABBITMQ"
ELASTICSEARCH_VARIABLE: Final = "MARBLELINE_TEST_ELASTICSEARCH"


@dataclass(frozen=True, slots=True)
class RabbitServer:
    """``how`` it was found, for people. ``node`` is what only a node of our own can do."""

    url: str
    how: str
    node: RabbitNode | None = None


@dataclass(frozen=True, slots=True)
class SearchServer:
    """``url`` without a trailing slash. ``node`` is what only a node of our own can do."""

    url: str
    how: str
    node: SearchNode | None = None


@contextmanager
def rabbitmq() -> Iterator[RabbitServer]:
    """A RabbitMQ for tests. Raises ServerMissing."""
    named = os.environ.get(RABBITMQ_VARIABLE)
    if named:
        _insist(_rabbit_answers(named), RABBITMQ_VARIABLE, named)
        yield RabbitServer(named, RABBITMQ_VARIABLE)
        return
    with _container("rabbitmq-docker", RABBITMQ_IMAGE) as container:
        if container is not None:
            yield RabbitServer(_amqp(container.place), "docker")
            return
    with used("rabbitmq", RabbitNode) as node:
        yield RabbitServer(node.url, "started from the system's package", node)


@contextmanager
def elasticsearch() -> Iterator[SearchServer]:
    """An Elasticsearch for tests. Raises ServerMissing."""
    named = os.environ.get(ELASTICSEARCH_VARIABLE, "").rstrip("/")
    if named:
        _insist(_search_answers(named), ELASTICSEARCH_VARIABLE, named)
        yield SearchServer(named, ELASTICSEARCH_VARIABLE)
        return
    with _container("elasticsearch-docker", ELASTICSEARCH_IMAGE) as container:
        if container is not None:
            yield SearchServer(f"http://{container.place}", "docker")
            return
    with used("elasticsearch", SearchNode) as node:
        yield SearchServer(node.url, "started from its jars", node)


@contextmanager
def _container(name: str, image: Image) -> Iterator[Container | None]:
    if not engine_answers():
        yield None
        return
    make: Callable[[Path], Container] = partial(Container, image=image)
    try:
        running = used(name, make)
        container = running.__enter__()
    except ServerMissing:
        # No image to be had is no reason to give up: the next way needs none.
        yield None
        return
    try:
        yield container
    finally:
        running.__exit__(None, None, None)


def _insist(answers: bool, variable: str, url: str) -> None:
    if not answers:
        shown = url.rsplit("@", 1)[-1]
        raise ServerMissing(f"{variable} names {shown}, which does not answer: start it or unset {variable}")


def _rabbit_answers(url: str) -> bool:
    try:
        pika.BlockingConnection(pika.URLParameters(url)).close()
    except (pika.exceptions.AMQPError, OSError):
        return False
    return True


def _search_answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/_cluster/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def _amqp(place: str) -> str:
    return f"amqp://guest:guest@{place}/"


RABBITMQ_IMAGE: Final = Image(
    "rabbitmq:4-management", 5672, {}, lambda place: _rabbit_answers(_amqp(place) + "%2f")
)
ELASTICSEARCH_IMAGE: Final = Image(
    "docker.elastic.co/elasticsearch/elasticsearch:8.19.3",
    9200,
    {"discovery.type": "single-node", "xpack.security.enabled": "false", "ES_JAVA_OPTS": "-Xms512m -Xmx512m"},
    lambda place: _search_answers(f"http://{place}"),
)
