"""When each alarm was active, from the events of the store."""

from contextlib import closing
from pathlib import Path

import pytest

from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.console.state import alarm_episodes
from marbleline.console.state.alarm_episodes import AlarmEpisode, query_episodes
from marbleline.domain.alarm_event import AlarmAction, AlarmEvent, AlarmEvents
from marbleline.domain.frame import FrameIds
from tests.builders import SECOND, START, FakeClock

LAG, DRIFT = ("lag", "encoded"), ("drift", "camera-1")
HOUR = 3600 * SECOND


class Told:
    """Events of a line, made in order."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self._make = AlarmEvents("line-1", FrameIds(self.clock))
        self.events: list[AlarmEvent] = []

    def add(self, at: int, action: AlarmAction, key: tuple[str, str], by: str = "") -> None:
        self.clock.at = at
        make = self._make
        made = make.by_person(action, *key, at, by) if by else make.by_line(action, *key, at)
        self.events.append(made)

    def asked(self, path: Path, since: int, until: int) -> tuple[tuple[AlarmEpisode, ...], bool]:
        with closing(SqliteStore(path / "store.db")) as store:
            store.put_alarm_events(self.events)
            return query_episodes(store, "line-1", since, until)


def test_an_alarm_is_an_episode_each_time_it_is_raised(tmp_path: Path) -> None:
    told = Told()
    told.add(START, AlarmAction.RAISED, LAG)
    told.add(START + SECOND, AlarmAction.RAISED, LAG)
    told.add(START + 2 * SECOND, AlarmAction.ACKNOWLEDGED, LAG, "anna")
    told.add(START + 3 * SECOND, AlarmAction.RETURNED, LAG)
    told.add(START + 5 * SECOND, AlarmAction.RAISED, LAG)
    found, whole = told.asked(tmp_path, START, START + HOUR)
    assert whole
    assert found == (
        AlarmEpisode(*LAG, START, START + 3 * SECOND, "anna"),
        AlarmEpisode(*LAG, START + 5 * SECOND),
    )


def test_one_that_was_raised_before_the_shift_and_still_is_counts_in_it(tmp_path: Path) -> None:
    told = Told()
    told.add(START, AlarmAction.RAISED, DRIFT)
    told.add(START, AlarmAction.RAISED, LAG)
    told.add(START + SECOND, AlarmAction.RETURNED, LAG)
    told.add(START + 3 * HOUR, AlarmAction.RETURNED, DRIFT)
    told.add(START + 3 * HOUR, AlarmAction.RAISED, LAG)
    found, _ = told.asked(tmp_path, START + HOUR, START + 2 * HOUR)
    assert found == (AlarmEpisode(*DRIFT, START),), "what happened after the shift is no part of it"


def test_of_too_many_events_the_newest_are_read_and_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alarm_episodes, "MOST_EVENTS", 4)
    monkeypatch.setattr(alarm_episodes, "_PAGE", 2)
    told = Told()
    for number in range(8):
        told.add(START + number * SECOND, AlarmAction.RETURNED if number % 2 else AlarmAction.RAISED, LAG)
    found, whole = told.asked(tmp_path, START, START + HOUR)
    assert not whole
    assert [one.raised_at for one in found] == [START + 4 * SECOND, START + 6 * SECOND]
    assert told.asked(tmp_path, START + 5 * SECOND, START + HOUR)[1], "all of that span was read"
