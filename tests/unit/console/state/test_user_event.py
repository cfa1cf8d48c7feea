"""Taps come from the browser: in order, each once, and nothing that is no event."""

import pytest

from marbleline.console.state.user_event import UserEvent, events_after
from marbleline.domain.label import MarkedRegion


def test_events_come_in_order_and_each_once() -> None:
    received = [{"number": 7, "action": "undo"}, {"number": 5, "action": "hold", "frame": "f", "value": "v"}]
    assert events_after(0, received) == [UserEvent(5, "hold", "f", "v"), UserEvent(7, "undo")]
    assert events_after(5, received) == [UserEvent(7, "undo")]
    assert events_after(7, received) == []


def test_a_region_comes_along() -> None:
    received = [{"number": 1, "action": "region", "frame": "f", "region": [0.1, 0.2, 0.3, 0.4]}]
    assert events_after(0, received)[0].region == MarkedRegion(0.1, 0.2, 0.3, 0.4)


@pytest.mark.parametrize(
    "received",
    [
        None,
        "taps",
        [None, 1, "x", []],
        [{"number": "1", "action": "hold"}],
        [{"number": 1, "action": ["hold"]}],
        [{"number": 1, "action": "hold", "frame": "f" * 1000}],
        [{"number": 1, "action": "region", "region": [0.5, 0.5, 0.9, 0.1]}],
        [{"number": 1, "action": "region", "region": [0, 0, 0.1]}],
        [{"number": 1, "action": "region", "region": "everywhere"}],
    ],
)
def test_what_is_no_event_is_left_out(received: object) -> None:
    assert events_after(0, received) == []
