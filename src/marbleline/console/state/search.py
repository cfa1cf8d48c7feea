"""The search: its filters, and what each tab keeps of a result, which is little."""

import re
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final

from marbleline.console.state.images import small_uri
from marbleline.domain.decision import Decision
from marbleline.domain.verdict import Verdict
from marbleline.ports.verdicts import VerdictQuery, Verdicts

PAGE: Final = 24
MAX_RESULTS: Final = 240

_FRAME_ID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class SearchHit:
    """One slab in the list; about 5 KB with its small picture."""

    frame_id: str
    camera: str
    slab_id: str | None
    sequence: int
    captured_at: int
    decision: Decision
    defect: str | None
    faulty_probability: float
    picture: str | None


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What the filters say. ``text`` is a slab's name or a frame's id; scores from 0 to 1."""

    line: str
    text: str = ""
    camera: str | None = None
    decision: Decision | None = None
    defect: str | None = None
    model_version: int | None = None
    since: int | None = None
    until: int | None = None
    score: tuple[float, float] = (0.0, 1.0)

    def to_verdict_query(self) -> VerdictQuery:
        """The query in the form of the store's port."""
        low, high = self.score
        return VerdictQuery(
            line=self.line,
            camera=self.camera,
            slab_id=self.text or None,
            decision=self.decision,
            defect=self.defect,
            model_version=self.model_version,
            since=self.since,
            until=self.until,
            min_faulty_probability=low if low > 0 else None,
            max_faulty_probability=high if high < 1 else None,
        )


def run_search(store: Verdicts, query: SearchQuery, limit: int) -> list[SearchHit]:
    """Up to ``limit`` slabs, newest first. Raises StoreUnavailable."""
    if _FRAME_ID.fullmatch(query.text):
        verdict = store.verdict(query.text)
        return [to_hit(verdict)] if verdict is not None else []
    found: list[SearchHit] = []
    while len(found) < limit:
        wanted = min(PAGE, limit - len(found))
        page = store.search(query.to_verdict_query(), wanted, found[-1].frame_id if found else None)
        found += map(to_hit, page)
        if len(page) < wanted:
            break
    return found


def to_hit(verdict: Verdict) -> SearchHit:
    """What the list needs of a verdict."""
    frame = verdict.frame
    return SearchHit(
        frame.frame_id,
        frame.camera,
        frame.slab_id,
        frame.sequence,
        frame.captured_at,
        verdict.decision,
        verdict.defect,
        verdict.faulty_probability,
        small_uri(verdict),
    )


def to_micros(wall: datetime | None, zone: tzinfo | None) -> int | None:
    """A time on the plant's clock as microseconds UTC."""
    if wall is None:
        return None
    there = wall.replace(tzinfo=zone) if zone is not None else wall.astimezone()
    return round(there.timestamp() * 1e6)
