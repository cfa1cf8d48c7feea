"""A change of a camera says who made it, and holds only what can be judged by."""

import pytest

from marbleline.domain.camera_setup import CameraSetup, new_setup
from marbleline.errors import SettingError
from tests.builders import START


def test_texts_are_written_alike_and_empty_ones_are_none() -> None:
    made = new_setup("line-1", "saw", " 0.10,0  1,1 ", "", "ayşe", START)
    assert (made.region, made.masks, made.by, made.at) == ("0.1,0 1,1", None, "ayşe", START)
    assert CameraSetup.from_json(made.to_json()) == made


@pytest.mark.parametrize(
    ("camera", "region", "masks", "by", "said"),
    [
        ("No Name", "", "", "ayşe", "camera 'No Name'"),
        ("saw", "1,1", "", "ayşe", "region is '1,1': allowed is two opposite corners"),
        ("saw", "", "0,0 9,9", "ayşe", "masks is '0,0 9,9': allowed is up to 50 shapes"),
        ("saw", "", "", " ", "say who changes it"),
    ],
)
def test_what_is_wrong_is_named(camera: str, region: str, masks: str, by: str, said: str) -> None:
    with pytest.raises(SettingError, match=said):
        new_setup("line-1", camera, region, masks, by, START)
