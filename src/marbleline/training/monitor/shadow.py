"""What a shadow was worth: how often it agreed, where it differed, who was right, how fast."""

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from marbleline.domain.decision import Decision
from marbleline.domain.label import Truth, truths
from marbleline.domain.shadow_verdict import ShadowVerdictKind
from marbleline.domain.verdict import Verdict
from marbleline.ports.annotations import LabelQuery, Labels, ShadowVerdictQuery, ShadowVerdicts
from marbleline.ports.paging import pages
from marbleline.ports.verdicts import Verdicts

_PAGE: Final = 200


@dataclass(frozen=True, slots=True)
class Pair:
    """A frame as the stable version judged it, as the candidate would have, and as people do, if they did."""

    verdict: Verdict
    shadow_verdict: Verdict
    truth: Truth | None

    @property
    def differs(self) -> bool:
        """Whether something else would have happened to the slab."""
        return self.verdict.decision is not self.shadow_verdict.decision

    @property
    def apart(self) -> float:
        """How far apart the two probabilities of a fault are."""
        return abs(self.verdict.faulty_probability - self.shadow_verdict.faulty_probability)


@dataclass(frozen=True, slots=True)
class Comparison:
    """``decisions`` counts (stable's, candidate's). ``labelled``: pairs whose truth is known and undisputed.

    ``stable_right`` and ``candidate_right`` of these: a good slab called good, a faulty one called faulty.
    Times in milliseconds are those of asking the model about a batch.
    """

    stable: int
    candidate: int
    frames: int
    decisions: Counter[tuple[str, str]] = field(default_factory=Counter)
    differing: tuple[Pair, ...] = ()
    labelled: int = 0
    stable_right: int = 0
    candidate_right: int = 0
    stable_ms: tuple[float, float] = (0.0, 0.0)
    candidate_ms: tuple[float, float] = (0.0, 0.0)

    @property
    def agreed(self) -> float:
        """Share of frames with the same decision."""
        return sum(count for (one, other), count in self.decisions.items() if one == other) / max(
            1, self.frames
        )


class PairedStore(Verdicts, ShadowVerdicts, Labels, Protocol):
    """Verdicts, shadow verdicts, and what people said of the slabs."""


def pairs(
    store: PairedStore, version: int, since: int | None, most: int, product: str | None = None
) -> list[Pair]:
    """The newest frames that a version was a shadow on, up to ``most``, each beside its verdict.

    ``product``: the one whose version it is; None asks for any, where a line has had only one.

    A frame without a verdict on record yet, or judged by that version itself, is left out.
    Raises StoreUnavailable.
    """
    found: list[Pair] = []
    query = ShadowVerdictQuery(
        kind=ShadowVerdictKind.SHADOW, model_version=version, since=since, product=product
    )
    for page in pages(
        lambda after: store.shadow_verdicts(query, _PAGE, after), lambda one: one.shadow_verdict_id
    ):
        for one in page:
            frame_id = one.verdict.frame.frame_id
            verdict = store.verdict(frame_id)
            if verdict is not None and verdict.model.version != version:
                labels = store.labels(LabelQuery(frame_id=frame_id), _PAGE)
                found.append(Pair(verdict, one.verdict, truths(labels).get(frame_id)))
        if len(found) >= most:
            break
    return found[:most]


def compare(found: Sequence[Pair]) -> Comparison:
    """Sum up. Raises ValueError if there is nothing to compare."""
    if not found:
        raise ValueError("no frame has both a verdict and the shadow's shadow verdict")
    known = [one for one in found if one.truth is not None and not one.truth.disputed]
    return Comparison(
        stable=found[0].verdict.model.version,
        candidate=found[0].shadow_verdict.model.version,
        frames=len(found),
        decisions=Counter((one.verdict.decision.value, one.shadow_verdict.decision.value) for one in found),
        differing=tuple(sorted((one for one in found if one.differs), key=lambda one: -one.apart)),
        labelled=len(known),
        stable_right=sum(_right(one.verdict, one.truth) for one in known),
        candidate_right=sum(_right(one.shadow_verdict, one.truth) for one in known),
        stable_ms=_times([one.verdict for one in found]),
        candidate_ms=_times([one.shadow_verdict for one in found]),
    )


def _right(verdict: Verdict, truth: Truth | None) -> bool:
    expected = Decision.GOOD if truth is not None and truth.truth == Decision.GOOD else Decision.FAULTY
    return verdict.decision is expected


def _times(verdicts: Sequence[Verdict]) -> tuple[float, float]:
    """Median and 95th percentile."""
    asked = sorted((one.stages.classified_at - one.stages.publisher_taken_at) / 1000 for one in verdicts)
    return statistics.median(asked), asked[min(len(asked) - 1, round(0.95 * len(asked)))]
