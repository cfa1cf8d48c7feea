"""The guide to defects as it is shown: escaped, with help while it is empty, and buttons by role."""

from dataclasses import replace

import pytest

from marbleline.console.components.defect_guide import (
    GuideView,
    cards,
    drawer,
    introduction,
    topic_name,
    versions,
)
from marbleline.console.i18n.catalogues import LANGUAGES
from marbleline.console.i18n.locale import Locale
from marbleline.domain.defect_guide import MOST_PICTURES, TOPICS, GuidePicture, new_entry
from tests.builders import START
from tests.unit.console.components.test_components import HOSTILE, Seen

PICTURE = GuidePicture(content=b"\xff\xd8", frame_id="frame-1", slab_id=HOSTILE)
ENTRY = new_entry("marble", "crack", HOSTILE, [PICTURE], HOSTILE, START)
EMPTY = GuideView("marble", {}, {}, Locale(), START, writes=False)
FULL = replace(EMPTY, entries={"crack": ENTRY}, pictures={ENTRY.entry_id: ["media/1.jpeg"]})


def actions(markup: str) -> list[str]:
    return [attributes["data-action"] or "" for tag, attributes in Seen(markup).tags if tag == "button"]


def test_nothing_that_people_write_becomes_markup() -> None:
    for markup in (drawer(FULL), versions([ENTRY, ENTRY], Locale(), START, writes=True)):
        seen = Seen(markup)
        assert not [tag for tag, _ in seen.tags if tag == "script"]
        assert HOSTILE in seen.texts
        assert not [name for _, attributes in seen.tags for name in attributes if name.startswith("on")]


def test_every_picture_says_what_it_shows() -> None:
    [alt] = [
        one["alt"]
        for tag, one in Seen(cards(FULL)).tags
        if tag == "img" and one.get("src", "") == "media/1.jpeg"
    ]
    assert alt == "Example 1: crack"


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_empty_guide_says_what_it_is_for_and_a_written_one_no_more(language: str) -> None:
    view = replace(EMPTY, locale=Locale(language))
    assert introduction(view) != introduction(replace(view, writes=True)) != ""
    assert introduction(replace(view, entries={"crack": ENTRY})) == ""
    cleared = new_entry("marble", "crack", "", [], "eva", START)
    assert introduction(replace(view, entries={"crack": cleared})) != ""
    assert len({topic_name(topic, Locale(language)) for topic in TOPICS}) == len(TOPICS)


def test_only_who_writes_is_offered_to_change_it() -> None:
    assert actions(cards(FULL, edits=True)) == []
    assert actions(cards(replace(FULL, writes=True))) == []
    offered = actions(cards(replace(FULL, writes=True), edits=True))
    assert sorted(offered) == ["edit"] * len(TOPICS) + ["remove_example"]
    assert actions(versions([ENTRY, ENTRY], Locale(), START, writes=False)) == []
    assert actions(versions([ENTRY, ENTRY], Locale(), START, writes=True)) == ["revert"]


def test_a_slab_can_be_made_an_example_where_there_is_room() -> None:
    full = new_entry("marble", "dot", "", [PICTURE] * MOST_PICTURES, "eva", START)
    view = replace(FULL, entries={"crack": ENTRY, "dot": full}, writes=True, slab="frame-2")
    assert actions(drawer(view)) == ["guide"] + ["add_example"] * (len(TOPICS) - 1)
    assert "Use what is marked" in drawer(replace(view, marked=True))
    assert actions(drawer(replace(view, writes=False))) == ["guide"]
