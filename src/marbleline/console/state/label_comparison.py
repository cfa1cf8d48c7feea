"""Verdicts compared with what people said of the same slabs: overkill and escapes."""

from collections.abc import Iterable
from dataclasses import dataclass

from marbleline.domain.decision import Decision
from marbleline.domain.frame import captured_at_of
from marbleline.domain.label import Label, truths
from marbleline.domain.model import CLASSES


@dataclass(frozen=True, slots=True)
class LabelComparison:
    """The verdicts on labelled slabs, compared with the labels. Disputed slabs only count in ``disputed``.

    ``overkill``  called faulty, but good; of ``faulty`` faulty ones that were looked at
    ``escapes``   called good, but faulty; of ``good`` good ones that were looked at
    """

    overkill: int = 0
    faulty: int = 0
    escapes: int = 0
    good: int = 0
    disputed: int = 0


def compare_labels(labels: Iterable[Label], since: int, until: int) -> LabelComparison:
    """Of slabs captured from ``since`` to before ``until``, microseconds UTC; others are skipped."""
    mine = [label for label in labels if since <= captured_at_of(label.frame_id) < until]
    overkill = faulty = escapes = good = disputed = 0
    for truth in truths(mine).values():
        if truth.disputed:
            disputed += 1
            continue
        called, really_good = truth.labels[0].shown.decision, truth.truth == CLASSES[0]
        if called is Decision.FAULTY:
            faulty += 1
            overkill += really_good
        elif called is Decision.GOOD:
            good += 1
            escapes += not really_good
    return LabelComparison(overkill, faulty, escapes, good, disputed)
