"""The handshake with the PLC, whatever protocol carries its words."""

import socket
import struct
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Protocol

from marbleline.domain.gate import GateResult, PlcStatus, StationState
from marbleline.domain.gate_registers import (
    DATA,
    HEARTBEAT,
    PLC_WORDS,
    VALID,
    RegisterMap,
    decode_status,
    encode_result,
    valid_word,
)
from marbleline.errors import GateUnavailable, ResultLate, WireError


def discard_on_close(connection: socket.socket) -> None:
    """Have it closed by a reset, so that nothing unsent can reach the PLC later (socket(7), SO_LINGER)."""
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


class WordTransport(Protocol):
    """Reads and writes 16-bit words of a PLC, a request each, and repeats none."""

    def read(self, first: int, count: int) -> list[int]:
        """``count`` words from register ``first`` on. Raises GateUnavailable; the next call reconnects."""
        ...

    def write(self, first: int, words: Sequence[int]) -> None:
        """Set words from register ``first`` on, in one request; returns once the PLC has confirmed it.

        Raises GateUnavailable; the next call reconnects.
        """
        ...

    def close(self) -> None:
        """End the connection and discard what it holds. Never raises."""
        ...


class HandshakeGate:
    """A ``Gate`` on a transport of words."""

    def __init__(
        self,
        transport: WordTransport,
        registers: RegisterMap,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._transport = transport
        self._registers = registers
        self._monotonic = monotonic

    def read(self) -> PlcStatus:
        """All of the PLC's words in one request."""
        try:
            return decode_status(self._transport.read(self._registers.plc, PLC_WORDS))
        except WireError as error:
            raise GateUnavailable(str(error)) from error

    def beat(self, heartbeat: int, state: StationState) -> None:
        """Heartbeat and state in one request."""
        self._transport.write(self._registers.vision + HEARTBEAT, [heartbeat & 0xFFFF, int(state)])

    def offer(self, result: GateResult, until: float) -> None:
        """Data, and once the PLC has confirmed it, valid."""
        self._check(result, until)
        self._transport.write(self._registers.vision + DATA, encode_result(result))
        self._check(result, until)
        self._transport.write(self._registers.vision + VALID, [valid_word(result.sequence)])

    def close(self) -> None:
        """End the connection."""
        self._transport.close()

    def _check(self, result: GateResult, until: float) -> None:
        late = self._monotonic() - until
        if late >= 0:
            raise ResultLate(f"slab {result.sequence}: its deadline passed {late * 1000:.0f} ms ago")
