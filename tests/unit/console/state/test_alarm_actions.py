"""What people do with alarms, on a real store; roles and states are asked on the way."""

from collections.abc import Callable

import pytest

from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.console.auth.roles import Person, Role
from marbleline.console.state.actions import Actions
from marbleline.console.state.alarm_actions import AlarmActions
from marbleline.console.state.alarm_list import banner_alarms, listed_alarms, unacknowledged
from marbleline.console.state.snapshot import Snapshot
from marbleline.domain.alarm import DRIFT, Alarm
from marbleline.domain.alarm_event import AlarmAction, AlarmEvents, AlarmState
from marbleline.domain.alarm_severity import Severity
from marbleline.domain.frame import FrameIds
from marbleline.errors import AccessDenied, AlarmActionRejected, SettingError
from tests.builders import START, FakeClock

ANNA, VERA = Person("anna", Role.OPERATOR), Person("vera", Role.VIEWER)
KEY = (DRIFT, "camera-1")


@pytest.fixture
def alarms(actions: Actions, clock: FakeClock) -> AlarmActions:
    """A console that knows of one alarm of its line, which is not on record yet."""
    raised = Alarm("line-1", *KEY, True, START, "30 % darker", "clean the lamp")
    actions.feed.update_side_data(lambda side_data: setattr(side_data, "alarms", (raised,)))
    return AlarmActions(AlarmEvents("line-1", FrameIds(clock)), actions)


def seen(alarms: AlarmActions) -> Snapshot:
    return alarms.actions.feed.snapshot()


def state(alarms: AlarmActions) -> AlarmState:
    (listed,) = listed_alarms(seen(alarms))
    assert listed.severity is Severity.MEDIUM
    return listed.state


def test_an_acknowledgement_is_on_record_with_its_name_and_the_banner_is_calm(
    alarms: AlarmActions, store: SqliteStore, clock: FakeClock
) -> None:
    assert state(alarms) is AlarmState.UNACKNOWLEDGED
    assert (unacknowledged(seen(alarms)), banner_alarms(seen(alarms))[0].acknowledged) == (1, False)
    alarms.acknowledge(ANNA, *KEY)
    assert state(alarms) is AlarmState.ACKNOWLEDGED
    assert (unacknowledged(seen(alarms)), banner_alarms(seen(alarms))[0].acknowledged) == (0, True)
    acknowledged, raised = store.alarm_events("line-1", 10)
    assert (raised.action, raised.by, raised.cause) == (AlarmAction.RAISED, "", "30 % darker")
    assert (acknowledged.action, acknowledged.by, acknowledged.at) == (
        AlarmAction.ACKNOWLEDGED,
        "anna",
        clock(),
    )
    with pytest.raises(AlarmActionRejected, match="it is acknowledged, this needs one that is unack"):
        alarms.acknowledge(ANNA, *KEY)


def test_a_shelved_alarm_leaves_the_banner_until_its_time_is_over(
    alarms: AlarmActions, store: SqliteStore, clock: FakeClock
) -> None:
    alarms.shelve(ANNA, *KEY, 15, " lamp on order ")
    assert state(alarms) is AlarmState.SHELVED
    assert banner_alarms(seen(alarms)) == ()
    shelved = store.alarm_events("line-1", 10)[0]
    assert (shelved.by, shelved.reason, shelved.until) == ("anna", "lamp on order", clock() + 900_000_000)
    clock.advance(900)
    assert state(alarms) is AlarmState.UNACKNOWLEDGED
    alarms.shelve(ANNA, *KEY, 60, "again")
    alarms.unshelve(ANNA, *KEY)
    assert state(alarms) is AlarmState.UNACKNOWLEDGED
    with pytest.raises(AlarmActionRejected):
        alarms.unshelve(ANNA, *KEY)


@pytest.mark.parametrize(("minutes", "reason"), [(15, " "), (0, "lamp"), (60 * 24, "lamp")])
def test_a_shelf_without_a_reason_or_an_end_is_refused(
    alarms: AlarmActions, store: SqliteStore, minutes: float, reason: str
) -> None:
    with pytest.raises(SettingError):
        alarms.shelve(ANNA, *KEY, minutes, reason)
    assert store.alarm_events("line-1", 10) == []


def test_an_alarm_that_is_normal_cannot_be_shelved_in_advance(
    alarms: AlarmActions, store: SqliteStore
) -> None:
    with pytest.raises(AlarmActionRejected, match="it is normal"):
        alarms.shelve(ANNA, "lag", "encoded", 15, "quiet please")
    assert store.alarm_events("line-1", 10) == []


@pytest.mark.parametrize(
    "act",
    [
        lambda alarms: alarms.acknowledge(VERA, *KEY),
        lambda alarms: alarms.shelve(VERA, *KEY, 15, "lamp"),
        lambda alarms: alarms.unshelve(VERA, *KEY),
    ],
)
def test_every_action_asks_the_role(
    alarms: AlarmActions, store: SqliteStore, act: Callable[[AlarmActions], None]
) -> None:
    with pytest.raises(AccessDenied):
        act(alarms)
    assert store.alarm_events("line-1", 10) == []
