"""``marbleline softplc``."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from marbleline.adapters.gates.modbus import ModbusTransport
from marbleline.cli import main
from marbleline.errors import GateUnavailable
from tests.builders import wait_until
from tests.services.processes import free_ports

pytestmark = pytest.mark.slow


def test_it_needs_a_port(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["softplc", str(tmp_path)]) == 2
    assert "give --modbus PORT or --s7 PORT" in capsys.readouterr().err


def test_it_serves_runs_the_belt_and_says_what_passed(tmp_path: Path) -> None:
    [port] = free_ports(1)
    command = ["softplc", str(tmp_path), "--modbus", str(port), "--rate", "5"]
    process = subprocess.Popen([sys.executable, "-m", "marbleline", *command], stdout=subprocess.PIPE)
    transport = ModbusTransport("127.0.0.1", port)

    def triggered() -> bool:
        try:
            return transport.read(120, 8)[2] >= 5
        except GateUnavailable:
            return False

    try:
        wait_until(triggered, 60, "five triggers")
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=20)
    finally:
        transport.close()
        process.kill()
        process.wait(10)

    found = json.loads(out)
    assert process.returncode == 0
    assert found["passed"] == 0
    # A machine that is busy may have the PLC stand still.
    assert "good" not in found["causes"]
    assert found["causes"]["no_result"]
    assert {path.stem.partition("-")[0] for path in (tmp_path / "pictures").iterdir()} == {
        "good",
        "crack",
        "dot",
        "joint",
        "none",
    }
