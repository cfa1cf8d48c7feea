"""A node killed in its first minutes forgets its streams; what docs/rabbitmq.md says brings them back."""

import gc
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from marbleline.adapters.brokers.rabbitmq import RabbitMQBroker
from marbleline.errors import BrokerUnavailable
from tests.builders import frame_message, make_frame, wait_until
from tests.services.missing import ServerMissing, skip_or_fail
from tests.services.rabbitmq_node import RabbitNode

# pika leaves the socket of a connection that a killed node didn't close to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")

RESTART_S = 60.0
PAGE = Path(__file__).parents[2] / "docs" / "rabbitmq.md"


@pytest.fixture
def young(tmp_path: Path) -> Iterator[RabbitNode]:
    """A node that was never stopped in order, with three letters on it."""
    node = RabbitNode(tmp_path / "young")
    try:
        node.start()
        with closing(RabbitMQBroker(node.url, worker="young")) as broker:
            for number in (1, 2, 3):
                broker.publish_dead_letter(
                    "frames", frame_message(make_frame(number)), "bad_message", "made up"
                )
        yield node
    except ServerMissing as error:
        skip_or_fail(error)
    finally:
        node.remove()
        gc.collect()


def dead_letters(node: RabbitNode) -> int:
    """How many letters there are, -1 while they can't be read."""
    with closing(RabbitMQBroker(node.url, worker="looks")) as broker:
        try:
            return len(broker.dead_letters(10))
        except BrokerUnavailable:
            return -1


def expression(begins: str) -> str:
    """What the page has evaluated on the node."""
    found = re.search(rf"eval '({re.escape(begins)}[^']*)'", PAGE.read_text(encoding="utf-8"))
    assert found is not None
    return found[1]


def test_told_to_write_them_down_it_keeps_its_streams_through_a_kill(young: RabbitNode) -> None:
    young.control("eval", expression("dets:sync"))
    young.kill()
    young.start()
    wait_until(lambda: dead_letters(young) == 3, RESTART_S, "the letters")


def test_streams_that_a_killed_node_forgot_are_brought_back(young: RabbitNode) -> None:
    young.kill()
    young.start()
    wait_until(young.answers, RESTART_S)
    if dead_letters(young) == 3:
        return  # a newer RabbitMQ, that does not forget
    configs = (young.folder / "data").glob("*/coordination/*/*/config")
    [uid] = [one.parent.name for one in configs if "rabbit_stream_coordinator" in one.read_text()]
    young.control("eval", expression("ra_directory").replace("UID", uid))
    wait_until(lambda: dead_letters(young) == 3, RESTART_S, "the letters")
