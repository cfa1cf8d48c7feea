"""The RabbitMQ broker without a server: what a connection that comes to nothing leaves behind."""
