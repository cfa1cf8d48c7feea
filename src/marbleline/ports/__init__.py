"""Protocols between workers and adapters: broker, dead letters, inventory, frames, verdicts, annotations,
classifier, source, sink. A contract suite runs against every adapter.
"""
