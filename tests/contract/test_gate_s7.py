"""The S7 gate keeps the port's promises, against python-snap7's server."""

import threading

import pytest
from snap7.server import Server

from marbleline.adapters.gates.handshake import HandshakeGate
from marbleline.adapters.gates.s7 import S7Transport
from marbleline.bootstrap.adapters import open_gate
from marbleline.bootstrap.catalogue import load
from marbleline.domain.gate_registers import RegisterMap
from marbleline.ports.gate import Gate
from marbleline.softplc import s7
from marbleline.softplc.memory import Memory
from tests.contract.gate_suite import STATUS, GateSuite, Plc
from tests.services.processes import free_ports

BLOCK = 100


class WatchedServer(Server):
    """Notes each write, which the library tells nobody of before it answers."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(log=False)
        self.writes: list[tuple[int, int]] = []
        self.memory: Memory | None = None

    def _write_to_memory_area(self, area: object, db_number: int, start: int, write_data: bytearray) -> bool:
        done = super()._write_to_memory_area(area, db_number, start, write_data)
        self.writes.append((start // 2, len(write_data) // 2))
        if self.memory is not None:
            self.memory.on_write(start // 2, [])
        return done


class S7Plc(Plc):
    """A memory as data block 100 of an S7 server."""

    def serve(self) -> int:
        [port] = free_ports(1)
        with pytest.MonkeyPatch.context() as patch:
            self._servers: list[WatchedServer] = []
            patch.setattr(s7, "Server", self._made)
            self._stop = s7.serve_s7(self.memory, "127.0.0.1", port, BLOCK)
        return port

    def writes(self) -> list[tuple[int, int]]:
        return self._servers[0].writes

    def open(self) -> Gate:
        # Asked anew at each write: a test may put another in its place.
        self._servers[0].memory = self.memory
        return HandshakeGate(S7Transport("127.0.0.1", self.wire.port, block=BLOCK), RegisterMap(), self.time)

    def stop(self) -> None:
        self._stop()

    def _made(self, *args: object, **kwargs: object) -> WatchedServer:
        self._servers.append(WatchedServer())
        return self._servers[0]


@pytest.fixture
def plc() -> S7Plc:
    return S7Plc()


class TestS7Gate(GateSuite):
    """The suite."""


def test_no_thread_of_the_server_is_left(plc: S7Plc) -> None:
    plc.wire.close()
    plc.stop()

    assert not [thread for thread in threading.enumerate() if thread.name == "s7-stop"]


def test_an_address_opens_it_with_its_settings(plc: S7Plc) -> None:
    flags = {"gate": f"s7:127.0.0.1:{plc.port}", "s7_block": str(BLOCK)}
    gate = open_gate(load(flags, {}))

    assert gate.read() == STATUS

    gate.close()
    plc.wire.close()
    plc.stop()
