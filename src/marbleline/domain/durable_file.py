"""Files beside model versions that survive a power cut: written whole or not at all, or a line added."""

import os
from pathlib import Path


def replace_file(path: Path, content: bytes) -> None:
    """Put these bytes in place of the file, synced, in one rename. Raises OSError."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")
    with beside.open("wb") as file:
        _write_through(file.fileno(), content)
    beside.replace(path)


def append_line(path: Path, line: bytes) -> None:
    """Add a line, synced; makes the file. Raises OSError."""
    with path.open("ab") as file:
        _write_through(file.fileno(), line + b"\n")


def _write_through(descriptor: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
    os.fsync(descriptor)
