"""A line's reject gate without a PLC: the soft PLC as a process, and what passes its gate, in words."""

import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from marbleline.errors import SettingError
from marbleline.softplc.log import read_events
from marbleline.softplc.program import Event
from marbleline.softplc.run import BELT, LOG

RATE: Final = 1.0
CAMERA: Final = "gate-camera"
_START_S: Final = 60.0
_EVERY_S: Final = 10.0


@contextmanager
def soft_gate(folder: Path, port: int, say: Callable[[str], None]) -> Iterator[Mapping[str, str]]:
    """Run a soft PLC in ``folder`` meanwhile; yields the settings of its gate station, as texts by name.

    ``say`` is told every ten seconds, and at the end, how many slabs passed. Raises SettingError if the soft
    PLC does not start.
    """
    command = ["softplc", str(folder), "--modbus", str(port), "--rate", str(RATE), "--supervised"]
    (folder / BELT).unlink(missing_ok=True)
    process = subprocess.Popen(
        [sys.executable, "-m", "marbleline", *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    over = threading.Event()
    reporter = threading.Thread(target=_report, args=(folder / LOG, say, over), name="gate-reporter")
    try:
        _wait_for(folder / BELT, process)
        reporter.start()
        yield {
            "camera": CAMERA,
            "source": f"belt:{folder}",
            "gate": f"modbus:127.0.0.1:{port}",
            # A slab is in view for 640 ms.
            "gate_exposure_ms": "300",
            "gate_deadline_ms": "380",
        }
    finally:
        over.set()
        if process.stdin is not None:
            process.stdin.close()
        process.wait(10)
        if reporter.is_alive():
            reporter.join()


def in_words(events: Sequence[Event]) -> str:
    """What became of the slabs at the gate: ``Gate: 12 passed, 5 rejected (4 faulty, 1 no result)``."""
    gate = [event for event in events if event["event"] == "gate"]
    passed = sum(bool(event["passed"]) for event in gate)
    causes = Counter(str(event["cause"]).replace("_", " ") for event in gate if not event["passed"])
    told = ", ".join(f"{number} {cause}" for cause, number in causes.most_common())
    return f"Gate: {passed} passed, {len(gate) - passed} rejected" + (f" ({told})" if told else "")


def _report(log: Path, say: Callable[[str], None], over: threading.Event) -> None:
    while not over.wait(_EVERY_S):
        say(in_words(read_events(log)))
    say(in_words(read_events(log)))


def _wait_for(belt: Path, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + _START_S
    while not belt.exists():
        if process.poll() is not None or time.monotonic() > until:
            raise SettingError("soft gate: the soft PLC did not start; its message stands above")
        time.sleep(0.05)
