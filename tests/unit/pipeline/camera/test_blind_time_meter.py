"""Blind time adds up, by cause, whatever ends the worker and whoever sets the clock."""

from pathlib import Path

import pytest

from marbleline.domain.records import BlindCause
from marbleline.pipeline.camera.blind_time_meter import BlindTimeMeter
from marbleline.pipeline.camera.watch_mark import NAME, WatchFile
from tests.builders import START, FakeClock, make_report

DAY_S = 86_400.0


class Machine:
    """A clock that can be set, an uptime that can't, and a camera whose worker is started on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = FakeClock()
        self.up = 1000.0
        self.boot = "first"

    def start(self, captured_at: int | None = None) -> BlindTimeMeter:
        return BlindTimeMeter(WatchFile(self.folder), self.clock, lambda: self.up, captured_at, self.boot)

    def pass_time(self, seconds: float) -> None:
        self.up += seconds
        self.clock.advance(seconds)

    def watch(self, meter: BlindTimeMeter, seconds: float) -> None:
        for _ in range(round(seconds / 0.5)):
            meter.watching()
            self.pass_time(0.5)
        meter.watching()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def blind_s(meter: BlindTimeMeter) -> dict[str, float]:
    report = meter.put_into(make_report())
    return {cause.value: ms / 1000 for cause, ms in report.blind_ms.items() if ms}


def test_a_camera_that_always_watches_was_never_blind(machine: Machine) -> None:
    meter = machine.start()
    machine.watch(meter, 3600)
    report = meter.put_into(make_report())
    assert blind_s(meter) == {}
    assert (report.watched_since, report.last_blind_at, report.triggers) == (START, None, None)


def test_the_time_after_a_kill_counts_as_restart_until_it_can_capture_again(machine: Machine) -> None:
    machine.watch(machine.start(), 10)
    machine.pass_time(40)  # killed: nobody says anything
    meter = machine.start()
    machine.pass_time(2)  # its source is being opened
    meter.waiting()
    assert blind_s(meter) == {"restart": 42.0}
    machine.pass_time(1)
    meter.watching()
    machine.watch(meter, 60)
    report = meter.put_into(make_report())
    assert blind_s(meter) == {"restart": 43.0}
    assert (report.last_blind_ms, report.last_blind_cause) == (43_000, BlindCause.RESTART)
    assert report.last_blind_at == START + 53_000_000


def test_a_worker_that_was_told_to_stop_counts_as_rollout(machine: Machine) -> None:
    meter = machine.start()
    machine.watch(meter, 10)
    meter.ended(told=True)
    machine.pass_time(218)
    meter = machine.start()
    meter.watching()
    assert blind_s(meter) == {"rollout": 218.0}


def test_nothing_counts_after_the_source_has_ended(machine: Machine) -> None:
    meter = machine.start()
    machine.watch(meter, 10)
    meter.ended(source_ended=True)
    machine.pass_time(3600)
    meter = machine.start()
    meter.watching()
    assert blind_s(meter) == {}


def test_sums_go_on_over_many_restarts_and_causes(machine: Machine) -> None:
    for _ in range(5):
        meter = machine.start()
        machine.watch(meter, 10)
        for cause in (BlindCause.SOURCE_AWAY, BlindCause.SPOOL_FULL):
            meter.blind(cause)
            for _ in range(8):
                machine.pass_time(0.5)
                meter.blind(cause)
            machine.watch(meter, 1)
        machine.pass_time(7)
    meter = machine.start()
    meter.watching()
    assert blind_s(meter) == {"restart": 35.0, "source_away": 20.0, "spool_full": 20.0}


def test_killed_while_blind_every_second_counts_once(machine: Machine) -> None:
    meter = machine.start()
    machine.watch(meter, 10)
    meter.blind(BlindCause.SOURCE_AWAY)
    for _ in range(10):
        machine.pass_time(0.5)
        meter.blind(BlindCause.SOURCE_AWAY)
    machine.pass_time(20)
    meter = machine.start()
    meter.blind(BlindCause.SOURCE_AWAY)
    machine.pass_time(1)
    meter.watching()
    assert blind_s(meter) == {"source_away": 6.0, "restart": 20.0}


def test_a_source_that_went_silent_was_away_since_its_picture_was_due(machine: Machine) -> None:
    meter = machine.start()
    machine.watch(meter, 10)
    due = machine.up
    for _ in range(20):
        machine.pass_time(0.5)
        meter.waiting()
    meter.blind(BlindCause.SOURCE_AWAY, since=due)
    machine.pass_time(1)
    meter.watching()
    assert blind_s(meter) == {"source_away": 11.0}
    # What was counted once is not counted again.
    machine.watch(meter, 1)
    meter.blind(BlindCause.SOURCE_AWAY, since=due)
    assert blind_s(meter) == {"source_away": 12.0}


def test_a_loop_that_does_not_turn_is_held_up(machine: Machine) -> None:
    meter = machine.start()
    machine.watch(meter, 10)
    machine.pass_time(2.5)
    meter.watching()
    assert blind_s(meter) == {}
    machine.pass_time(30)  # stopped by a signal, or by a disk
    meter.watching()
    assert blind_s(meter) == {"held_up": 30.0}


@pytest.mark.parametrize("seconds", [-DAY_S, DAY_S, -40 * 366 * DAY_S, 40 * 366 * DAY_S])
def test_a_clock_that_is_set_changes_nothing(machine: Machine, seconds: float) -> None:
    meter = machine.start()
    machine.watch(meter, 10)
    machine.clock.advance(seconds)
    machine.watch(meter, 10)
    meter.blind(BlindCause.SPOOL_FULL)
    machine.clock.advance(-seconds)
    machine.pass_time(4)
    machine.watch(meter, 1)
    machine.clock.advance(seconds)
    machine.pass_time(9)
    meter = machine.start()
    meter.watching()
    assert blind_s(meter) == {"spool_full": 4.0, "restart": 9.0}


def test_reports_are_numbered_upwards_whatever_is_done_to_the_clock(machine: Machine) -> None:
    """The stores and the console keep the report with the highest number."""
    meter = machine.start()
    numbers = []
    for seconds in (0, -3600, 0, 7200, -DAY_S):
        machine.clock.advance(seconds)
        machine.watch(meter, 1)
        numbers.append(meter.put_into(make_report()).order)
        machine.pass_time(0.2)
        numbers.append(meter.put_into(make_report()).order)
        meter = machine.start()
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize(
    ("clock_by", "counted"),
    [(0.0, {"restart": 95.0}), (-3600.0, {}), (400 * DAY_S, {}), (3600.0, {"restart": 3695.0})],
)
def test_after_a_start_of_the_machine_the_clock_decides_unless_it_can_not_be(
    machine: Machine, clock_by: float, counted: dict[str, float]
) -> None:
    machine.watch(machine.start(), 10)
    machine.pass_time(95)
    machine.boot, machine.up = "second", 5.0
    machine.clock.advance(clock_by)
    meter = machine.start()
    meter.watching()
    assert blind_s(meter) == counted


def test_a_damaged_mark_is_replaced_by_the_newest_frame(machine: Machine) -> None:
    machine.watch(machine.start(), 10)
    captured_at = machine.clock()
    (machine.folder / NAME).write_bytes(bytes(2048))
    machine.pass_time(30)
    meter = machine.start(captured_at)
    meter.watching()
    assert blind_s(meter) == {"restart": 30.0}


def test_a_spool_of_an_older_version_starts_to_count_now(machine: Machine) -> None:
    meter = machine.start(captured_at=START - 3_600_000_000)
    meter.watching()
    assert blind_s(meter) == {}


class TestTriggers:
    def counts(self, meter: BlindTimeMeter) -> tuple[int | None, int | None]:
        report = meter.put_into(make_report())
        return report.triggers, report.missed

    def test_missed_is_triggers_less_captures(self, machine: Machine) -> None:
        meter = machine.start()
        for trigger in (100, 101, 101, 101, 105, 106):  # three tiles of one slab; 102 to 104 passed unseen
            meter.triggered(trigger)
        assert self.counts(meter) == (7, 3)

    def test_those_that_passed_during_a_restart_are_missed(self, machine: Machine) -> None:
        meter = machine.start()
        for trigger in range(1, 21):
            meter.triggered(trigger)
        machine.pass_time(10)
        meter = machine.start()
        meter.triggered(20)  # the newest of the spool, told again
        meter.triggered(32)
        assert self.counts(meter) == (32, 11)

    def test_a_counter_that_began_again_misses_nothing(self, machine: Machine) -> None:
        meter = machine.start()
        for trigger in (5, 6, 7, 1, 2, 4):
            meter.triggered(trigger)
        assert self.counts(meter) == (7, 1)
