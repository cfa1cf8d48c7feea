"""What a slab waits for, by its labels."""

import pytest

from marbleline.domain.label import Label, new_label, withdrawal
from marbleline.domain.review import ReviewState, certainty, review_state
from tests.builders import SECOND, START, make_verdict


def said(truth: str, by: str, second: int) -> Label:
    return new_label(make_verdict(1), truth, by, START + second * SECOND)


CRACK, GOOD = said("crack", "ayşe", 1), said("good", "marco", 2)
SETTLED = new_label(make_verdict(1), "dot", "eva", START + 3 * SECOND, settles=True)


@pytest.mark.parametrize(
    ("labels", "state"),
    [
        ([], ReviewState.WAITING),
        ([CRACK], ReviewState.DONE),
        ([CRACK, GOOD], ReviewState.DISPUTED),
        ([CRACK, GOOD, withdrawal(CRACK, "ayşe", START + 3 * SECOND)], ReviewState.DONE),
        ([CRACK, GOOD, SETTLED], ReviewState.SETTLED),
        ([CRACK, GOOD, SETTLED, withdrawal(SETTLED, "eva", START + 4 * SECOND)], ReviewState.DISPUTED),
        ([CRACK, withdrawal(CRACK, "ayşe", START + 3 * SECOND)], ReviewState.WAITING),
    ],
)
def test_the_state_follows_from_the_labels_that_stand(labels: list[Label], state: ReviewState) -> None:
    assert review_state(labels, sent=True) is state


def test_a_slab_that_was_never_sent_to_review_does_not_wait() -> None:
    assert review_state([], sent=False) is ReviewState.DONE
    assert review_state([CRACK, GOOD], sent=False) is ReviewState.DISPUTED


def test_the_model_is_least_certain_at_one_half() -> None:
    assert certainty(0.5) == 0
    assert certainty(0.25) == certainty(0.75) == 0.25
