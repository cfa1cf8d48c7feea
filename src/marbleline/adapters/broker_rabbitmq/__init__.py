"""The broker on a cluster: RabbitMQ, by AMQP 0-9-1."""

from marbleline.adapters.broker_rabbitmq.broker import RabbitBroker

__all__ = ["RabbitBroker"]
