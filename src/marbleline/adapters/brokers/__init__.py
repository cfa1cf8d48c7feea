"""Durable queues between the workers: SQLite, RabbitMQ."""
