"""A trigger counts as old as it can be."""

import math

from hypothesis import given
from hypothesis import strategies as st

from marbleline.domain.gate import PlcMode
from marbleline.pipeline.gate.trigger_clock import TriggerClock
from tests.unit.pipeline.gate.fakes import status


def test_what_the_plc_says_first_is_no_trigger() -> None:
    assert TriggerClock().read(10.0, status(sequence=7)).trigger is None


def test_nothing_is_known_of_a_trigger_before_a_scan_was_seen() -> None:
    clock = TriggerClock()
    clock.read(10.0, status(heartbeat=1, sequence=7))

    trigger = clock.read(10.005, status(heartbeat=2, sequence=8)).trigger

    assert trigger is not None
    assert trigger.after == -math.inf


def test_a_trigger_came_after_the_scan_before_it() -> None:
    clock = TriggerClock()
    for place in range(10):  # a scan every second reading
        clock.read(10.0 + place * 0.005, status(heartbeat=1 + place // 2, sequence=7))

    trigger = clock.read(10.05, status(heartbeat=6, sequence=8)).trigger

    # Heartbeat 5 was first shown at 10.040; the reading before it was asked at 10.035.
    assert trigger is not None
    assert trigger.after == 10.035


def test_a_plc_that_stood_still_makes_its_trigger_old() -> None:
    clock = TriggerClock()
    clock.read(10.0, status(heartbeat=1, sequence=7))
    for place in range(1, 200):  # its communication answers, its program does not run
        clock.read(10.0 + place * 0.005, status(heartbeat=2, sequence=7))

    trigger = clock.read(11.0, status(heartbeat=3, sequence=8)).trigger

    assert trigger is not None
    assert trigger.after == 10.0


def test_a_station_that_stood_still_finds_its_trigger_old() -> None:
    clock = TriggerClock()
    clock.read(10.0, status(heartbeat=1, sequence=7))
    clock.read(10.005, status(heartbeat=2, sequence=7))

    trigger = clock.read(13.0, status(heartbeat=300, sequence=8)).trigger

    assert trigger is not None
    assert trigger.after == 10.0


def test_triggers_between_two_readings_are_missed() -> None:
    clock = TriggerClock()
    clock.read(10.0, status(heartbeat=1, sequence=7))

    reading = clock.read(10.5, status(heartbeat=9, sequence=10))

    assert reading.missed == (8, 9)
    assert reading.trigger is not None
    assert reading.trigger.sequence == 10


def test_a_plc_that_counts_from_elsewhere_was_restarted() -> None:
    clock = TriggerClock()
    clock.read(10.0, status(heartbeat=1, sequence=7))

    reading = clock.read(10.5, status(heartbeat=2, sequence=1008))

    assert reading.resynchronised
    assert reading.missed == ()


def test_a_trigger_is_for_automatic_mode() -> None:
    clock = TriggerClock()
    clock.read(10.0, status(heartbeat=1, sequence=7))

    assert clock.read(10.005, status(heartbeat=2, sequence=8, mode=PlcMode.MANUAL)).trigger is None


@given(st.lists(st.tuples(st.floats(0.001, 0.3), st.floats(0.0, 0.3)), min_size=3, max_size=40), st.data())
def test_no_trigger_is_ever_older_than_it_counts(
    steps: list[tuple[float, float]], data: st.DataObject
) -> None:
    """Scans and readings at any pace, each of them delayed at will."""
    at, scans = 0.0, []
    for gap, _ in steps:
        at += gap
        scans.append(at)
    eyes = sorted(data.draw(st.lists(st.floats(0.0, at), max_size=10)))
    clock, asked = TriggerClock(), 0.0
    for place, (_, delay) in enumerate(steps):
        asked = max(asked + 0.001, scans[place] - delay)
        answered = asked + delay
        done = [scan for scan in scans if scan <= answered]
        if not done:
            continue
        seen = [eye for eye in eyes if eye <= done[-1]]
        reading = clock.read(asked, status(heartbeat=len(done), sequence=len(seen)))
        if reading.trigger is not None:
            assert reading.trigger.after <= seen[-1]
        asked = answered
