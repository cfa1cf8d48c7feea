"""Repairing the embedded line's files: save what is readable, put it in place, and say what is gone.

Everything is done on new files in a folder beside; only whole ones take the place of damaged ones, which stay
beside them. Frames of which the picture is left but no verdict go round again. What lies in queues and spools
goes on by itself at the next start.
"""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from marbleline.adapters.brokers.sqlite import SqliteBroker
from marbleline.adapters.brokers.sqlite.rebuild import pictures_to_record, rebuild_broker
from marbleline.adapters.brokers.sqlite.schema import SCHEMA as BROKER
from marbleline.adapters.sqlite.file_in_use import in_use
from marbleline.adapters.sqlite.integrity import find_damage
from marbleline.adapters.sqlite.salvage import Salvaged
from marbleline.adapters.sqlite.schema import Schema
from marbleline.adapters.sqlite.write_ahead_log import missing_frames
from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.adapters.stores.sqlite.rebuild import RebuiltStore, rebuild_store
from marbleline.adapters.stores.sqlite.schema import SCHEMA as STORE
from marbleline.domain.alarm import DAMAGED, Alarm
from marbleline.errors import DataFolderBusy, RepairFailed
from marbleline.operations.repair_account import CameraAccount, account_for
from marbleline.operations.review_queue import QueueReport, QueueStore, complete_review_queue
from marbleline.pipeline.camera.spool_view import SpoolCount
from marbleline.ports.broker import Broker
from marbleline.ports.topology import Queue

_NO_BOUND: Final = 1 << 40


@dataclass(frozen=True, slots=True)
class FileReport:
    """One file: what is wrong with it, and what came of it. ``aside`` is where the damaged one lies now."""

    name: str
    path: Path
    problems: tuple[str, ...]
    salvaged: Salvaged | None = None
    aside: Path | None = None


@dataclass(frozen=True, slots=True)
class RepairReport:
    """All files and cameras. ``cameras`` is None if the store is none of the embedded line's.

    ``queue``  what became of the review queue of a store that is a server; None: it was not looked at
    """

    files: tuple[FileReport, ...]
    cameras: tuple[CameraAccount, ...] | None
    queue: QueueReport | None = None

    @property
    def damaged(self) -> bool:
        """Whether any file was."""
        return any(file.problems for file in self.files)

    @property
    def whole(self) -> bool:
        """Whether no frame, picture or other record is gone."""
        others = ("labels", "shadow_verdicts", "alarms", "alarm_events", "dead_letters", "discarded")
        rows = [file.salvaged.gone.get(table, 0) for file in self.files if file.salvaged for table in others]
        return not any(rows) and not any(one.gone or one.pictures_gone for one in self.cameras or ())


@dataclass(frozen=True, slots=True)
class Line:
    """What is repaired. ``store`` and ``broker`` are the embedded files, None for a server.

    ``spools``  the cameras' spools on this machine, read before
    ``remote``  the broker, if it is a server
    ``remote_store``  the store, if it is a server: its review queue is completed
    """

    store: Path | None
    broker: Path | None
    queues: tuple[Queue, ...]
    spools: Mapping[str, SpoolCount]
    remote: Broker | None = None
    remote_store: QueueStore | None = None

    def close(self) -> None:
        """Let go of the servers."""
        for server in (self.remote, self.remote_store):
            if server is not None:
                server.close()


def repair(line: Line, at: int, *, dry_run: bool = False) -> RepairReport:
    """Repair a stopped line's files; ``at`` (microseconds UTC) names what is put aside.

    ``dry_run``: everything is done on copies, which are removed. Raises DataFolderBusy if a worker still has
    a file open, RepairFailed, BrokerUnavailable, StoreUnavailable.
    """
    for path in (line.store, line.broker):
        if path is not None and in_use(path):
            raise DataFolderBusy(f"{path}: a worker has it open; stop the line and all its workers first")
    if line.store is None and line.broker is None and line.remote_store is None:
        raise RepairFailed(
            "neither broker nor store is a file of the embedded line: there is nothing to repair"
        )
    try:
        with ExitStack() as folders:
            report = _repair(line, at, dry_run, folders)
    except (sqlite3.Error, OSError) as error:
        raise RepairFailed(
            f"it could not be done: {error}; what was damaged is as before, or put aside"
        ) from error
    if line.remote_store is None or dry_run:
        return report
    return replace(report, queue=complete_review_queue(line.remote_store))


def _repair(line: Line, at: int, dry_run: bool, folders: ExitStack) -> RepairReport:
    files: list[FileReport] = []
    store_at, broker_at = line.store, line.broker
    rebuilt: RebuiltStore | None = None
    if line.store is not None:
        problems = _problems(line.store, STORE)
        if problems:
            store_at = folders.enter_context(_temporary_folder(line.store)) / line.store.name
            rebuilt = rebuild_store(line.store, store_at)
        files.append(FileReport("store", line.store, problems, rebuilt.salvaged if rebuilt else None))
    if line.broker is not None:
        problems, salvaged = _problems(line.broker, BROKER), None
        if problems:
            broker_at = folders.enter_context(_temporary_folder(line.broker)) / line.broker.name
            salvaged = rebuild_broker(line.broker, broker_at, line.queues)
        files.append(FileReport("broker", line.broker, problems, salvaged))
    cameras = _account(line, store_at, broker_at, rebuilt, files, at, dry_run)
    if not dry_run:
        made = {"store": store_at, "broker": broker_at}
        files = [_put_in_place(file, made[file.name], at) for file in files]
    return RepairReport(tuple(files), cameras)


def _problems(path: Path, schema: Schema) -> tuple[str, ...]:
    log, index = (path.with_name(path.name + end) for end in ("-wal", "-shm"))
    missing = missing_frames(_content(log), _content(index))
    found = (f"its write-ahead log lacks {missing} pages that were committed",) if missing else ()
    if path.exists() and not path.stat().st_size and not log.exists():
        return (*found, "it is empty")
    return (*found, *find_damage(path, schema, read_only=True))


def _account(
    line: Line,
    store_at: Path | None,
    broker_at: Path | None,
    rebuilt: RebuiltStore | None,
    files: list[FileReport],
    at: int,
    dry_run: bool,
) -> tuple[CameraAccount, ...] | None:
    if store_at is None or (dry_run and not store_at.exists()):
        return None
    # Nobody takes anything out while the line stands: what goes round again must find room.
    queues = tuple(replace(queue, max_length=_NO_BOUND) for queue in line.queues)
    broker: Broker | None = line.remote
    if broker_at is not None and not (dry_run and not broker_at.exists()):
        broker = SqliteBroker(broker_at, queues=queues)
    store = SqliteStore(store_at)
    try:
        pretend = dry_run and broker_at == line.broker
        there = broker_at is not None and broker_at.exists()
        recording = pictures_to_record(broker_at) if broker_at and there else frozenset()
        cameras = account_for(store, store_at, broker, line.spools, rebuilt, recording, pretend=pretend)
        if store_at != line.store or not dry_run:
            _clear_alarms(store, files, at)
    finally:
        store.close()
        if broker is not None and broker is not line.remote:
            broker.close()
    return cameras


def _clear_alarms(store: SqliteStore, files: list[FileReport], at: int) -> None:
    repaired = {file.path.name for file in files if file.problems}
    raised = [one for one in store.alarms() if one.raised and one.kind == DAMAGED and one.subject in repaired]
    if raised:
        store.put_alarms([Alarm(one.line, DAMAGED, one.subject, False, at, "repaired", "") for one in raised])


def _put_in_place(file: FileReport, fresh: Path | None, at: int) -> FileReport:
    if not file.problems or fresh is None:
        return file
    aside = file.path.with_name(f"{file.path.name}.damaged-{at}")
    with suppress(FileNotFoundError):
        os.link(file.path, aside)
    for end in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            file.path.with_name(file.path.name + end).rename(aside.with_name(aside.name + end))
    with fresh.open("rb") as written:
        os.fsync(written.fileno())
    fresh.replace(file.path)
    parent = os.open(file.path.parent, os.O_RDONLY)
    try:
        os.fsync(parent)
    finally:
        os.close(parent)
    return replace(file, aside=aside)


@contextmanager
def _temporary_folder(beside: Path) -> Iterator[Path]:
    """A folder on the file's disk for the new one, removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix=".repair-", dir=beside.parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _content(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""
