"""What an upload's headers say of its slab."""

import pytest

from marbleline.adapters.sources.http_slab import tile_in
from marbleline.domain.slab import TileIdentity
from marbleline.errors import WireError


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"X-Slab-Id": "B-1204/7"}, None),
        ({"X-Slab-Id": "B-1", "X-Slab-Tile": "2/6"}, TileIdentity("B-1", 2, 6)),
        ({"X-Slab-Trigger": "41", "X-Slab-Tile": "1/1"}, TileIdentity("trigger-41", 1, 1, 41)),
        (
            {
                "X-Slab-Id": "B-1",
                "X-Slab-Tile": "2/6",
                "X-Slab-Trigger": "41",
                "X-Slab-Encoder": "-5 320",
                "X-Slab-Station": "front",
            },
            TileIdentity("B-1", 2, 6, 41, -5, 320, "front"),
        ),
    ],
)
def test_a_tile_is_what_its_headers_say(headers: dict[str, str], expected: TileIdentity | None) -> None:
    assert tile_in(headers) == expected


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({"X-Slab-Id": "two words"}, "X-Slab-Id"),
        ({"X-Slab-Tile": "2/6"}, "X-Slab-Id or X-Slab-Trigger"),
        ({"X-Slab-Id": "B", "X-Slab-Tile": "2"}, "X-Slab-Tile"),
        ({"X-Slab-Id": "B", "X-Slab-Tile": "7/6"}, "tile 7 of 6"),
        ({"X-Slab-Id": "B", "X-Slab-Tile": "1/2", "X-Slab-Trigger": "0"}, "trigger 0"),
        ({"X-Slab-Id": "B", "X-Slab-Tile": "1/2", "X-Slab-Trigger": "x"}, "X-Slab-Trigger"),
        ({"X-Slab-Id": "B", "X-Slab-Tile": "1/2", "X-Slab-Encoder": "5"}, "X-Slab-Encoder"),
        ({"X-Slab-Id": "B", "X-Slab-Tile": "1/2", "X-Slab-Encoder": "9 5"}, "before its start"),
        ({"X-Slab-Id": "B", "X-Slab-Tile": "1/2", "X-Slab-Station": "Front"}, "X-Slab-Station"),
        ({"X-Slab-Id": "B", "X-Slab-Trigger": "5"}, "X-Slab-Trigger goes with X-Slab-Tile"),
    ],
)
def test_what_can_not_be_is_named(headers: dict[str, str], said: str) -> None:
    with pytest.raises(WireError, match=said):
        tile_in(headers)
