"""Queries of several pages to the store, bounded; and the queue depths of the broker."""

import logging
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from marbleline.console.state.side_data import MAX_LABELS
from marbleline.domain.label import Label
from marbleline.domain.shadow_verdict import ShadowVerdictKind
from marbleline.errors import BrokerUnavailable
from marbleline.ports.annotations import LabelQuery, Labels, ShadowVerdictQuery, ShadowVerdicts
from marbleline.ports.connection import Connection
from marbleline.ports.inventory import Depth, QueueInventory
from marbleline.ports.verdicts import Verdicts

log = logging.getLogger("marbleline.console")

_PAGE: Final = 200
_MAX_COMPARED: Final = 100


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
