"""Guided commissioning: questions about slabs of the line, and a version learnt from the answers."""
