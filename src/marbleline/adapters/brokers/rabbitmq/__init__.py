"""The broker on a cluster: RabbitMQ, by AMQP 0-9-1."""

from marbleline.adapters.brokers.rabbitmq.broker import RabbitMQBroker
from marbleline.adapters.brokers.registry import BrokerContext, RabbitMQSettings

__all__ = ["RabbitMQBroker", "open_rabbitmq"]


def open_rabbitmq(context: BrokerContext, settings: RabbitMQSettings) -> RabbitMQBroker:
    """``amqp(s)://USER:PASSWORD@HOST[:PORT][,HOST...]/VHOST``"""
    return RabbitMQBroker(
        context.address, worker=context.worker, ca_file=settings.broker_ca_file, queues=context.queues
    )
