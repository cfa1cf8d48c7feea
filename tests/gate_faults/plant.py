"""The processes around a reject gate, to be broken: soft PLC, gate station, and what keeps the record."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from PIL import Image

from marbleline.softplc.belt import Belt, write_belt
from marbleline.softplc.log import read_events
from marbleline.softplc.program import Event
from tests.models.tiny_model import COLOURS, TINY, slab
from tests.services.processes import free_ports
from tests.services.wire_cutter import WireCutter

_CLOCK: Final = Path(__file__).parents[1] / "faults" / "wall_clock"


@dataclass(slots=True)
class Process:
    """A process and how it is started again."""

    command: list[str]
    environment: Mapping[str, str]
    log: Path
    process: subprocess.Popen[bytes]


@dataclass(slots=True)
class GatePlant:
    """Soft PLC, station and line in ``folder``; ``trusting`` is explained at ``PlcLimits``."""

    folder: Path
    belt: Belt
    trusting: bool = False
    model: Path = TINY
    processes: dict[str, Process] = field(default_factory=dict)
    wire: WireCutter = field(init=False)
    _modbus: int = field(init=False)

    def __post_init__(self) -> None:
        """Write what the belt's camera shows, and lay the wire."""
        pictures = self.folder / "belt" / "pictures"
        pictures.mkdir(parents=True)
        for label in COLOURS:
            Image.fromarray(slab(label)).save(pictures / f"{label}.png")
        Image.new("RGB", (320, 240), COLOURS["crack"]).save(pictures / "none.png")
        write_belt(self.belt, self.folder / "belt" / "belt.json")
        self.set_clock(0)
        [self._modbus] = free_ports(1)
        self.wire = WireCutter("127.0.0.1", self._modbus)

    @property
    def _offset(self) -> Path:
        return self.folder / "clock-offset"

    def set_clock(self, seconds: int) -> None:
        """Have the station's wall clock off by so many seconds."""
        written = self._offset.with_suffix(".tmp")
        written.write_text(str(seconds))
        written.replace(self._offset)

    @property
    def data(self) -> Path:
        """The line's data folder."""
        return self.folder / "data"

    def start_plc(self, *, tear_ms: float = 0.0) -> None:
        """The soft PLC on the belt."""
        command = ["marbleline", "softplc", str(self.folder / "belt"), "--resume"]
        command += ["--modbus", str(self._modbus), "--tear-ms", str(tear_ms)]
        self._start("plc", [*command, *(["--trusting"] if self.trusting else [])])

    def start_station(self) -> None:
        """The gate station, which reaches the PLC through the wire."""
        command = ["marbleline", "gate", "--gate", f"modbus:127.0.0.1:{self.wire.port}"]
        command += ["--source", f"belt:{self.folder / 'belt'}", "--camera", "camera", "--log-format", "json"]
        self._start("station", [*command, "--gate-deadline-ms", "300", "--gate-exposure-ms", "100"])

    def start_line(self) -> None:
        """What keeps the record: encoder and publisher."""
        for name in ("encoder", "publisher"):
            self._start(name, ["marbleline", name])

    def kill(self, name: str) -> None:
        """kill -9, and wait until it is gone."""
        self.processes[name].process.kill()
        self.processes[name].process.wait(10)

    def restart(self, name: str) -> None:
        """Start a process again as it was."""
        self._start(name, self.processes[name].command)

    def signal(self, name: str, number: signal.Signals) -> None:
        """SIGSTOP, SIGCONT."""
        self.processes[name].process.send_signal(number)

    def alive(self, name: str) -> bool:
        """Whether it runs."""
        return self.processes[name].process.poll() is None

    def lock(self, database: str, seconds: float) -> None:
        """Keep everybody from writing to the embedded broker or store."""
        with sqlite3.connect(self.data / database, timeout=5, isolation_level=None) as connection:
            connection.execute("BEGIN EXCLUSIVE")
            time.sleep(seconds)
            connection.execute("ROLLBACK")

    def events(self) -> list[Event]:
        """The soft PLC's own log."""
        return read_events(self.folder / "belt" / "gate.jsonl")

    def logs(self) -> str:
        """The ends of all logs."""
        return "\n".join(
            f"--- {name}\n{one.log.read_text(errors='replace')[-2000:]}"
            for name, one in self.processes.items()
        )

    def close(self) -> None:
        """End everything."""
        for one in self.processes.values():
            one.process.kill()
            one.process.wait(10)
        self.wire.close()

    def _start(self, name: str, command: list[str]) -> None:
        paths = [str(_CLOCK), os.environ.get("PYTHONPATH", "")] if name == "station" else []
        environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("MARBLELINE_")},
            "MARBLELINE_DATA": str(self.data),
            "MARBLELINE_MODEL": str(self.model),
            "WALL_CLOCK_OFFSET": str(self._offset),
            **({"PYTHONPATH": os.pathsep.join(paths)} if paths else {}),
        }
        log = self.folder / f"{name}.log"
        with log.open("ab") as sink:
            process = subprocess.Popen(
                [sys.executable, "-m", *command],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                start_new_session=True,
            )
        self.processes[name] = Process(command, environment, log, process)
