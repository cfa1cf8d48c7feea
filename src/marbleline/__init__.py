"""Real-time visual inspection for a marble production line."""

__version__ = "0.1.0"
