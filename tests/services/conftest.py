"""The servers that these tests run against."""

from tests.services.fixtures import elasticsearch, rabbitmq, rabbitmq_node

__all__ = ["elasticsearch", "rabbitmq", "rabbitmq_node"]
