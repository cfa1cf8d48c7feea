"""How often a candidate in shadow says what the verdict that counts says."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Final

from marbleline.domain.opinion import OpinionKind
from marbleline.ports.remarks import OpinionQuery
from marbleline.ports.store import Store

MOST_COMPARED: Final = 100


@dataclass(frozen=True, slots=True)
class Agreement:
    """Of ``compared`` slabs, on ``agreed`` this version came to the same decision."""

    model: str
    version: int
    compared: int
    agreed: int


def agreements(store: Store, line: str) -> tuple[Agreement, ...]:
    """Over the newest opinions in shadow, by model version, newest first. Raises StoreUnavailable."""
    found: dict[tuple[str, int], list[bool]] = defaultdict(list)
    for opinion in store.opinions(OpinionQuery(kind=OpinionKind.SHADOW), MOST_COMPARED):
        said = opinion.verdict
        counts = store.verdict(said.frame.frame_id) if said.frame.line == line else None
        if counts is not None:
            found[said.model.name, said.model.version].append(counts.decision is said.decision)
    return tuple(
        Agreement(model, version, len(same), sum(same))
        for (model, version), same in sorted(found.items(), reverse=True)
    )
