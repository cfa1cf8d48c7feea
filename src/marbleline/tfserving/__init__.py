"""TensorFlow Serving's API, for both ends of the wire: its messages, tensors and addresses. No TensorFlow."""
