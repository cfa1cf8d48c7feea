"""The soft PLC's own log: what came, what was accepted, what passed the gate. JSON lines, append only."""

import json
import os
import time
from pathlib import Path

from marbleline.softplc.program import Event


class EventLog:
    """Each event is handed to the operating system at once: kill -9 loses none that was written."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)

    def write(self, events: list[Event]) -> None:
        """Append the events of a scan, with the time (seconds of the monotonic clock)."""
        if events:
            at = round(time.monotonic(), 4)
            text = "".join(json.dumps({"at": at, **event}) + "\n" for event in events)
            os.write(self._file, text.encode())

    def close(self) -> None:
        """No more events."""
        os.close(self._file)


def read_events(path: Path) -> list[Event]:
    """All events of a log, oldest first; a last line that was cut off is left out."""
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").split("\n")
    return [json.loads(line) for line in lines[:-1] if line]
