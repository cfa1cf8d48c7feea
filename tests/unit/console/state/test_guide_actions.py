"""The guide to defects: written by role, every version kept, nobody's change lost."""

import pytest

from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.console.auth.roles import Person, Role
from marbleline.console.state.actions import Actions
from marbleline.console.state.guide_actions import GuideActions
from marbleline.domain.defect_guide import MOST_PICTURES, GuideEntry
from marbleline.domain.label import MarkedRegion
from marbleline.domain.records import FrameRecord
from marbleline.errors import AccessDenied, SettingError
from tests.builders import make_frame, make_picture, make_verdict

EVA, BERT = Person("eva", Role.ENGINEER), Person("bert", Role.ENGINEER)
CONTENT = make_picture()
SLAB = make_verdict(frame=make_frame(1, content=CONTENT, slab_id="4711"))
FRAME_ID = SLAB.frame.frame_id


def stub(content: bytes, region: MarkedRegion | None) -> bytes:
    return b"\xff\xd8" + (b"whole" if region is None else b"part") + content[:4]


@pytest.fixture
def guide(actions: Actions, store: SqliteStore) -> GuideActions:
    """Of a line with one slab."""
    store.put_frames([FrameRecord(SLAB.frame, CONTENT)])
    store.put_verdicts([SLAB])
    return GuideActions(actions, stub)


def current(guide: GuideActions, topic: str = "crack") -> GuideEntry | None:
    return guide.current("marble").get(topic)


def test_a_text_is_kept_with_who_wrote_it_and_an_earlier_one_comes_back(guide: GuideActions) -> None:
    first = guide.write_guide(EVA, "marble", "crack", "a dark line", "")
    second = guide.write_guide(BERT, "marble", "crack", "a dark line that no vein goes on", first.entry_id)
    assert current(guide) == second
    assert (second.by, second.reverts_to) == ("bert", None)
    back = guide.revert(EVA, "marble", "crack", first.entry_id)
    assert (back.text, back.by, back.reverts_to) == ("a dark line", "eva", first.entry_id)
    assert guide.versions("marble", "crack") == [back, second, first]
    assert guide.current("granite") == {}


def test_a_change_that_somebody_else_made_meanwhile_is_not_written_over(guide: GuideActions) -> None:
    first = guide.write_guide(EVA, "marble", "crack", "a dark line", "")
    with pytest.raises(SettingError, match="eva has changed it in the meantime"):
        guide.write_guide(BERT, "marble", "crack", "a line", "")
    guide.add_example(EVA, FRAME_ID, "crack")
    with pytest.raises(SettingError, match="eva has changed it in the meantime"):
        guide.write_guide(BERT, "marble", "crack", "a line", first.entry_id)


def test_a_slab_becomes_an_example_whole_or_in_part_and_is_removed(guide: GuideActions) -> None:
    guide.write_guide(EVA, "marble", "crack", "a dark line", "")
    whole = guide.add_example(EVA, FRAME_ID, "crack")
    part = guide.add_example(EVA, FRAME_ID, "crack", MarkedRegion(0.1, 0.1, 0.2, 0.2))
    assert whole is not None
    assert part is not None
    assert [one.content[2:7] for one in part.pictures] == [b"whole", b"part\xff"]
    assert {(one.frame_id, one.slab_id) for one in part.pictures} == {(FRAME_ID, "4711")}
    assert part.text == "a dark line"
    with pytest.raises(SettingError, match="in the meantime"):
        guide.remove_example(EVA, "marble", "crack", whole.entry_id, 0)
    left = guide.remove_example(EVA, "marble", "crack", part.entry_id, 0)
    assert [one.content[2:6] for one in left.pictures] == [b"part"]
    with pytest.raises(SettingError, match="none at place 1"):
        guide.remove_example(EVA, "marble", "crack", left.entry_id, 1)


def test_examples_are_few_and_of_slabs_that_are_known(guide: GuideActions, store: SqliteStore) -> None:
    assert guide.add_example(EVA, "no such frame", "crack") is None
    without_picture = make_verdict(2)
    store.put_verdicts([without_picture])
    assert guide.add_example(EVA, without_picture.frame.frame_id, "crack") is None
    guide.add_example(EVA, FRAME_ID, "crack")
    with pytest.raises(SettingError, match="is one of them already"):
        guide.add_example(EVA, FRAME_ID, "crack")
    for place in range(1, MOST_PICTURES):
        guide.add_example(EVA, FRAME_ID, "crack", MarkedRegion(0.1 * place, 0.1, 0.2, 0.2))
    with pytest.raises(SettingError, match="at most 3; remove one first"):
        guide.add_example(EVA, FRAME_ID, "crack", MarkedRegion(0.5, 0.5, 0.2, 0.2))


def test_what_is_wrong_changes_nothing(guide: GuideActions) -> None:
    with pytest.raises(SettingError, match="no topic 'scratch'"):
        guide.write_guide(EVA, "marble", "scratch", "x", "")
    with pytest.raises(SettingError, match="no version 'nothing' is among the last"):
        guide.revert(EVA, "marble", "crack", "nothing")
    assert guide.current("marble") == {}


def test_only_an_engineer_writes(guide: GuideActions) -> None:
    made = guide.add_example(EVA, FRAME_ID, "crack")
    assert made is not None
    for role in (Role.VIEWER, Role.OPERATOR):
        oto = Person("oto", role)
        for act in (
            lambda who: guide.write_guide(who, "marble", "crack", "x", made.entry_id),
            lambda who: guide.add_example(who, FRAME_ID, "dot"),
            lambda who: guide.remove_example(who, "marble", "crack", made.entry_id, 0),
            lambda who: guide.revert(who, "marble", "crack", made.entry_id),
        ):
            with pytest.raises(AccessDenied):
                act(oto)
    assert guide.current("marble") == {"crack": made}
