"""Repairing the embedded files: what is readable is saved, what is gone is named, the rest stays."""

import hashlib
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from marbleline.adapters.brokers.sqlite import SqliteBroker
from marbleline.adapters.brokers.sqlite.schema import SCHEMA as BROKER
from marbleline.adapters.sqlite import Database, Schema
from marbleline.adapters.sqlite.integrity import find_damage
from marbleline.adapters.sqlite.opening import connect
from marbleline.adapters.sqlite.page_size import OLDER_PAGE_BYTES, PAGE_BYTES
from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.adapters.stores.sqlite.schema import SCHEMA as STORE
from marbleline.domain.alarm import DAMAGED, Alarm
from marbleline.errors import DataFolderBusy, StoreUnavailable
from marbleline.operations.repair import Line, RepairReport, repair
from marbleline.operations.repair_account import CameraAccount, ranges
from marbleline.pipeline.camera.spool_view import SpoolCount
from marbleline.ports.topology import FRAME_RECORDS, FRAMES, QUEUES
from tests.builders import START, make_frame, make_record, make_report, make_verdict
from tests.unit.adapters.sqlite.damage import (
    DEAD,
    FRAMES_QUEUED,
    FRAMES_STORED,
    content_of,
    fill_broker,
    fill_store,
    flipped,
)

pytestmark = pytest.mark.slow

CAMERA = "camera-1"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("whole")
    fill_store(made / "store.db")
    (made / "queued").mkdir()
    fill_broker(made / "queued" / "broker.db")
    return made


@pytest.fixture
def data(whole: Path, tmp_path: Path) -> Path:
    """A data folder with the full store and no broker yet."""
    shutil.copy(whole / "store.db", tmp_path)
    return tmp_path


def line_in(folder: Path, **spools: SpoolCount) -> Line:
    return Line(folder / "store.db", folder / "broker.db", QUEUES, {CAMERA: SpoolCount(0, {}), **spools})


def the_camera(report: RepairReport) -> CameraAccount:
    assert report.cameras is not None
    [account] = report.cameras
    parts = (account.judged, account.under_way, account.dead_lettered, account.again, len(account.gone))
    assert sum(parts) == account.captured
    return account


def damage(path: Path, seed: int, flips: int) -> None:
    path.write_bytes(flipped(path.read_bytes(), seed, flips))


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("seed", range(12))
def test_a_damaged_store_is_sound_again_and_every_row_accounted_for(
    data: Path, whole: Path, seed: int
) -> None:
    before = content_of(data / "store.db")
    damage(data / "store.db", seed, flips=(5, 50, 400)[seed % 3])
    account = the_camera(report := repair(line_in(data), START))
    assert account.captured == FRAMES_STORED
    assert find_damage(data / "store.db", STORE) == ()
    after = content_of(data / "store.db")
    assert set(after["documents"]) <= set(before["documents"]), "a row that never was"
    assert {row[:6] for row in after["frames"]} <= {row[:6] for row in before["frames"]}
    assert len(after["verdicts"]) == account.judged
    assert len(after["verdicts"]) + account.again + len(account.gone) == len(before["verdicts"])
    assert len(after["frames"]) + len(account.pictures_gone) + len(account.gone) == len(before["frames"])
    named = {sequence: name for sequence, name in account.gone.items() if name}
    assert all(name == make_frame(sequence).frame_id for sequence, name in named.items())
    assert report.whole is (not account.gone and not account.pictures_gone)
    assert account.judged > FRAMES_STORED * 0.8


def test_frames_whose_picture_is_left_are_judged_again(data: Path) -> None:
    damage(data / "store.db", 2, flips=400)
    account = the_camera(repair(line_in(data), START))
    assert account.again
    broker = SqliteBroker(data / "broker.db")
    assert broker.depths()[FRAMES.name].total == account.again
    [delivery, *_] = broker.receive(FRAMES.name, 1, 1.0)
    frame = make_frame(int(str(delivery.message.headers["sequence"])))
    assert delivery.message.message_id == frame.frame_id
    assert hashlib.sha256(delivery.message.body).hexdigest() == delivery.message.headers["sha256"]
    broker.close()


@pytest.mark.parametrize("made_with", [OLDER_PAGE_BYTES, PAGE_BYTES])
def test_a_broker_without_its_beginning_is_rebuilt_on_pages_of_its_size(
    tmp_path: Path, made_with: int
) -> None:
    path = tmp_path / "broker.db"
    connect(path, made_with).close()
    fill_broker(path)
    SqliteStore(tmp_path / "store.db").put_cameras([make_report(captured=FRAMES_QUEUED)])
    content = bytearray(path.read_bytes())
    content[:made_with] = bytes(made_with)
    path.write_bytes(content)
    account = the_camera(report := repair(line_in(tmp_path), START))
    assert report.whole
    assert account.under_way + account.dead_lettered == FRAMES_QUEUED
    assert account.dead_lettered == DEAD
    assert int.from_bytes(path.read_bytes()[16:18], "big") == made_with


@pytest.mark.parametrize("seed", range(12))
def test_a_damaged_broker_is_sound_again_and_every_frame_accounted_for(
    whole: Path, tmp_path: Path, seed: int
) -> None:
    shutil.copy(whole / "queued" / "broker.db", tmp_path)
    SqliteStore(tmp_path / "store.db").put_cameras([make_report(captured=FRAMES_QUEUED)])
    damage(tmp_path / "broker.db", seed, flips=(5, 50, 400)[seed % 3])
    account = the_camera(repair(line_in(tmp_path), START))
    assert account.captured == FRAMES_QUEUED
    assert find_damage(tmp_path / "broker.db", BROKER) == ()
    assert account.under_way + account.dead_lettered + len(account.gone) == FRAMES_QUEUED
    assert account.dead_lettered <= DEAD
    broker = SqliteBroker(tmp_path / "broker.db")
    taken = broker.receive(FRAMES.name, FRAMES_QUEUED, 1.0)
    assert len({one.message.message_id for one in taken}) == len(taken) == account.under_way
    for one in taken:
        assert one.message.message_id == make_frame(int(str(one.message.headers["sequence"]))).frame_id
    assert broker.depths()[FRAME_RECORDS.name].total >= account.under_way
    broker.close()


def test_a_broker_that_is_destroyed_costs_what_no_spool_and_no_store_has(data: Path) -> None:
    (data / "broker.db").write_bytes(b"\0\xff" * 50_000)
    spool = SpoolCount(
        FRAMES_STORED + 30,
        held={make_frame(FRAMES_STORED + one).frame_id: FRAMES_STORED + one for one in range(21, 31)},
        retained={make_frame(FRAMES_STORED + one).frame_id: FRAMES_STORED + one for one in range(11, 21)},
    )
    account = the_camera(report := repair(replace(line_in(data), spools={CAMERA: spool}), START))
    assert (account.judged, account.under_way) == (FRAMES_STORED, 20)
    assert ranges(list(account.gone)) == [(FRAMES_STORED + 1, FRAMES_STORED + 10)]
    assert not report.whole
    assert find_damage(data / "broker.db", BROKER) == ()


def test_a_store_that_is_no_database_is_moved_and_a_new_one_made(data: Path) -> None:
    (data / "store.db").write_bytes(b"no database " * 10_000)
    SqliteBroker(data / "broker.db").close()
    wrong = digest(data / "store.db")
    spool = SpoolCount(50, {})
    report = repair(replace(line_in(data), spools={CAMERA: spool}), START)
    account = the_camera(report)
    assert ranges(list(account.gone)) == [(1, 50)]
    [aside] = [file.aside for file in report.files if file.aside]
    assert digest(aside) == wrong
    assert find_damage(data / "store.db", STORE) == ()


def test_rows_in_the_write_ahead_log_are_saved_and_those_cut_off_counted(tmp_path: Path) -> None:
    # The writer dies without closing, so that the log stays.
    code = (
        "import os, sys; from pathlib import Path\n"
        "from marbleline.adapters.stores.sqlite import SqliteStore\n"
        "from tests.builders import make_record, make_report, make_verdict\n"
        "store = SqliteStore(Path(sys.argv[1]))\n"
        "store.put_cameras([make_report(captured=40)])\n"
        "for one in range(1, 41):\n"
        "    store.put_frames([make_record(one)]); store.put_verdicts([make_verdict(one)])\n"
        "os._exit(0)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "store.db")], check=True)
    log = tmp_path / "store.db-wal"
    whole_log = log.read_bytes()
    log.write_bytes(whole_log[: len(whole_log) // 2])
    report = repair(line_in(tmp_path), START)
    account = the_camera(report)
    assert "write-ahead log lacks" in report.files[0].problems[0]
    assert 0 < account.judged < 40
    assert account.judged + account.again + len(account.gone) == account.captured == 40
    assert find_damage(tmp_path / "store.db", STORE) == ()


def test_a_whole_log_after_a_kill_is_no_damage(tmp_path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path\n"
        "from marbleline.adapters.stores.sqlite import SqliteStore\n"
        "from tests.builders import make_verdict\n"
        "SqliteStore(Path(sys.argv[1])).put_verdicts([make_verdict(one) for one in range(1, 41)])\n"
        "os._exit(0)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "store.db")], check=True)
    assert not repair(line_in(tmp_path), START).damaged


def test_a_dry_run_says_the_same_and_changes_nothing(data: Path) -> None:
    damage(data / "store.db", 2, flips=400)
    shutil.copy(data / "store.db", data / "copy")
    pretended = repair(line_in(data), START, dry_run=True)
    assert digest(data / "store.db") == digest(data / "copy")
    assert {path.name for path in data.iterdir()} <= {"store.db", "copy", "broker.db"}
    done = repair(line_in(data), START)
    assert the_camera(pretended) == the_camera(done)


def test_sound_files_stay_as_they_are(data: Path) -> None:
    before = digest(data / "store.db")
    report = repair(line_in(data), START)
    assert (report.damaged, report.whole) == (False, True)
    assert digest(data / "store.db") == before


def test_a_file_that_a_worker_has_open_is_refused(data: Path) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from marbleline.adapters.stores.sqlite import SqliteStore\n"
        "store = SqliteStore(Path(sys.argv[1])); store.check(); print('open', flush=True); sys.stdin.read()\n"
    )
    worker = subprocess.Popen(
        [sys.executable, "-c", code, str(data / "store.db")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert worker.stdout is not None
        worker.stdout.readline()
        with pytest.raises(DataFolderBusy, match="stop the line"):
            repair(line_in(data), START)
    finally:
        worker.communicate()


def test_labels_and_alarms_are_kept_and_the_alarm_is_cleared(data: Path) -> None:
    store = SqliteStore(data / "store.db")
    store.put_alarms([Alarm("line-1", DAMAGED, "store.db", True, START, "a checksum is wrong", "repair")])
    store.put_alarms([Alarm("line-1", "drift", CAMERA, True, START, "darker", "check the lamp")])
    store.close()
    damage(data / "store.db", 5, flips=40)
    repair(line_in(data), START + 1)
    store = SqliteStore(data / "store.db")
    assert {(one.kind, one.raised) for one in store.alarms()} == {(DAMAGED, False), ("drift", True)}
    store.put_frames([make_record(FRAMES_STORED + 1)])
    store.put_verdicts([make_verdict(FRAMES_STORED + 1)])
    store.close()


def test_a_worker_that_meets_damage_names_the_command(tmp_path: Path) -> None:
    (tmp_path / "store.db").write_bytes(b"no database " * 1000)
    database = Database(tmp_path / "store.db", Schema("store", 1, ()), StoreUnavailable)
    with pytest.raises(StoreUnavailable, match="marbleline repair"):
        database.check()
    database.close()
