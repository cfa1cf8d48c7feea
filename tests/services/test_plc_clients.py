"""The gate's protocols against other implementations: Snap7 in C++, nodes7 and jsmodbus on Node.js."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from marbleline.adapters.gates.handshake import HandshakeGate
from marbleline.adapters.gates.s7 import S7Transport
from marbleline.domain.gate import GateDecision, GateReason, GateResult, PlcMode, PlcStatus, StationState
from marbleline.domain.gate_registers import RegisterMap, crc16, decode_result, valid_word
from marbleline.errors import GateUnavailable
from marbleline.ports.gate import Gate
from marbleline.softplc.log import read_events
from marbleline.softplc.memory import Memory
from tests.builders import wait_until
from tests.services import node_packages
from tests.services.missing import ServerMissing, skip_or_fail
from tests.services.processes import free_ports
from tests.services.snap7_server import Snap7Server

BLOCK = 100
STATUS = PlcStatus(7, 0x0001_0002, 0xFFFF_FFFE, 42, 3, PlcMode.AUTOMATIC)
RESULT = GateResult(0x0001_0002, GateDecision.FAULTY, 2, 1, GateReason.DEFECT, 3, 4)


@pytest.fixture
def memory() -> Memory:
    memory = Memory()
    memory.show(STATUS)
    return memory


@pytest.fixture
def port() -> int:
    return free_ports(1)[0]


@pytest.fixture
def server(memory: Memory, port: int) -> Iterator[Snap7Server]:
    try:
        server = Snap7Server(memory.block, BLOCK, port)
    except ServerMissing as error:
        skip_or_fail(error)
    server.start()
    yield server
    server.close()


@pytest.fixture
def gate(server: Snap7Server, port: int) -> Iterator[Gate]:
    transport = S7Transport("127.0.0.1", port, block=BLOCK, timeout_s=5.0)
    gate = HandshakeGate(transport, RegisterMap(), lambda: 0.0)
    yield gate
    gate.close()


def test_snap7s_server_is_read_and_written(gate: Gate, memory: Memory) -> None:
    assert gate.read() == STATUS
    gate.beat(65_535, StationState.RUNNING)
    gate.offer(RESULT, 1.0)
    words = memory.vision()
    assert words[:2] == [65_535, 1]
    assert decode_result(words[2:10]) == RESULT
    assert words[10] == valid_word(RESULT.sequence)


def test_snap7s_server_that_was_away_is_connected_to_again(gate: Gate, server: Snap7Server) -> None:
    assert gate.read() == STATUS
    server.stop()
    with pytest.raises(GateUnavailable, match="PLC s7://127"):
        gate.read()
    server.start()

    def back() -> bool:
        try:
            return gate.read() == STATUS
        except GateUnavailable:
            return False

    wait_until(back, what="the server's answer")


def test_a_block_that_snap7s_server_lacks_is_named(server: Snap7Server, port: int) -> None:
    gate = HandshakeGate(S7Transport("127.0.0.1", port, block=BLOCK + 1, timeout_s=5.0), RegisterMap())
    with pytest.raises(GateUnavailable):
        gate.read()
    gate.close()


@pytest.mark.parametrize("protocol", ["s7", "modbus"])
def test_the_soft_plc_takes_a_result_of_a_client_of_another_make(
    tmp_path: Path, port: int, protocol: str
) -> None:
    try:
        folder = node_packages.installed(Path(__file__).with_name("node_plc"), "node-plc")
        client = [node_packages.node(), str(folder / "client.js"), protocol, str(port)]
    except ServerMissing as error:
        skip_or_fail(error)
    command = [sys.executable, "-m", "marbleline", "softplc", str(tmp_path), f"--{protocol}", str(port)]
    with (tmp_path / "plc.log").open("ab") as log:
        plc = subprocess.Popen([*command, "--rate", "1"], stdout=log, stderr=log)
    try:
        wait_until(lambda: _answers(port), what="the soft PLC")
        done = subprocess.run(client, cwd=folder, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr
    finally:
        plc.terminate()
        plc.wait(20)
    said = json.loads(done.stdout)
    assert said["written"][-1] == crc16(said["written"][:-1])
    assert said["after"][7] == PlcMode.AUTOMATIC
    accepted = [one for one in read_events(tmp_path / "gate.jsonl") if one["event"] == "accepted"]
    assert [(one["sequence"], one["words"]) for one in accepted] == [(said["sequence"], said["written"])]


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 0.5).close()
    except OSError:
        return False
    return True
