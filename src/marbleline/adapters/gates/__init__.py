"""Reject gates: the handshake of docs/plc.md over the protocols that PLCs speak."""
