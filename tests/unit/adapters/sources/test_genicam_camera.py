"""What the chunk data of a frame says of it."""

import pytest

from marbleline.adapters.sources.genicam_camera import of_chunks


@pytest.mark.parametrize(
    ("features", "expected"),
    [
        ({}, (7, 70)),
        ({"ChunkFrameID": "65600", "ChunkTimestamp": "123456789"}, (65_600, 123_456_789)),
        ({"ChunkFrameCounter": "9", "ChunkExposureTime": "5000"}, (9, 70)),
        ({"ChunkFrameID": ValueError("not sent"), "ChunkTimestamp": "soon"}, (7, 70)),
    ],
)
def test_number_and_time_are_the_chunks_if_they_are_there(
    features: dict[str, object], expected: tuple[int, int]
) -> None:
    assert of_chunks(features, 7, 70) == expected
