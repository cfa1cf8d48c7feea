"""Siemens S7 by PUT/GET, by python-snap7: the registers are the words of one data block.

The block must not be optimised (absolute addresses), and the CPU must allow PUT/GET.
"""

import logging
import struct
from collections.abc import Sequence

from snap7.client import Client
from snap7.error import S7Error

from marbleline.adapters.gates.handshake import HandshakeGate, discard_on_close
from marbleline.adapters.gates.registry import GateContext, S7Settings
from marbleline.domain.gate_registers import RegisterMap
from marbleline.errors import GateUnavailable
from marbleline.ports.gate import Gate


def open_s7(context: GateContext, settings: S7Settings) -> Gate:
    """``s7:HOST:PORT``"""
    transport = S7Transport(
        context.host,
        context.port,
        settings.s7_rack,
        settings.s7_slot,
        settings.s7_block,
        settings.gate_timeout_ms / 1000,
    )
    registers = RegisterMap(settings.gate_vision_register, settings.gate_plc_register)
    return HandshakeGate(transport, registers)


class S7Transport:
    """A ``WordTransport``: register ``n`` is the word at byte ``2 * n`` of data block ``block``.

    ``timeout_s`` bounds each request. The library bounds connecting by 5 seconds.
    """

    def __init__(
        self, host: str, port: int = 102, rack: int = 0, slot: int = 1, block: int = 1, timeout_s: float = 0.2
    ) -> None:
        # It reports each failed request as an error; the station logs what it means for the gate.
        logging.getLogger("snap7").setLevel(logging.CRITICAL)
        self._where = f"PLC s7://{host}:{port}"
        self._address = (host, rack, slot, port)
        self._block = block
        self._timeout_s = timeout_s
        self._client = Client()

    def read(self, first: int, count: int) -> list[int]:
        """One read of the data block."""
        self._connect()
        try:
            piece = self._client.db_read(self._block, 2 * first, 2 * count)
        except (S7Error, OSError) as error:
            raise self._lost(error) from error
        return list(struct.unpack(f">{count}H", piece))

    def write(self, first: int, words: Sequence[int]) -> None:
        """One write to the data block."""
        self._connect()
        try:
            self._client.db_write(self._block, 2 * first, bytearray(struct.pack(f">{len(words)}H", *words)))
        except (S7Error, OSError) as error:
            raise self._lost(error) from error

    def close(self) -> None:
        """Reset the connection."""
        connection = self._client.connection
        if connection is not None and connection.socket is not None:
            discard_on_close(connection.socket)
            # No disconnect request, which would be sent behind what is to be discarded.
            connection.connected = False
        self._client.disconnect()

    def _connect(self) -> None:
        if self._client.connected:
            return
        try:
            self._client.connect(*self._address[:3], tcp_port=self._address[3])
        except (S7Error, OSError) as error:
            raise self._lost(error) from error
        connection = self._client.connection
        if connection is not None and connection.socket is not None:
            connection.timeout = self._timeout_s
            connection.socket.settimeout(self._timeout_s)

    def _lost(self, error: Exception) -> GateUnavailable:
        self.close()
        return GateUnavailable(f"{self._where}: {error}")
