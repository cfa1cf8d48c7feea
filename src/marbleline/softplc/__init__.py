"""A PLC in software, with a belt of slabs, for commissioning without one, for the demo and for tests.

It plays the PLC's part of docs/plc.md: triggers, shift register, reject gate. It is no product for a line.
"""
