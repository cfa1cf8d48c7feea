"""Agreement of people, against a table that was worked out by hand."""

import pytest

from marbleline.domain.label import Label, new_label, withdrawal
from marbleline.domain.label_agreement import LabelAgreement, label_agreement
from tests.builders import SECOND, START, make_verdict


def said(sequence: int, truth: str, by: str, second: int) -> Label:
    return new_label(make_verdict(sequence), truth, by, START + second * SECOND)


def both(table: dict[tuple[str, str], int]) -> list[Label]:
    """(first says, second says) -> on so many slabs."""
    pairs = [pair for pair, count in table.items() for _ in range(count)]
    return [
        said(number, truth, by, number + at)
        for number, pair in enumerate(pairs, start=1)
        for at, (truth, by) in enumerate(zip(pair, ("ayşe", "marco"), strict=True))
    ]


def test_kappa_of_a_table_worked_out_by_hand() -> None:
    """Cohen's kappa of 20, 5, 10 and 15: p_o is 0.7, p_e 0.5."""
    table = {("good", "good"): 20, ("good", "crack"): 5, ("crack", "good"): 10, ("crack", "crack"): 15}
    found = label_agreement(both(table))
    assert (found.slabs, found.agreed) == (50, 35)
    assert found.kappa == pytest.approx(0.4)


def test_agreement_by_chance_counts_for_nothing() -> None:
    pairs = ("good", "crack")
    found = label_agreement(both({(one, other): 4 for one in pairs for other in pairs}))
    assert (found.slabs, found.agreed, found.kappa) == (16, 8, pytest.approx(0))


def test_without_two_people_or_two_classes_there_is_no_kappa() -> None:
    assert label_agreement([]) == LabelAgreement()
    assert label_agreement([said(1, "good", "ayşe", 1), said(1, "crack", "ayşe", 2)]) == LabelAgreement()
    assert label_agreement(both({("good", "good"): 3})) == LabelAgreement(3, 3, None)


def test_the_first_two_people_count_by_what_they_say_now() -> None:
    labels = [said(1, "good", "ayşe", 1), said(1, "crack", "marco", 2), said(1, "good", "eva", 3)]
    assert label_agreement(labels) == LabelAgreement(1, 0, pytest.approx(0))
    settled = new_label(make_verdict(1), "dot", "ali", START + 4 * SECOND, settles=True)
    assert label_agreement([labels[0], settled]) == LabelAgreement(), "who settles is no rater"
    back = withdrawal(labels[1], "marco", START + 4 * SECOND)
    assert label_agreement([*labels, back]) == LabelAgreement(1, 1, None)
