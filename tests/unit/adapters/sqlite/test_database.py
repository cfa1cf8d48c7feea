"""SQLite files: durable, shared, versioned, and every trouble with one is the same error."""

import dataclasses
import multiprocessing
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import threading
import time
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from marbleline.adapters.sqlite import Database, opening
from marbleline.adapters.sqlite import database as database_module
from marbleline.adapters.sqlite import schema as schema_module
from marbleline.adapters.sqlite.page_size import OLDER_PAGE_BYTES, PAGE_BYTES
from marbleline.errors import BrokerUnavailable
from tests.unit.adapters.sqlite.support import NOTES, add, notebook, notes, small_disk


def test_what_was_written_is_there_for_others_and_later(tmp_path: Path) -> None:
    one, other = notebook(tmp_path / "folder" / "a.db"), notebook(tmp_path / "folder" / "a.db")
    add(one, "first")
    assert notes(other) == ["first"]
    one.close()
    other.close()
    assert notes(notebook(tmp_path / "folder" / "a.db")) == ["first"]


def test_durable_means_synced_and_not_durable_means_not(tmp_path: Path) -> None:
    database = notebook(tmp_path / "a.db")
    full, normal = 2, 1
    for durable, expected in ((True, full), (False, normal), (True, full)):
        with database.write(durable=durable) as connection:
            assert connection.execute("PRAGMA synchronous").fetchone() == (expected,)
            assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
            assert connection.execute("PRAGMA secure_delete").fetchone() == (0,)


@pytest.mark.parametrize("made_with", [OLDER_PAGE_BYTES, PAGE_BYTES])
def test_a_file_keeps_its_pages_and_its_log_its_bound_in_bytes(tmp_path: Path, made_with: int) -> None:
    opening.connect(tmp_path / "a.db", made_with).close()
    for count in (1, 2):
        database = notebook(tmp_path / "a.db")
        add(database, "one more")
        with database.read() as connection:
            assert connection.execute("PRAGMA page_size").fetchone() == (made_with,)
            bound = connection.execute("PRAGMA wal_autocheckpoint").fetchone()
            assert bound == (opening.CHECKPOINT_BYTES // made_with,)
        assert len(notes(database)) == count
        database.close()


def test_a_new_file_has_larger_pages_than_older_ones(tmp_path: Path) -> None:
    with notebook(tmp_path / "a.db").read() as connection:
        assert connection.execute("PRAGMA page_size").fetchone() == (PAGE_BYTES,)


def test_a_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    database = notebook(tmp_path / "a.db")
    with pytest.raises(KeyError), database.write() as connection:
        connection.execute("INSERT INTO notes (note) VALUES ('half')")
        raise KeyError
    add(database, "whole")
    assert notes(database) == ["whole"]


def test_a_reader_sees_one_state(tmp_path: Path) -> None:
    one, other = notebook(tmp_path / "a.db"), notebook(tmp_path / "a.db")
    add(one, "first")
    with one.read() as connection:
        assert connection.execute("SELECT count(*) FROM notes").fetchone() == (1,)
        add(other, "second")
        assert connection.execute("SELECT count(*) FROM notes").fetchone() == (1,)
    assert notes(one) == ["first", "second"]


def test_many_may_start_at_once(tmp_path: Path) -> None:
    errors: list[Exception] = []
    line = threading.Barrier(8)

    def start(number: int) -> None:
        try:
            database = notebook(tmp_path / "a.db")
            line.wait(20)
            add(database, str(number))
            database.close()
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=start, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert sorted(notes(notebook(tmp_path / "a.db"))) == [str(number) for number in range(8)]


def test_another_makes_the_file_while_it_is_being_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_version = schema_module._version

    def read_version_late(connection: sqlite3.Connection) -> int:
        monkeypatch.setattr(schema_module, "_version", read_version)
        add(notebook(tmp_path / "a.db"), "theirs")
        return read_version(connection)

    monkeypatch.setattr(schema_module, "_version", read_version_late)
    assert notes(notebook(tmp_path / "a.db")) == ["theirs"]


def test_waiting_ends_when_another_writes(tmp_path: Path) -> None:
    one, other = notebook(tmp_path / "a.db"), notebook(tmp_path / "a.db")
    add(one, "first")
    seen: list[int] = []
    for _ in one.changes(until=time.monotonic() + 20):
        seen.append(len(notes(one)))
        if seen[-1] == 3:
            break
        add(other, "one more")
    assert seen[0] == 1
    assert seen[-1] == 3


def test_an_older_file_is_brought_up_to_date(tmp_path: Path) -> None:
    old = notebook(tmp_path / "a.db")
    add(old, "kept")
    newer = dataclasses.replace(NOTES, steps=(*NOTES.steps, "ALTER TABLE notes ADD COLUMN at INTEGER;\n"))
    new = notebook(tmp_path / "a.db", newer)
    with new.read() as connection:
        assert connection.execute("SELECT note, at FROM notes").fetchall() == [("kept", None)]
    old.close()
    with pytest.raises(BrokerUnavailable, match=r"newer version of Marbleline \(schema 2"):
        notes(notebook(tmp_path / "a.db"))


def test_a_step_that_fails_changes_nothing(tmp_path: Path) -> None:
    add(notebook(tmp_path / "a.db"), "kept")
    wrong = dataclasses.replace(NOTES, steps=(*NOTES.steps, "DELETE FROM notes;\nCREATE TABLE notes (x);\n"))
    with pytest.raises(sqlite3.OperationalError, match="already exists"):
        notes(notebook(tmp_path / "a.db", wrong))
    assert notes(notebook(tmp_path / "a.db")) == ["kept"]


def test_a_file_of_another_program_is_refused(tmp_path: Path) -> None:
    foreign = sqlite3.connect(tmp_path / "a.db")
    foreign.execute("CREATE TABLE theirs (x)")
    foreign.commit()
    foreign.close()
    with pytest.raises(BrokerUnavailable, match="is no notebook of Marbleline"):
        notes(notebook(tmp_path / "a.db"))


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_bytes(b"not a database at all" * 100)
    with pytest.raises(BrokerUnavailable, match=r"a\.db: file is not a database"):
        notebook(tmp_path / "a.db").check()


def test_a_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    database = notebook(tmp_path / "file" / "a.db")
    with pytest.raises(BrokerUnavailable, match=r"a\.db"):
        database.check()
    (tmp_path / "file").unlink()
    database.check()


def test_a_file_removed_while_in_use_is_not_written_to(tmp_path: Path) -> None:
    database = notebook(tmp_path / "a.db")
    add(database, "gone")
    for suffix in ("", "-wal", "-shm"):
        (tmp_path / f"a.db{suffix}").unlink()
    with pytest.raises(BrokerUnavailable, match="removed or replaced"):
        add(database, "into the void")
    add(database, "new file")
    assert notes(notebook(tmp_path / "a.db")) == ["new file"]


def test_closed_is_closed(tmp_path: Path) -> None:
    database = notebook(tmp_path / "a.db")
    database.check()
    database.close()
    database.close()
    with pytest.raises(BrokerUnavailable, match="is closed"):
        database.check()


def test_a_wrong_statement_is_a_defect(tmp_path: Path) -> None:
    database = notebook(tmp_path / "a.db")
    with pytest.raises(sqlite3.OperationalError), database.read() as connection:
        connection.execute("SELECT wrong FROM notes")
    database.check()


def test_locked_for_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = notebook(tmp_path / "a.db"), notebook(tmp_path / "a.db")
    other.check()
    monkeypatch.setattr(opening, "BUSY_TIMEOUT_S", 0.05)
    with one.write(), pytest.raises(BrokerUnavailable, match="locked"):
        add(other, "in vain")
    add(other, "now")
    assert notes(one) == ["now"]


def test_the_log_has_a_bound_though_a_reader_kept_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_module, "_MOST_LOG_BYTES", 1 << 20)
    monkeypatch.setattr(opening, "CHECKPOINT_BYTES", 1 << 18)
    writer, reader = notebook(tmp_path / "a.db"), notebook(tmp_path / "a.db")
    log = tmp_path / "a.db-wal"
    with reader.read() as connection:
        connection.execute("SELECT * FROM notes").fetchall()
        for _ in range(30):
            add(writer, bytes(100_000))
        assert log.stat().st_size > 1 << 20
    monkeypatch.setattr(writer, "_bound_log_at", 0.0)
    add(writer, b"last")
    assert log.stat().st_size <= 1 << 20


def outlive(database: Database, pipe: Connection) -> None:
    pipe.send(notes(database))
    pipe.recv()
    add(database, "child")


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_fork_takes_no_connection_along(tmp_path: Path) -> None:
    database = notebook(tmp_path / "a.db")
    add(database, "parent")
    fork = multiprocessing.get_context("fork")
    mine, theirs = fork.Pipe()
    child = fork.Process(target=outlive, args=(database, theirs))
    child.start()
    assert mine.poll(20)
    assert mine.recv() == ["parent"]
    add(database, "parent")
    # With the parent's connection the child would have no locks: closing removes the log under its feet.
    database.close()
    mine.send("go on")
    child.join(20)
    assert child.exitcode == 0
    again = notebook(tmp_path / "a.db")
    assert notes(again) == ["parent", "parent", "child"]
    with again.read() as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def die_halfway(path: Path) -> None:
    database = notebook(path)
    add(database, "whole")
    with database.write() as connection:
        connection.execute("INSERT INTO notes (note) VALUES (zeroblob(1000000))")
        os.kill(os.getpid(), signal.SIGKILL)


def test_killed_in_the_middle(tmp_path: Path) -> None:
    child = multiprocessing.get_context("spawn").Process(target=die_halfway, args=(tmp_path / "a.db",))
    child.start()
    child.join(20)
    assert child.exitcode == -signal.SIGKILL
    database = notebook(tmp_path / "a.db")
    assert notes(database) == ["whole"]
    add(database, "after")
    assert notes(database) == ["whole", "after"]


def test_a_full_disk_and_one_with_room_again(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "3m") as disk:
        (disk / "ballast").write_bytes(bytes(1_500_000))
        database = notebook(disk / "a.db")
        written = 0
        with pytest.raises(BrokerUnavailable, match="full"):
            for written in range(100):
                add(database, f"{written}".encode().ljust(50_000))
        assert 0 < written < 100
        assert len(notes(database)) == written
        with pytest.raises(BrokerUnavailable, match="full"):
            add(database, bytes(400_000))
        (disk / "ballast").unlink()
        database.check()
        add(database, b"after")
        assert len(notes(database)) == written + 1
        database.close()


FILE_SIZE_LIMIT = """
    import resource, signal, sys
    from pathlib import Path
    from marbleline.errors import BrokerUnavailable
    from tests.unit.adapters.sqlite.support import add, notebook, notes

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    database = notebook(Path(sys.argv[1]))
    database.check()
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, resource.RLIM_INFINITY))
    written = 0
    try:
        for written in range(100):
            add(database, bytes(50_000))
    except BrokerUnavailable as error:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        add(database, b"after")
        print(written, len(notes(database)), error)
"""


def test_a_file_that_may_not_grow(tmp_path: Path) -> None:
    root = Path(__file__).parents[3]
    child = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(FILE_SIZE_LIMIT), str(tmp_path / "a.db")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": f"{root}{os.pathsep}{root / 'src'}"},
    )
    assert child.returncode == 0, child.stderr
    written, found, _ = child.stdout.split(" ", 2)
    assert 0 < int(written) < 100
    assert int(found) == int(written) + 1
