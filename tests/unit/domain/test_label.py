"""Labels: what stands, what was taken back, and who disagrees."""

import itertools

import pytest

from marbleline.domain.label import Label, MarkedRegion, new_label, truths, why_not_settled_by, withdrawal
from marbleline.errors import WireError
from tests.builders import SECOND, START, make_verdict

SHOWN = make_verdict(1)


def label(truth: str, by: str, second: int, sequence: int = 1, *, settles: bool = False) -> Label:
    return new_label(make_verdict(sequence), truth, by, START + second * SECOND, settles=settles)


def test_a_document_comes_back_as_it_was() -> None:
    one = new_label(SHOWN, "crack", "ayşe", START, region=MarkedRegion(0, 0, 1, 0.5), note="köşede")
    for made in (one, withdrawal(one, "marco", START + 1), label("crack", "eva", 1, settles=True)):
        assert Label.from_document(made.to_document()) == made


def test_the_newest_word_counts_in_whatever_order_labels_come() -> None:
    words = [label("crack", "ayşe", 1), label("good", "ayşe", 2), label("dot", "marco", 1, sequence=2)]
    for order in itertools.permutations(words):
        found = truths(order)
        assert {one.truth for one in found.values()} == {"good", "dot"}
        assert not any(one.disputed for one in found.values())


def test_what_was_withdrawn_does_not_count_and_uncovers_the_word_before() -> None:
    first, second = label("crack", "ayşe", 1), label("good", "ayşe", 2)
    undone = withdrawal(second, "ayşe", START + 3 * SECOND)
    assert truths([first, second, undone])[first.frame_id].truth == "crack"
    both = [first, second, undone, withdrawal(first, "ayşe", START + 4 * SECOND)]
    assert truths(both) == {}


def test_two_people_who_differ_are_a_dispute_until_one_gives_way() -> None:
    first, second = label("crack", "ayşe", 1), label("good", "marco", 2)
    (found,) = truths([first, second]).values()
    assert (found.truth, found.disputed, found.labels) == ("good", True, (second, first))
    agreed = label("good", "ayşe", 3)
    (found,) = truths([first, second, agreed]).values()
    assert (found.truth, found.disputed) == ("good", False)


def test_what_a_third_person_settles_wins_until_it_is_withdrawn() -> None:
    first, second = label("crack", "ayşe", 1), label("good", "marco", 2)
    settled = label("dot", "eva", 3, settles=True)
    for later in ((), (label("good", "ayşe", 4),), (label("joint", "ali", 4),), (label("joint", "eva", 4),)):
        (found,) = truths([first, second, settled, *later]).values()
        assert (found.truth, found.disputed, found.settled) == ("dot", False, settled), later
    again = label("joint", "ali", 5, settles=True)
    (found,) = truths([first, second, settled, again]).values()
    assert (found.truth, found.settled) == ("joint", again)
    back = withdrawal(settled, "eva", START + 6 * SECOND)
    assert not back.settles
    (found,) = truths([first, second, settled, back]).values()
    assert (found.truth, found.disputed, found.settled) == ("good", True, None)


def test_nobody_settles_a_dispute_that_they_are_part_of() -> None:
    first, second = label("crack", "ayşe", 1), label("good", "marco", 2)
    for by in ("ayşe", "marco"):
        (found,) = truths([first, second, label("dot", by, 3, settles=True)]).values()
        assert (found.disputed, found.settled) == (True, None)


def test_a_third_person_may_settle_what_is_disputed_and_nobody_else() -> None:
    first, second = label("crack", "ayşe", 1), label("good", "marco", 2)
    settled = label("dot", "eva", 3, settles=True)

    def why(labels: list[Label], name: str) -> str:
        return why_not_settled_by(truths(labels).get(SHOWN.frame.frame_id), name)

    assert why([first, second], "eva") == ""
    assert why([first, second, settled], "eva") == "", "they may decide anew"
    for name in ("ayşe", "marco"):
        assert f"{name} is one of those" in why([first, second], name)
    for labels, name in (([], "eva"), ([first], "eva"), ([first, second, settled], "ali")):
        assert "nothing to settle" in why(labels, name)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"truth": "scratch"}, "none of good, crack, dot, joint"),
        ({"truth": None}, "needs either"),
        ({"by": ""}, "nobody"),
        ({"truth": None, "withdraws": "x", "settles": True}, "settles a dispute"),
        ({"note": "x" * 2_001}, "2000 characters"),
        ({"region": {"left": 0.5, "top": 0, "width": 0.6, "height": 1}}, "within the picture"),
        ({"region": {"left": 0.5, "top": 0, "width": 0, "height": 1}}, "within the picture"),
        ({"shown": {"decision": "bad"}}, r"'shown\.decision'.*'bad'.*good"),
    ],
)
def test_what_can_not_be_a_label_is_refused_by_name(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(WireError, match=message):
        Label.from_document({**new_label(SHOWN, "crack", "ayşe", START).to_document(), **wrong})
