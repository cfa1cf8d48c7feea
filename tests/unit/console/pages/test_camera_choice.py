"""Which camera the page shows."""

from collections.abc import Sequence

import pytest
import streamlit as st

from marbleline.console.pages import camera_choice


class Lists:
    """The browser's lists: a choice by key, as Streamlit keeps them in the tab's state."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.state: dict[str, object] = {}
        self.key = ""
        monkeypatch.setattr(st, "session_state", self.state)
        monkeypatch.setattr(st, "selectbox", self.selectbox)

    def selectbox(self, label: str, options: Sequence[str], *, key: str, **_: object) -> object:
        assert self.state[key] in options
        self.key = key
        return self.state[key]

    def draw(self, *cameras: str) -> str:
        return camera_choice.draw(cameras, "Camera", "+ Add a camera")


@pytest.fixture
def lists(monkeypatch: pytest.MonkeyPatch) -> Lists:
    return Lists(monkeypatch)


def test_a_choice_in_the_list_is_shown(lists: Lists) -> None:
    assert lists.draw("camera-1", "camera-2") == "camera-1"
    lists.state[lists.key] = "camera-2"
    assert lists.draw("camera-1", "camera-2") == camera_choice.chosen() == "camera-2"


def test_the_first_where_the_chosen_one_is_gone(lists: Lists) -> None:
    lists.draw("camera-1", "camera-2")
    lists.state[lists.key] = "camera-2"
    lists.draw("camera-1", "camera-2")
    assert lists.draw("camera-1") == "camera-1"


def test_an_event_that_was_under_way_does_not_take_an_actions_choice_back(lists: Lists) -> None:
    assert lists.draw(camera_choice.NEW) == camera_choice.NEW
    former = lists.key
    camera_choice.choose("belt")
    lists.state[former] = camera_choice.NEW  # what the browser still had
    assert lists.draw("belt", camera_choice.NEW) == "belt"
    lists.state[former] = camera_choice.NEW
    assert lists.draw("belt", camera_choice.NEW) == "belt"
