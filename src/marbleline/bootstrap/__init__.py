"""Builds adapters and workers from settings; supervises a line on one machine."""
