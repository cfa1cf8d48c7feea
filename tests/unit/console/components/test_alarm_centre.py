"""The alarm centre says what it can't know: without the line or the store, no alarm is not a good sign."""

from marbleline.console.auth.roles import Person, Role
from marbleline.console.components.alarm_centre import history, listed_alarms
from marbleline.console.i18n.locale import Locale
from marbleline.console.state.snapshot import ConnectionState, ConnectionStatus
from tests.builders import START
from tests.unit.console.components.test_components import LIVE, Seen, make_snapshot

ANNA = Person("anna", Role.OPERATOR)
FINE = "No alarms. The line is as it should be."


def said(**links: ConnectionStatus) -> str:
    return " ".join(Seen(listed_alarms((), make_snapshot(**links), ANNA, Locale())).texts)


def test_that_the_line_is_as_it_should_be_is_said_only_by_a_console_that_sees_it() -> None:
    assert FINE in said()
    for state in (ConnectionState.DISCONNECTED, ConnectionState.CONNECTING):
        words = said(broker=ConnectionStatus(state, START))
        assert "Not connected to the line since" in words
        assert FINE not in words
    words = said(store=LIVE.failed(START, "away"))
    assert "The record of alarms is not reachable since" in words
    assert FINE not in words


def test_that_nothing_has_happened_is_said_only_if_the_record_can_be_read() -> None:
    assert "Nothing has happened yet." in Seen(history((), Locale(), START)).texts
    assert "Not available yet" in Seen(history((), Locale(), START, recorded=False)).texts
