"""The wall clock set under every worker of a line, and left there: as an NTP client does."""

import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from marbleline.adapters.sinks.webhook import make_secret
from marbleline.bootstrap.adapters import open_broker, open_store
from marbleline.domain.slab_ledger import SlabEntry
from marbleline.operations.slab_ledger import count_slabs
from tests.builders import wait_until
from tests.faults.line_under_test import LineUnderTest
from tests.faults.table import finish
from tests.services.processes import free_ports
from tests.unit.adapters.sinks.webhook_server import Scripted, receiving

EVENTS = "good,faulty,review,slab"
TILES = 2


@pytest.fixture
def offset(tmp_path: Path) -> Path:
    """By how many seconds the workers' clock is off: a file."""
    made = tmp_path / "offset"
    made.write_text("0")
    return made


@pytest.fixture
def receiver() -> Iterator[Scripted]:
    with receiving() as script:
        yield script


@pytest.mark.parametrize(("hours", "to"), [(-1, "back"), (1, "forward")])
def test_every_workers_clock_is_set(
    tmp_path: Path, offset: Path, receiver: Scripted, hours: int, to: str
) -> None:
    """Camera, encoder, publisher, both recorders, slab worker, sink, console; three are killed meanwhile."""
    [port] = free_ports(1)
    line = LineUnderTest(
        tmp_path,
        {"slabs": "true", "slab_deadline_ms": "20000", "sinks": f"mes={receiver.url}", "sink_events": EVENTS},
    )
    fake = {"PYTHONPATH": str(Path(__file__).parent / "wall_clock"), "WALL_CLOCK_OFFSET": str(offset)}
    line.surroundings.update(fake)
    try:
        for name in ("encoder", "publisher", "slab"):
            line.start(name, name)
        line.start("sink", "sink", sink_secrets=f"mes={make_secret()}")
        line.start("console", "console", console_port=str(port))
        line.start("camera", "camera", source="synthetic:", slab_tiles=str(TILES), rate="30")
        line.wait_captured(200)
        offset.write_text(str(hours * 3600))
        line.wait_captured(400)
        for name in ("publisher", "slab", "sink"):
            line.kill(name)
            line.again(name)
        line.wait_captured(700)
        over = time.monotonic()
        line.wait_recorded()
        line.wait_for("a camera's report in the store", lambda total: reported(line) >= 700, 30)
        fault = f"clock of every worker set an hour {to} and left there, three killed"
        row = finish(line, "embedded", fault, over)
        assert row.dead_lettered == 0
        wait_until(lambda: slabs(line).pending == 0, 60, "every slab's verdict")
        entry = slabs(line)
        assert (entry.lost, entry.missed) == (0, 0), entry
        assert entry.judged == -(-row.sent // TILES)
        told = {call.headers["webhook-id"] for call in receiver.calls}
        assert {one.frame.frame_id for one in line.verdicts()} <= told
        assert urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=10).status == 200
    finally:
        line.close()


def reported(line: LineUnderTest) -> int:
    with closing(open_store(line.read)) as store:
        return max((report.captured for report in store.cameras()), default=0)


def slabs(line: LineUnderTest) -> SlabEntry:
    with closing(open_broker(line.read, "test")) as broker, closing(open_store(line.read)) as store:
        [entry] = count_slabs(broker, store, 0)
    return entry
