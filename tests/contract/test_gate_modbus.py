"""The Modbus TCP gate keeps the port's promises, against pymodbus's server."""

import asyncio
import socket
import threading
from collections.abc import Iterator, Sequence

import pytest

from marbleline.adapters.gates.handshake import HandshakeGate
from marbleline.adapters.gates.modbus import ModbusTransport
from marbleline.bootstrap.adapters import open_gate
from marbleline.bootstrap.catalogue import load
from marbleline.domain.gate_registers import RegisterMap
from marbleline.errors import GateUnavailable
from marbleline.ports.gate import Gate
from marbleline.softplc.memory import WORDS
from marbleline.softplc.modbus import serve_modbus
from tests.contract.gate_suite import GateSuite, Plc
from tests.services.processes import free_ports


class ModbusPlc(Plc):
    """A memory behind a Modbus server on a loop of its own."""

    def serve(self) -> int:
        [port] = free_ports(1)
        self._writes: list[tuple[int, int]] = []
        self.memory.on_write = self._note
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(
            serve_modbus(self.memory, "127.0.0.1", port), self._loop
        ).result(10)
        return port

    def writes(self) -> list[tuple[int, int]]:
        return self._writes

    def open(self) -> Gate:
        return HandshakeGate(
            ModbusTransport("127.0.0.1", self.wire.port, timeout_s=1.0), RegisterMap(), self.time
        )

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._server.shutdown(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def _note(self, first: int, words: Sequence[int]) -> None:
        self._writes.append((first, len(words)))


@pytest.fixture
def plc() -> ModbusPlc:
    return ModbusPlc()


class TestModbusGate(GateSuite):
    """The suite."""


@pytest.fixture
def transport(plc: ModbusPlc) -> Iterator[ModbusTransport]:
    transport = ModbusTransport("127.0.0.1", plc.wire.port)
    yield transport
    transport.close()
    plc.wire.close()
    plc.stop()


def test_registers_that_the_plc_does_not_have_are_told_of(transport: ModbusTransport) -> None:
    with pytest.raises(GateUnavailable, match=f"refused to read {WORDS}"):
        transport.read(WORDS, 8)
    with pytest.raises(GateUnavailable, match=f"refused to write {WORDS}"):
        transport.write(WORDS, [1])


def test_a_map_at_other_addresses_is_used(plc: ModbusPlc, transport: ModbusTransport) -> None:
    gate = HandshakeGate(transport, RegisterMap(vision=300, plc=400))
    plc.memory.write(400, [9, 0, 5, 0, 0, 0, 0, 1])

    assert gate.read().sequence == 5


def test_a_request_that_is_not_answered_is_sent_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        transport = ModbusTransport("127.0.0.1", listener.getsockname()[1], timeout_s=0.05)
        with pytest.raises(GateUnavailable):
            transport.write(102, [1] * 8)
        silent, _ = listener.accept()
        with silent:
            received = silent.recv(1000)

    # MBAP header, function, address, count, byte count, eight words: Modbus Application Protocol, 6.12.
    assert len(received) == 7 + 1 + 2 + 2 + 1 + 16


def test_an_address_opens_it_with_its_settings(plc: ModbusPlc) -> None:
    plc.memory.write(400, [9, 0, 5, 0, 0, 0, 0, 1])
    flags = {"gate": f"modbus:127.0.0.1:{plc.port}", "gate_plc_register": "400", "modbus_device": "7"}
    gate = open_gate(load(flags, {}))

    assert gate.read().sequence == 5

    gate.close()
    plc.wire.close()
    plc.stop()
