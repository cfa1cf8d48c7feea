"""Modbus TCP, by pymodbus: functions 3 (read) and 16 (write) on holding registers."""

import logging
import socket
from collections.abc import Sequence

from pymodbus.client import ModbusTcpClient
from pymodbus.exceptions import ModbusException

from marbleline.adapters.gates.handshake import HandshakeGate, discard_on_close
from marbleline.adapters.gates.registry import GateContext, ModbusSettings
from marbleline.domain.gate_registers import RegisterMap
from marbleline.errors import GateUnavailable
from marbleline.ports.gate import Gate


def open_modbus(context: GateContext, settings: ModbusSettings) -> Gate:
    """``modbus:HOST:PORT``"""
    transport = ModbusTransport(
        context.host, context.port, settings.modbus_device, settings.gate_timeout_ms / 1000
    )
    registers = RegisterMap(settings.gate_vision_register, settings.gate_plc_register)
    return HandshakeGate(transport, registers)


class ModbusTransport:
    """A ``WordTransport``. ``timeout_s`` bounds connecting, and each request."""

    def __init__(self, host: str, port: int = 502, device: int = 1, timeout_s: float = 0.2) -> None:
        # It reports each failed request as an error; the station logs what it means for the gate.
        logging.getLogger("pymodbus").setLevel(logging.CRITICAL)
        self._where = f"PLC modbus://{host}:{port}"
        self._device = device
        self._client = ModbusTcpClient(host, port=port, timeout=timeout_s, retries=0)

    def read(self, first: int, count: int) -> list[int]:
        """Function 3."""
        self._connect()
        try:
            answer = self._client.read_holding_registers(first, count=count, device_id=self._device)
            if answer.isError():
                raise GateUnavailable(f"{self._where}: refused to read {first}: {answer}")
            return list(answer.registers)
        except (ModbusException, OSError) as error:
            raise self._lost(error) from error

    def write(self, first: int, words: Sequence[int]) -> None:
        """Function 16."""
        self._connect()
        try:
            answer = self._client.write_registers(first, list(words), device_id=self._device)
            if answer.isError():
                raise GateUnavailable(f"{self._where}: refused to write {first}: {answer}")
        except (ModbusException, OSError) as error:
            raise self._lost(error) from error

    def close(self) -> None:
        """Reset the connection."""
        if self._client.socket is not None:
            discard_on_close(self._client.socket)
            self._client.close()  # type: ignore[no-untyped-call]

    def _connect(self) -> None:
        if self._client.socket is not None:
            return
        self._client.connect()  # type: ignore[no-untyped-call]
        if self._client.socket is None:
            raise GateUnavailable(f"{self._where}: can't connect")
        self._client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _lost(self, error: Exception) -> GateUnavailable:
        # An answer that comes after all must not be taken for the next request's.
        self.close()
        return GateUnavailable(f"{self._where}: {error}")
