"""The soft PLC's cycle: read the inputs, scan, put up the outputs, every ten milliseconds."""

import asyncio
import contextlib
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from marbleline.softplc.belt import Belt
from marbleline.softplc.log import EventLog
from marbleline.softplc.memory import Memory
from marbleline.softplc.program import PlcLimits, PlcProgram

SCAN_S: Final = 0.01
LOG: Final = "gate.jsonl"
BELT: Final = "belt.json"
_RETENTIVE: Final = "sequence"
_DIGITS: Final = 10


@dataclass(frozen=True, slots=True)
class PlcServers:
    """Where it listens; port 0: not. ``tear_s`` is explained at ``modbus.serve_modbus``."""

    host: str = "127.0.0.1"
    modbus_port: int = 0
    s7_port: int = 0
    tear_s: float = 0.0


def run_soft_plc(
    folder: Path, belt: Belt, limits: PlcLimits, servers: PlcServers, stop: threading.Event
) -> None:
    """Run until ``stop`` is set. The folder keeps its log and, over restarts, its last sequence."""
    memory = Memory()
    log = EventLog(folder / LOG)
    end_s7: Callable[[], None] = lambda: None  # noqa: E731 - nothing to end without a server
    if servers.s7_port:
        from marbleline.softplc.s7 import serve_s7  # noqa: PLC0415 - an extra

        end_s7 = serve_s7(memory, servers.host, servers.s7_port)
    try:
        asyncio.run(_cycle(folder, belt, PlcProgram(limits, _retained(folder)), memory, servers, log, stop))
    finally:
        end_s7()
        log.close()


async def _cycle(
    folder: Path,
    belt: Belt,
    program: PlcProgram,
    memory: Memory,
    servers: PlcServers,
    log: EventLog,
    stop: threading.Event,
) -> None:
    server = None
    memory.show(program.status())
    if servers.modbus_port:
        from marbleline.softplc.modbus import serve_modbus  # noqa: PLC0415 - an extra

        server = await serve_modbus(memory, servers.host, servers.modbus_port, servers.tear_s)
    retentive = os.open(folder / _RETENTIVE, os.O_WRONLY | os.O_CREAT, 0o644)
    before = belt.position(time.monotonic())
    sequence = program.status().sequence
    due = time.monotonic()
    try:
        while not stop.is_set():
            at = time.monotonic()
            position = belt.position(at)
            events = program.scan(at, position, belt.edges(before, position), memory.vision())
            before = position
            status = program.status()
            if status.sequence != sequence:
                # Retained before anybody is told of it.
                sequence = status.sequence
                os.pwrite(retentive, f"{sequence:0{_DIGITS}d}".encode(), 0)
            log.write(events)
            memory.show(status)
            due = max(due + SCAN_S, time.monotonic())
            await asyncio.sleep(max(0.0, due - time.monotonic()))
    finally:
        os.close(retentive)
        if server is not None:
            await server.shutdown()  # type: ignore[no-untyped-call]


def _retained(folder: Path) -> int:
    with contextlib.suppress(OSError, ValueError):
        return int((folder / _RETENTIVE).read_text())
    return 0
