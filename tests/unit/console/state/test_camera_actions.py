"""Regions set in the console: by role, with every change kept."""

import pytest

from marbleline.console.auth.roles import Person, Role
from marbleline.console.state.actions import Actions
from marbleline.console.state.camera_actions import CameraActions
from marbleline.errors import AccessDenied, SettingError

EVA = Person("eva", Role.ENGINEER)


@pytest.fixture
def cameras(actions: Actions) -> CameraActions:
    return CameraActions("line-1", actions)


def test_a_change_is_kept_with_who_made_it_and_can_be_taken_back(cameras: CameraActions) -> None:
    first = cameras.change(EVA, "saw", "0,0 1,0.5", "")
    second = cameras.change(EVA, "saw", "0,0 0.5,1", "0,0 0.1,0.1")
    assert cameras.changes("saw") == [second, first]
    back = cameras.revert(EVA, "saw", first.setup_id)
    assert cameras.changes("saw") == [back, second, first]
    assert (back.region, back.masks, back.by, back.reverts_to) == ("0,0 1,0.5", None, "eva", first.setup_id)


def test_only_an_engineer_may(cameras: CameraActions) -> None:
    made = cameras.change(EVA, "saw", "0,0 1,0.5", "")
    for role in (Role.VIEWER, Role.OPERATOR):
        with pytest.raises(AccessDenied):
            cameras.change(Person("oto", role), "saw", "", "")
        with pytest.raises(AccessDenied):
            cameras.revert(Person("oto", role), "saw", made.setup_id)
    assert cameras.changes("saw") == [made]


def test_what_is_wrong_changes_nothing(cameras: CameraActions) -> None:
    with pytest.raises(SettingError, match="region is"):
        cameras.change(EVA, "saw", "7,7", "")
    with pytest.raises(SettingError, match="there is no change 'nothing'"):
        cameras.revert(EVA, "saw", "nothing")
    assert cameras.changes("saw") == []
