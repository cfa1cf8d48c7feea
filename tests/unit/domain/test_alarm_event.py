"""ISA-18.2's states follow from what happened to an alarm, and from the time."""

import pytest

from marbleline.domain.alarm_event import (
    LONGEST_SHELF_US,
    AlarmAction,
    AlarmEvent,
    AlarmEvents,
    AlarmState,
    standings,
)
from marbleline.domain.frame import FrameIds
from marbleline.errors import SettingError
from tests.builders import SECOND, START

KEY = ("lag", "encoded")
MINUTE = 60 * SECOND


class Story:
    """What happens to one alarm, a second after the other."""

    def __init__(self) -> None:
        self.at = START
        self.events: list[AlarmEvent] = []
        self.make = AlarmEvents("line-1", FrameIds(lambda: self.at))

    def then(self, *actions: AlarmAction) -> AlarmState:
        """The state once this has happened too; shelves last a minute."""
        for action in actions:
            self.at += SECOND
            if action is AlarmAction.SHELVED:
                self.events.append(self.make.shelf(*KEY, self.at, "anna", self.at + MINUTE, "lamp"))
            elif action in (AlarmAction.RAISED, AlarmAction.RETURNED):
                self.events.append(self.make.by_line(action, *KEY, self.at))
            else:
                self.events.append(self.make.by_person(action, *KEY, self.at, "anna"))
        return self.state(self.at)

    def state(self, now: int) -> AlarmState:
        return standings(reversed(self.events))[KEY].state(now)


RAISED, RETURNED, ACKNOWLEDGED, SHELVED, UNSHELVED = AlarmAction


@pytest.mark.parametrize(
    ("actions", "state"),
    [
        ((RAISED,), AlarmState.UNACKNOWLEDGED),
        ((RAISED, ACKNOWLEDGED), AlarmState.ACKNOWLEDGED),
        ((RAISED, ACKNOWLEDGED, RETURNED), AlarmState.NORMAL),
        ((RAISED, RETURNED), AlarmState.RETURNED),
        ((RAISED, RETURNED, ACKNOWLEDGED), AlarmState.NORMAL),
        ((RAISED, RETURNED, RAISED), AlarmState.UNACKNOWLEDGED),
        ((RAISED, ACKNOWLEDGED, RETURNED, RAISED), AlarmState.UNACKNOWLEDGED),
        ((RAISED, ACKNOWLEDGED, RAISED), AlarmState.ACKNOWLEDGED),  # a second console saw it too
        ((RAISED, SHELVED), AlarmState.SHELVED),
        ((RAISED, SHELVED, UNSHELVED), AlarmState.UNACKNOWLEDGED),
        ((RAISED, ACKNOWLEDGED, SHELVED, UNSHELVED), AlarmState.UNACKNOWLEDGED),
        ((RAISED, SHELVED, RETURNED), AlarmState.SHELVED),
        ((RAISED, SHELVED, RETURNED, UNSHELVED), AlarmState.NORMAL),
        ((RAISED, RETURNED, SHELVED, UNSHELVED), AlarmState.NORMAL),
    ],
)
def test_the_state_after_what_happened(actions: tuple[AlarmAction, ...], state: AlarmState) -> None:
    assert Story().then(*actions) is state


def test_a_shelf_ends_by_itself_and_an_alarm_that_is_still_active_asks_again() -> None:
    story = Story()
    story.then(RAISED, ACKNOWLEDGED, SHELVED)
    assert story.state(story.at + MINUTE - 1) is AlarmState.SHELVED
    assert story.state(story.at + MINUTE) is AlarmState.UNACKNOWLEDGED


def test_since_is_when_it_was_raised_last() -> None:
    story = Story()
    story.then(RAISED, RETURNED, RAISED, ACKNOWLEDGED)
    assert standings(story.events)[KEY].since == START + 3 * SECOND


@pytest.mark.parametrize(
    ("until", "reason", "said"),
    [
        (START + MINUTE, "  ", "why it is shelved"),
        (START + MINUTE, "x" * 201, "why it is shelved"),
        (START, "lamp", "allowed is up to 12 h"),
        (START + LONGEST_SHELF_US + 1, "lamp", "allowed is up to 12 h"),
    ],
)
def test_a_shelf_needs_a_reason_and_an_end(until: int, reason: str, said: str) -> None:
    with pytest.raises(SettingError, match=said):
        Story().make.shelf(*KEY, START, "anna", until, reason)
