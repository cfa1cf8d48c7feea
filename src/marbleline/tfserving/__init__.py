"""TensorFlow Serving's API for client and server: messages, tensors, addresses. No TensorFlow."""
