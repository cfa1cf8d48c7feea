"""Longer questions to the store and the broker, asked page by page and bounded."""

import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from marbleline.console.beside import MOST_LABELS, MOST_REVIEWS
from marbleline.domain.decision import Decision
from marbleline.domain.label import Label, truths
from marbleline.domain.verdict import Verdict
from marbleline.errors import BrokerUnavailable
from marbleline.ports.broker import Broker, Depth
from marbleline.ports.remarks import LabelQuery
from marbleline.ports.store import Store, VerdictQuery

log = logging.getLogger("marbleline.console")

_PAGE: Final = 200
_MOST_SCANNED: Final = 1_000


def newest_labels(store: Store, line: str, since: int, most: int = MOST_LABELS) -> list[Label]:
    """The labels given from ``since`` on (microseconds UTC), newest first. Raises StoreUnavailable."""
    query = LabelQuery(line=line, since=since)
    found: list[Label] = []
    while page := store.labels(query, min(_PAGE, most - len(found)), found[-1].label_id if found else None):
        found += page
        if len(page) < _PAGE or len(found) >= most:
            break
    return found


def open_reviews(
    store: Store, line: str, since: int, labels: Sequence[Label]
) -> tuple[tuple[Verdict, ...], int]:
    """The oldest slabs captured from ``since`` on that were sent to review and have no standing label, and
    how many more there are. Raises StoreUnavailable.

    Of a very long queue only the newest thousand are looked through.
    """
    query = VerdictQuery(line=line, decision=Decision.REVIEW, since=since)
    known = truths(labels)
    oldest: deque[Verdict] = deque(maxlen=MOST_REVIEWS)
    left = scanned = 0
    after: str | None = None
    while scanned < _MOST_SCANNED and (page := store.search(query, _PAGE, after)):
        scanned, after = scanned + len(page), page[-1].frame.frame_id
        still = [verdict for verdict in page if verdict.frame.frame_id not in known]
        oldest.extend(still)
        left += len(still)
        if len(page) < _PAGE:
            break
    return tuple(reversed(oldest)), left - len(oldest)


class Queues:
    """How full the queues are, asked over a connection of its own; for one thread."""

    def __init__(self, make_broker: Callable[[], Broker]) -> None:
        self._make_broker = make_broker
        self._broker: Broker | None = None

    def depths(self) -> Mapping[str, Depth] | None:
        """None while the broker is away: the live feed says so."""
        try:
            if self._broker is None:
                self._broker = self._make_broker()
            return self._broker.depths()
        except BrokerUnavailable as error:
            log.info("console.queues-unread", extra={"error": str(error)})
            self.close()
            return None

    def close(self) -> None:
        """Disconnect; the next question connects again."""
        if self._broker is not None:
            self._broker.close()
            self._broker = None
