"""Entries of the plant's guide to defects: their form and their bounds."""

import base64

import pytest

from marbleline.domain.defect_guide import (
    LARGEST_PICTURE,
    LONGEST_TEXT,
    MOST_PICTURES,
    GuideEntry,
    GuidePicture,
    new_entry,
)
from marbleline.errors import SettingError, WireError
from tests.builders import START

JPEG = b"\xff\xd8 and so on"
PICTURE = GuidePicture(content=JPEG, frame_id="x")
ENTRY = new_entry("marble", "crack", " ince\r\nçizgi ", [PICTURE], "ayşe", START)


def encoded(content: bytes) -> dict[str, object]:
    return {"content": base64.b64encode(content).decode(), "frame_id": "x"}


def test_a_document_comes_back_as_it_was() -> None:
    assert GuideEntry.from_document(ENTRY.to_document()) == ENTRY
    assert (ENTRY.text, ENTRY.at, ENTRY.empty) == ("ince\nçizgi", START, False)
    assert new_entry("marble", "review", " ", [], "ayşe", START).empty


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"by": ""}, "'by' is wrong"),
        ({"product": "No Name"}, "'product' is wrong"),
        ({"text": "x" * (LONGEST_TEXT + 1)}, "'text' is wrong"),
        ({"pictures": [encoded(JPEG)] * (MOST_PICTURES + 1)}, "'pictures' is wrong"),
        ({"pictures": [encoded(b"GIF89a")]}, "a JPEG of at most"),
        ({"pictures": [encoded(JPEG.ljust(LARGEST_PICTURE + 1))]}, "a JPEG of at most"),
    ],
)
def test_a_document_that_is_no_entry_is_refused_by_name(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(WireError, match=message):
        GuideEntry.from_document({**ENTRY.to_document(), **wrong})


@pytest.mark.parametrize(
    ("product", "topic", "text", "pictures", "by", "message"),
    [
        ("No Name", "crack", "", 0, "eva", "product 'No Name'"),
        (
            "marble",
            "scratch",
            "",
            0,
            "eva",
            "no topic 'scratch': allowed are good, crack, dot, joint, review",
        ),
        ("marble", "crack", "x" * (LONGEST_TEXT + 1), 0, "eva", "at most 2000 characters, not 2001"),
        ("marble", "crack", "", MOST_PICTURES + 1, "eva", "at most 3; remove one first"),
        ("marble", "crack", "", 0, " ", "say who writes it"),
    ],
)
def test_what_is_not_allowed_is_said(
    product: str, topic: str, text: str, pictures: int, by: str, message: str
) -> None:
    with pytest.raises(SettingError, match=message):
        new_entry(product, topic, text, [PICTURE] * pictures, by, START)
