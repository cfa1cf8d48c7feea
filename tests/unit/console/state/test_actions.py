"""What people do, on a real embedded store and broker; and that roles are asked on the way."""

from collections.abc import Callable
from pathlib import Path

import pytest

from marbleline.adapters.brokers.sqlite import SqliteBroker
from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.console.auth.roles import Person, Role
from marbleline.console.state.actions import Actions
from marbleline.domain.decision import Decision
from marbleline.domain.label import Label, MarkedRegion, truths
from marbleline.errors import AccessDenied, LabelRejected, WireError
from marbleline.ports.annotations import LabelQuery
from marbleline.ports.rejection import Rejection
from marbleline.ports.topology import FRAMES
from tests.builders import FakeClock, frame_message, make_frame, make_picture, make_verdict

ANNA, BERT = Person("anna", Role.OPERATOR), Person("bert", Role.OPERATOR)
EVA, VERA = Person("eva", Role.ENGINEER), Person("vera", Role.VIEWER)
FAULTY = make_verdict(1, decision=Decision.FAULTY, defect="crack")
FRAME_ID = FAULTY.frame.frame_id


@pytest.fixture
def store(store: SqliteStore) -> SqliteStore:
    """With one slab."""
    store.put_verdicts([FAULTY])
    return store


def labels(store: SqliteStore) -> list[Label]:
    return store.labels(LabelQuery(), 100)


def test_an_overrule_is_a_label_with_name_mark_and_what_was_seen(
    actions: Actions, store: SqliteStore
) -> None:
    region = MarkedRegion(0.1, 0.2, 0.3, 0.4)
    assert actions.overrule(ANNA, FRAME_ID, "dot", region, note="polishing mark") == FAULTY
    (label,) = labels(store)
    assert (label.by, label.truth, label.region) == ("anna", "dot", region)
    assert label.note == "polishing mark"
    assert (label.shown.decision, label.shown.defect) == (Decision.FAULTY, "crack")
    assert actions.feed.snapshot().truths[FRAME_ID].truth == "dot"


def test_two_people_may_overrule_one_slab_and_it_shows(
    actions: Actions, store: SqliteStore, clock: FakeClock
) -> None:
    actions.overrule(ANNA, FRAME_ID, "good")
    clock.advance(1)
    actions.overrule(BERT, FRAME_ID, "dot")
    truth = actions.feed.snapshot().truths[FRAME_ID]
    assert truth.disputed
    assert {label.by: label.truth for label in truth.labels} == {"anna": "good", "bert": "dot"}
    clock.advance(1)
    actions.overrule(BERT, FRAME_ID, "good")
    assert not actions.feed.snapshot().truths[FRAME_ID].disputed
    assert len(labels(store)) == 3


def test_undo_takes_back_ones_own_last_word_only(
    actions: Actions, store: SqliteStore, clock: FakeClock
) -> None:
    for person, truth in ((ANNA, "good"), (BERT, "dot"), (BERT, "joint")):
        actions.overrule(person, FRAME_ID, truth)
        clock.advance(1)
    actions.undo(BERT, FRAME_ID)
    words = {label.by: label.truth for label in truths(labels(store))[FRAME_ID].labels}
    assert words == {"anna": "good", "bert": "dot"}
    clock.advance(1)
    actions.undo(BERT, FRAME_ID)
    assert actions.undo(BERT, FRAME_ID) is None
    assert [label.by for label in actions.feed.snapshot().truths[FRAME_ID].labels] == ["anna"]


def test_one_decision_for_several_slabs_is_a_label_for_each_and_all_are_taken_back(
    actions: Actions, store: SqliteStore
) -> None:
    others = [make_verdict(number, decision=Decision.REVIEW) for number in (2, 3, 4)]
    store.put_verdicts(others)
    ids = [one.frame.frame_id for one in others]
    actions.overrule(BERT, ids[1], "good")
    given = actions.overrule_selected(ANNA, [*ids, ids[0], "no such frame"], "crack", "same block")
    assert [label.frame_id for label in given] == [ids[0], ids[2]], "another's label stays alone"
    found = truths(labels(store))
    assert {one: found[one].truth for one in ids} == {ids[0]: "crack", ids[1]: "good", ids[2]: "crack"}
    assert {(label.by, label.note) for label in given} == {("anna", "same block")}
    assert len({label.label_id for label in given}) == 2
    assert actions.undo_selected(BERT, given) == 0
    assert actions.undo_selected(ANNA, given) == 2
    assert truths(labels(store)).keys() == {ids[1]}
    assert actions.feed.snapshot().truths.keys() == {ids[1]}


def test_a_third_person_settles_a_dispute_and_neither_of_the_two_can(
    actions: Actions, store: SqliteStore, clock: FakeClock
) -> None:
    with pytest.raises(LabelRejected, match="nothing to settle"):
        actions.settle(EVA, FRAME_ID, "dot")
    for person, truth in ((ANNA, "good"), (BERT, "crack")):
        actions.overrule(person, FRAME_ID, truth)
        clock.advance(1)
    for person in (ANNA, BERT):
        with pytest.raises(LabelRejected, match=f"{person.name} is one of those"):
            actions.settle(person, FRAME_ID, "dot")
    assert len(labels(store)) == 2
    assert actions.settle(EVA, FRAME_ID, "dot", "seen in daylight") == FAULTY
    (label, *_) = labels(store)
    assert (label.by, label.truth, label.note, label.settles) == ("eva", "dot", "seen in daylight", True)
    truth = actions.feed.snapshot().truths[FRAME_ID]
    assert (truth.truth, truth.disputed) == ("dot", False)
    clock.advance(1)
    actions.undo(EVA, FRAME_ID)
    assert actions.feed.snapshot().truths[FRAME_ID].disputed
    assert actions.settle(EVA, "no such frame", "dot") is None


@pytest.mark.parametrize(
    ("person", "act"),
    [
        (VERA, lambda actions: actions.overrule(VERA, FRAME_ID, "good")),
        (VERA, lambda actions: actions.settle(VERA, FRAME_ID, "good")),
        (VERA, lambda actions: actions.undo(VERA, FRAME_ID)),
        (VERA, lambda actions: actions.overrule_selected(VERA, [FRAME_ID], "good")),
        (VERA, lambda actions: actions.undo_selected(VERA, [])),
        (VERA, lambda actions: actions.mark_seen(VERA, FRAME_ID)),
        (VERA, lambda actions: actions.replay(VERA)),
        (ANNA, lambda actions: actions.replay(ANNA)),
    ],
)
def test_what_a_role_may_not_do_is_refused(
    person: Person, act: Callable[[Actions], object], actions: Actions, store: SqliteStore
) -> None:
    with pytest.raises(AccessDenied, match=person.name):
        act(actions)
    assert labels(store) == []


def test_a_slab_that_there_is_not_and_a_truth_that_is_none(actions: Actions, store: SqliteStore) -> None:
    assert actions.overrule(ANNA, "no such frame", "good") is None
    with pytest.raises(WireError):
        actions.overrule(ANNA, FRAME_ID, "beautiful")
    assert labels(store) == []


def test_a_label_that_the_store_refuses_is_no_label(
    actions: Actions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SqliteStore, "put_labels", lambda self, labels: [Rejection("x", "too long")])
    with pytest.raises(LabelRejected, match="too long"):
        actions.overrule(ANNA, FRAME_ID, "good")
    assert FRAME_ID not in actions.feed.snapshot().truths


def test_an_engineer_replays_dead_letters(actions: Actions, tmp_path: Path) -> None:
    broker = SqliteBroker(tmp_path / "broker.db")
    picture = make_picture()
    for sequence in (1, 2, 3):
        message = frame_message(make_frame(sequence, content=picture), picture)
        broker.publish_dead_letter(FRAMES.name, message, "too_large" if sequence == 3 else "corrupt", "")
    first = broker.dead_letters(1)[0].dead_letter_id
    assert actions.replay(EVA, [first]) == 1
    assert actions.replay(EVA) == 1, "the one without a picture stays"
    assert [dead_letter.reason for dead_letter in broker.dead_letters(10)] == ["too_large"]
    assert broker.depths()[FRAMES.name].ready == 2
    broker.close()
