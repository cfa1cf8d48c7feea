"""The servers that these tests run against."""

from tests.services.elasticsearch_support import bench, elasticsearch_node
from tests.services.fixtures import elasticsearch, rabbitmq, rabbitmq_node

__all__ = ["bench", "elasticsearch", "elasticsearch_node", "rabbitmq", "rabbitmq_node"]
