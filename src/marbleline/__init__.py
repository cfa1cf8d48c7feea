"""Marbleline watches a marble production line and says of every slab what it is worth."""

__version__ = "0.1.0"
