"""When the store is polled next."""

import pytest

from marbleline.console.state import store_poller
from marbleline.console.state.store_poller import PollSchedule


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    at = [100.0]
    monkeypatch.setattr(store_poller.time, "monotonic", lambda: at[0])
    return at


@pytest.mark.parametrize(
    ("longest_s", "took_s", "next_s"),
    [(None, 0.01, 3.0), (None, 0.6, 30.0), (10.0, 0.01, 3.0), (10.0, 0.1, 5.0), (10.0, 0.6, 10.0)],
)
def test_a_slow_poll_is_followed_late_and_never_later_than_the_longest(
    clock: list[float], longest_s: float | None, took_s: float, next_s: float
) -> None:
    schedule = PollSchedule(3.0) if longest_s is None else PollSchedule(3.0, longest_s)
    schedule.polled(took_s)
    clock[0] += next_s - 0.001
    assert not schedule.due()
    clock[0] += 0.002
    assert schedule.due()
