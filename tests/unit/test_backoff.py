"""Waits that grow, spread, and begin again."""

import threading

from marbleline.backoff import Backoff


def test_waits_double_up_to_the_longest_and_are_spread() -> None:
    series = [[backoff.next_s() for _ in range(8)] for backoff in (Backoff(0.1, 2.0), Backoff(0.1, 2.0))]
    for waits in series:
        for wait, most in zip(waits, (0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0, 2.0), strict=True):
            assert most / 2 <= wait <= most
    assert series[0] != series[1]


def test_what_worked_makes_the_next_wait_short() -> None:
    backoff = Backoff(0.1, 2.0)
    for _ in range(5):
        backoff.next_s()
    backoff.reset()
    assert backoff.next_s() <= 0.1


def test_a_wait_ends_when_told_to_stop() -> None:
    stop = threading.Event()
    assert Backoff(0.001, 0.001).wait(stop)
    stop.set()
    assert not Backoff(600.0, 600.0).wait(stop)
