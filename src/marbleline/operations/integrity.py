"""Looking for damage in the embedded files while the line runs, and telling people of it."""

import logging
import sqlite3
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from marbleline.adapters.sqlite.integrity import find_damage
from marbleline.adapters.sqlite.opening import REMEDY
from marbleline.adapters.sqlite.schema import Schema
from marbleline.domain.alarm import DAMAGED, Alarm
from marbleline.domain.clock import Clock, now
from marbleline.errors import FileDamaged, StoreUnavailable
from marbleline.ports.store import Store
from marbleline.telemetry.health import Heartbeat
from marbleline.telemetry.metrics import FILE_CHECK_SECONDS, FILE_DAMAGED

log = logging.getLogger("marbleline.integrity")

_SHARE: Final = 0.05
"""At most this share of one core's time goes into looking, however large the files are."""

_BEAT_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class EmbeddedFile:
    """One of the line's SQLite files."""

    path: Path
    schema: Schema


def watch_files(
    files: Sequence[EmbeddedFile],
    store: Store,
    line: str,
    every_s: float,
    stop: threading.Event,
    heartbeat: Heartbeat,
    clock: Clock = now,
) -> None:
    """Look at the files at once and then every ``every_s`` seconds, less often if that takes long.

    Damage is logged, counted, told by readiness, and raised as an alarm in the store, which may not be
    able to take it. Used by a thread of its own; ``store`` is for it alone.
    """
    problems: dict[str, str] = {}
    while True:
        began = time.monotonic()
        for file in files:
            _check(file, store, line, problems, stop, heartbeat, clock)
        took = time.monotonic() - began
        until = began + max(every_s, took / _SHARE)
        while not stop.is_set() and time.monotonic() < until:
            _report(heartbeat, problems)
            stop.wait(min(_BEAT_S, max(0.0, until - time.monotonic())))
        if stop.is_set():
            return


def _check(
    file: EmbeddedFile,
    store: Store,
    line: str,
    problems: dict[str, str],
    stop: threading.Event,
    heartbeat: Heartbeat,
    clock: Clock,
) -> None:
    name, began = file.path.name, time.process_time()

    def pause(worked_s: float) -> None:
        _report(heartbeat, problems)
        if worked_s:  # between two checks: leave the disk and the interpreter to the hot path
            stop.wait(min(worked_s, 1.0))

    try:
        found = find_damage(file.path, file.schema, pause)
    except (sqlite3.Error, OSError) as error:
        log.warning("integrity.not_checked", extra={"file": str(file.path), "error": str(error)})
        return
    FILE_CHECK_SECONDS.labels(file=name).set(time.process_time() - began)
    FILE_DAMAGED.labels(file=name).set(bool(found))
    if found:
        cause = f"{file.schema.name} {file.path}: {'; '.join(found[:3])}".replace("\n", " ")
        if name not in problems:
            log.error("integrity.damaged", extra={"file": str(file.path), "found": cause, "remedy": REMEDY})
        problems[name] = f"{cause}: {REMEDY}"
        _report(heartbeat, problems)
    else:
        problems.pop(name, None)
    _alarm(file, store, line, "; ".join(found[:3]), clock)


def _alarm(file: EmbeddedFile, store: Store, line: str, cause: str, clock: Clock) -> None:
    name = file.path.name
    try:
        raised = any(
            one.raised for one in store.alarms() if (one.line, one.kind, one.subject) == (line, DAMAGED, name)
        )
        if cause and not raised:
            store.put_alarms([Alarm(line, DAMAGED, name, True, clock(), cause, REMEDY)])
        elif raised and not cause:
            store.put_alarms([Alarm(line, DAMAGED, name, False, clock(), "the file is sound", "")])
    except StoreUnavailable as error:
        log.warning("integrity.no_alarm", extra={"file": str(file.path), "error": str(error)})


def _report(heartbeat: Heartbeat, problems: dict[str, str]) -> None:
    if problems:
        heartbeat.degraded("integrity", FileDamaged("; ".join(problems.values())))
    else:
        heartbeat.ok()
