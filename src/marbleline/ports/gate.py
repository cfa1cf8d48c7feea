"""The reject gate: a PLC that tells of triggers and is told of slabs. docs/plc.md has the handshake."""

from typing import Protocol

from marbleline.domain.gate import GateResult, PlcStatus, StationState


class Gate(Protocol):
    """The connection to one PLC. Used by one thread at a time.

    Every call takes at most the adapter's time limit, reconnects if it has to, and is never repeated by the
    adapter: what was not certainly written is the PLC's to reject.
    """

    def read(self) -> PlcStatus:
        """What the PLC says now. Raises GateUnavailable."""
        ...

    def beat(self, heartbeat: int, state: StationState) -> None:
        """Show the PLC that this side lives: ``heartbeat`` (0 to 65535) differs from the last.

        Raises GateUnavailable.
        """
        ...

    def offer(self, result: GateResult, until: float) -> None:
        """Write a slab's result: its data first, then the valid word in a request of its own.

        Called again only after the PLC has acknowledged the last result, or will reject its slab: the data
        words are shared by all slabs. ``until`` is the result's deadline by the adapter's monotonic clock,
        seconds; nothing is written after it.

        Raises ResultLate if the deadline passed before the valid word was sent, GateUnavailable if
        the PLC did not confirm a write in time: it may have got it or not, and it is not written again.
        """
        ...

    def close(self) -> None:
        """End the connection; what it still holds is discarded. Never raises."""
        ...
