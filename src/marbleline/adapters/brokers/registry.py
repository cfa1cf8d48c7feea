"""The brokers. A new one is an entry of ``BROKERS`` and a module with its ``opens``."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from marbleline.adapters.registry import Adapter, Registry
from marbleline.settings.kinds import FILE
from marbleline.settings.setting import setting

if TYPE_CHECKING:
    # A command's help needs the settings and the addresses, and nothing else of an adapter.
    from marbleline.ports.broker import Broker
    from marbleline.ports.topology import Queue


@dataclass(frozen=True, slots=True)
class BrokerContext:
    """What a worker tells the broker that it opens.

    ``data``    the line's folder, for what is embedded
    ``queues``  which queues there have to be
    ``worker``  how the connection is called
    """

    address: str
    data: Path
    queues: "tuple[Queue, ...]"
    worker: str


@dataclass(frozen=True, slots=True)
class RabbitMQSettings:
    """Of RabbitMQ."""

    broker_ca_file: Path | None = setting(
        FILE, None, "PEM file of the CA of the broker's certificate; empty: the system's CAs."
    )


BROKERS: Final["Registry[BrokerContext, Broker]"] = Registry(
    "broker",
    "marbleline.brokers",
    (
        Adapter(
            schemes=("sqlite",),
            form="sqlite:FILE",
            help="A file on this machine, for all workers of one line; without FILE broker.db in the data "
            "folder, the same as empty.",
            opens="marbleline.adapters.brokers.sqlite:open_sqlite",
            embedded=True,
        ),
        Adapter(
            schemes=("amqp", "amqps"),
            form="amqp(s)://USER:PASSWORD@HOST[:PORT][,HOST...]/VHOST",
            pattern="//.+",
            help="RabbitMQ by AMQP 0-9-1, with TLS for amqps.",
            opens="marbleline.adapters.brokers.rabbitmq:open_rabbitmq",
            settings=RabbitMQSettings,
            extra="rabbitmq",
            needs="pika",
        ),
    ),
    default="sqlite:",
)
