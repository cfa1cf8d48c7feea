"""The gate station: capture, classify, fold and tell the PLC in one process beside the line (docs/plc.md)."""
