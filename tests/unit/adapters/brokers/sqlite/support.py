"""What the tests of the embedded broker share."""

from pathlib import Path

from marbleline.adapters.brokers.sqlite import SqliteBroker
from marbleline.ports.message import Delivery, Message
from marbleline.ports.topology import ENCODED, FRAMES, Queue

SMALL = (
    Queue("frames", ("frame.#",), max_length=3, counts_as_pending=True),
    Queue("frame-records", ("frame.#", "camera.#"), max_length=5),
    Queue("encoded", ("encoded.#",), max_length=2, counts_as_pending=True),
)
TABLES = ("messages", "bodies", "entries", "dead_letters", "feeds", "subscribers", "discarded")


def file(folder: Path) -> Path:
    """The broker's file."""
    return folder / "broker.db"


def rows(broker: SqliteBroker, *tables: str) -> dict[str, int]:
    """How many rows each table has."""
    with broker._database.read() as connection:
        return {
            table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in tables or TABLES
        }


def assert_consistent(broker: SqliteBroker) -> None:
    """Each message has as many references as point to it and one body; totals are the entries' number."""
    with broker._database.read() as connection:
        wrong = connection.execute(
            "SELECT id, refs FROM messages WHERE refs <>"
            " (SELECT count(*) FROM entries WHERE message = messages.id)"
            " + (SELECT count(*) FROM dead_letters WHERE message = messages.id)"
            " + (SELECT count(*) FROM feeds WHERE message = messages.id)"
            " UNION ALL SELECT id, 0 FROM bodies WHERE id NOT IN (SELECT id FROM messages)"
            " UNION ALL SELECT id, 0 FROM messages WHERE id NOT IN (SELECT id FROM bodies)"
            " UNION ALL SELECT name, total FROM queues WHERE total <>"
            " (SELECT count(*) FROM entries WHERE queue = name)"
        ).fetchall()
    assert wrong == []


def encoded(number: int) -> Message:
    """Something made of a frame."""
    return Message(f"encoded-{number}", "encoded.line-1.camera-1", {"camera": "camera-1"}, b"pixels")


def receive(broker: SqliteBroker, count: int = 100, queue: str = FRAMES.name) -> list[Delivery]:
    """What can be taken now."""
    return broker.receive(queue, count, 0)


def made(broker: SqliteBroker) -> list[str]:
    """Ids of what waits in ``encoded``; they are given back."""
    found = broker.receive(ENCODED.name, 100, 0)
    broker.requeue(found)
    return [one.message.message_id for one in found]
