"""Runtimes of a model version: LiteRT, TensorFlow Serving, and the fallback between them."""
