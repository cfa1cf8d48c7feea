"""Taps come from the browser: in order, each once, and nothing that is no tap."""

import pytest

from marbleline.console.tap import Tap, taps_after
from marbleline.domain.label import Region


def test_taps_come_in_order_and_each_once() -> None:
    told = [{"number": 7, "act": "undo"}, {"number": 5, "act": "hold", "frame": "f", "value": "v"}]
    assert taps_after(0, told) == [Tap(5, "hold", "f", "v"), Tap(7, "undo")]
    assert taps_after(5, told) == [Tap(7, "undo")]
    assert taps_after(7, told) == []


def test_a_region_comes_along() -> None:
    told = [{"number": 1, "act": "region", "frame": "f", "region": [0.1, 0.2, 0.3, 0.4]}]
    assert taps_after(0, told)[0].region == Region(0.1, 0.2, 0.3, 0.4)


@pytest.mark.parametrize(
    "told",
    [
        None,
        "taps",
        [None, 1, "x", []],
        [{"number": "1", "act": "hold"}],
        [{"number": 1, "act": ["hold"]}],
        [{"number": 1, "act": "hold", "frame": "f" * 1000}],
        [{"number": 1, "act": "region", "region": [0.5, 0.5, 0.9, 0.1]}],
        [{"number": 1, "act": "region", "region": [0, 0, 0.1]}],
        [{"number": 1, "act": "region", "region": "everywhere"}],
    ],
)
def test_what_is_no_tap_is_left_out(told: object) -> None:
    assert taps_after(0, told) == []
