"""A server of the same API for machines without an image of TensorFlow Serving."""
