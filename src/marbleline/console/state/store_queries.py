"""Queries of several pages to the store, bounded; and the queue depths of the broker."""

import logging
from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from marbleline.console.state.side_data import MAX_LABELS, MAX_REVIEWS
from marbleline.domain.decision import Decision
from marbleline.domain.label import Label, truths
from marbleline.domain.shadow_verdict import ShadowVerdictKind
from marbleline.domain.verdict import Verdict
from marbleline.errors import BrokerUnavailable
from marbleline.ports.annotations import LabelQuery, Labels, ShadowVerdictQuery, ShadowVerdicts
from marbleline.ports.connection import Connection
from marbleline.ports.inventory import Depth, QueueInventory
from marbleline.ports.verdicts import VerdictQuery, Verdicts

log = logging.getLogger("marbleline.console")

_PAGE: Final = 200
_MAX_COMPARED: Final = 100
_MAX_SCANNED: Final = 1_000


class ComparedStore(Verdicts, ShadowVerdicts, Protocol):
    """Verdicts, and beside them what another version said."""


class DepthsBroker(QueueInventory, Connection, Protocol):
    """What tells how full the queues are."""


def newest_labels(store: Labels, line: str, since: int, most: int = MAX_LABELS) -> list[Label]:
    """The labels given from ``since`` on (microseconds UTC), newest first. Raises StoreUnavailable."""
    query = LabelQuery(line=line, since=since)
    found: list[Label] = []
    while page := store.labels(query, min(_PAGE, most - len(found)), found[-1].label_id if found else None):
        found += page
        if len(page) < _PAGE or len(found) >= most:
            break
    return found


def open_reviews(
    store: Verdicts, line: str, since: int, labels: Sequence[Label]
) -> tuple[tuple[Verdict, ...], int]:
    """The oldest slabs captured from ``since`` on that were sent to review and have no standing label, and
    how many more there are. Raises StoreUnavailable.

    Of a very long queue only the newest thousand are looked through.
    """
    query = VerdictQuery(line=line, decision=Decision.REVIEW, since=since)
    known = truths(labels)
    oldest: deque[Verdict] = deque(maxlen=MAX_REVIEWS)
    left = scanned = 0
    after: str | None = None
    while scanned < _MAX_SCANNED and (page := store.search(query, _PAGE, after)):
        scanned, after = scanned + len(page), page[-1].frame.frame_id
        still = [verdict for verdict in page if verdict.frame.frame_id not in known]
        oldest.extend(still)
        left += len(still)
        if len(page) < _PAGE:
            break
    return tuple(reversed(oldest)), left - len(oldest)


@dataclass(frozen=True, slots=True)
class ShadowAgreement:
    """Of ``compared`` slabs, on ``agreed`` this version decided as the published verdict does."""

    model: str
    version: int
    compared: int
    agreed: int


def shadow_agreements(store: ComparedStore, line: str) -> tuple[ShadowAgreement, ...]:
    """Over the newest shadow verdicts, by model version, newest first. Raises StoreUnavailable."""
    same: dict[tuple[str, int], list[bool]] = defaultdict(list)
    for shadow_verdict in store.shadow_verdicts(
        ShadowVerdictQuery(kind=ShadowVerdictKind.SHADOW), _MAX_COMPARED
    ):
        candidate = shadow_verdict.verdict
        published = store.verdict(candidate.frame.frame_id) if candidate.frame.line == line else None
        if published is not None:
            same[candidate.model.name, candidate.model.version].append(
                published.decision is candidate.decision
            )
    return tuple(
        ShadowAgreement(model, version, len(agreed), sum(agreed))
        for (model, version), agreed in sorted(same.items(), reverse=True)
    )


class QueueDepths:
    """Reads how full the queues are, over a connection of its own; for one thread."""

    def __init__(self, make_broker: Callable[[], DepthsBroker]) -> None:
        self._make_broker = make_broker
        self._broker: DepthsBroker | None = None

    def depths(self) -> Mapping[str, Depth] | None:
        """None while the broker is unavailable: the feed has that state already."""
        try:
            if self._broker is None:
                self._broker = self._make_broker()
            return self._broker.depths()
        except BrokerUnavailable as error:
            log.info("console.queues_unavailable", extra={"error": str(error)})
            self.close()
            return None

    def close(self) -> None:
        """Disconnect; the next read connects again."""
        if self._broker is not None:
            self._broker.close()
            self._broker = None
