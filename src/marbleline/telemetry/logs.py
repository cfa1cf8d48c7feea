"""Structured logs: an event's name and its fields, as text for people or as ECS JSON for Filebeat.

Workers log with the standard library: ``log.info("frame.captured", extra={"frame_id": ...})``. Secrets
never get out: the password in any address and the values of settings that hold one are masked here,
in the one place through which every line passes.
"""

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Final, TextIO

ECS_VERSION: Final = "8.11"

_PLAIN = frozenset(vars(logging.LogRecord("", 0, "", 0, "", None, None))) | {"message", "asctime", "taskName"}
# What ends a line, moves a terminal's cursor or reverses its text, and what UTF-8 can't write: names of files
# and answers of servers have it if somebody wants it so (CWE-117).
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_PASSWORD = re.compile(r"(?<=://)([^/@\s:]*):[^/@\s]+(?=@)")


def set_up(worker: str, *, style: str, level: str, stream: TextIO | None = None) -> None:
    """Send the process's logs to ``stream`` (standard error), as ``text`` or ``json``.

    ``worker`` is the name that each line bears.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter(worker) if style == "json" else TextFormatter(worker))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for chatty in ("pika", "PIL", "watchdog"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    # They warn of each request that failed, which our own log says once, with what is done about it.
    logging.getLogger("elastic_transport").setLevel(logging.ERROR)
    logging.getLogger("asyncua").setLevel(logging.ERROR)


def masked(text: str) -> str:
    """The text with the password of every address in it replaced."""
    return _PASSWORD.sub(r"\1:***", text)


def escaped(text: str) -> str:
    """The text with control characters written as Python does: ``\\n``, ``\\x1b``."""
    return _UNSAFE.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


class JsonFormatter(logging.Formatter):
    """One JSON object a line, fields named by the Elastic Common Schema; ours below ``marbleline``."""

    def __init__(self, worker: str) -> None:
        super().__init__()
        self._worker = worker

    def format(self, record: logging.LogRecord) -> str:
        """Render a record."""
        line: dict[str, object] = {
            "@timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "log.level": record.levelname.lower(),
            "message": record.getMessage(),
            "ecs.version": ECS_VERSION,
            "service.name": "marbleline",
            "service.node.name": self._worker,
            "log.logger": record.name,
            "process.pid": record.process,
        }
        fields = _fields(record)
        if fields:
            line["marbleline"] = fields
        if record.exc_info:
            line["error.type"] = getattr(record.exc_info[0], "__name__", "")
            line["error.stack_trace"] = self.formatException(record.exc_info)
        # JSON itself escapes what is below U+0020 only.
        text = json.dumps(line, default=str, ensure_ascii=False)
        return masked(_UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text))


class TextFormatter(logging.Formatter):
    """``12:00:01 encoder    frame.dead_lettered  reason=truncated frame_id=...``"""

    def __init__(self, worker: str) -> None:
        super().__init__()
        self._worker = worker

    def format(self, record: logging.LogRecord) -> str:
        """Render a record."""
        at = datetime.fromtimestamp(record.created).astimezone().strftime("%H:%M:%S")
        level = "" if record.levelno <= logging.INFO else f"{record.levelname} "
        fields = " ".join(f"{name}={value}" for name, value in _fields(record).items())
        line = f"{at} {self._worker:<12} {level}{escaped(record.getMessage())}  {escaped(fields)}".rstrip()
        if record.exc_info:
            # Indented, so that no line of an error's text can be taken for a log line.
            trace = self.formatException(record.exc_info).split("\n")
            line += "".join(f"\n  {escaped(part)}" for part in trace)
        return masked(line)


def _fields(record: logging.LogRecord) -> dict[str, object]:
    return {name: value for name, value in vars(record).items() if name not in _PLAIN}
