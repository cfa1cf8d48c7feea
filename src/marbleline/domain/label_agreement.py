"""How far two people who label the same slab agree."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from marbleline.domain.label import Label, truths


@dataclass(frozen=True, slots=True)
class LabelAgreement:
    """Of ``slabs`` that two people or more have labelled, on ``agreed`` the first two say the same.

    ``kappa``: Cohen's; None without such slabs, and where only one class was ever said
    """

    slabs: int = 0
    agreed: int = 0
    kappa: float | None = None


def label_agreement(labels: Iterable[Label]) -> LabelAgreement:
    """Compare, slab by slab, the two people who labelled it first, by their labels that stand.

    Whoever settled their dispute is none of them.

    J. Cohen, A coefficient of agreement for nominal scales, Educational and Psychological Measurement 20
    (1960): kappa = (p_o - p_e) / (1 - p_e), with p_o the share of slabs on which they agree and p_e the share
    that two who say each class as often, at random, would agree on. Who was first and who second on a
    slab are the two raters, for they are different people from slab to slab.
    """
    pairs = []
    for found in truths(labels).values():
        own = [label for label in found.labels if not label.settles]
        if len(own) > 1:
            second, first = own[-2:]
            pairs.append((first.truth, second.truth))
    if not pairs:
        return LabelAgreement()
    slabs, agreed = len(pairs), sum(one == other for one, other in pairs)
    firsts, seconds = (Counter(said) for said in zip(*pairs, strict=True))
    by_chance = sum(count * seconds[truth] for truth, count in firsts.items()) / slabs**2
    kappa = (agreed / slabs - by_chance) / (1 - by_chance) if by_chance < 1 else None
    return LabelAgreement(slabs, agreed, kappa)
