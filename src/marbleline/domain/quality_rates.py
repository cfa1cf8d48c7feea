"""The rates by which a line's quality is followed, from counts of verdicts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from marbleline.domain.control_chart import Subgroup
from marbleline.domain.decision import Decision


class Rate(StrEnum):
    """A share of all verdicts: those that are good, faulty or for review, and those that came late."""

    YIELD = "yield"
    FAULTY = "faulty"
    REVIEW = "review"
    LATE = "late"


DECISION_OF: Mapping[Rate, Decision] = {
    Rate.YIELD: Decision.GOOD,
    Rate.FAULTY: Decision.FAULTY,
    Rate.REVIEW: Decision.REVIEW,
}


@dataclass(frozen=True, slots=True)
class Tally:
    """Verdicts by decision; ``late`` ones among them; the faulty ones by ``defects``."""

    decisions: Mapping[str, int] = field(default_factory=dict)
    late: int = 0
    defects: Mapping[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """All verdicts."""
        return sum(self.decisions.values())

    def count(self, rate: Rate) -> int:
        """How many verdicts the rate counts."""
        return self.late if rate is Rate.LATE else self.decisions.get(DECISION_OF[rate].value, 0)

    def subgroup(self, rate: Rate) -> Subgroup:
        """The verdicts as one subgroup of a control chart."""
        return Subgroup(self.total, self.count(rate))

    def share(self, rate: Rate) -> float | None:
        """The rate, None without verdicts."""
        return self.count(rate) / self.total if self.total else None


def add_up(tallies: Iterable[Tally]) -> Tally:
    """All of them as one."""
    decisions: dict[str, int] = {}
    defects: dict[str, int] = {}
    late = 0
    for one in tallies:
        late += one.late
        for total, counts in ((decisions, one.decisions), (defects, one.defects)):
            for name, count in counts.items():
                total[name] = total.get(name, 0) + count
    return Tally(decisions, late, defects)
