"""The part of the store that keeps what is said of frames after their verdict: labels, opinions, alarms."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from marbleline.domain.alarm import Alarm
from marbleline.domain.label import Label
from marbleline.domain.opinion import Opinion, OpinionKind


@dataclass(frozen=True, slots=True)
class Rejection:
    """A document that the store will never take, and why."""

    document_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class LabelQuery:
    """All given conditions hold; None asks nothing. Times of labelling in microseconds UTC, ends included."""

    line: str | None = None
    camera: str | None = None
    frame_id: str | None = None
    by: str | None = None
    truth: str | None = None
    since: int | None = None
    until: int | None = None


@dataclass(frozen=True, slots=True)
class OpinionQuery:
    """All given conditions hold; None asks nothing. Times of capture in microseconds UTC, ends included."""

    frame_id: str | None = None
    kind: OpinionKind | None = None
    model_version: int | None = None
    since: int | None = None
    until: int | None = None


class Remarks(Protocol):
    """Every write is idempotent by id; labels and opinions are never changed, only added to.

    A question sees all that was put before it was asked: a label is on the screen at once.
    """

    def put_labels(self, labels: Sequence[Label]) -> list[Rejection]:
        """Write labels; durable when it returns. Raises StoreUnavailable."""
        ...

    def labels(self, query: LabelQuery, limit: int, after: str | None = None) -> list[Label]:
        """Labels, newest first (by ``label_id``), after the given ``label_id``. Raises StoreUnavailable."""
        ...

    def put_opinions(self, opinions: Sequence[Opinion]) -> list[Rejection]:
        """Write opinions; durable when it returns. Raises StoreUnavailable."""
        ...

    def opinions(self, query: OpinionQuery, limit: int, after: str | None = None) -> list[Opinion]:
        """Opinions, newest frame first (by ``opinion_id``), after the given one. Raises StoreUnavailable."""
        ...

    def put_alarms(self, alarms: Sequence[Alarm]) -> None:
        """Keep the newest state of each alarm, by ``at``. Raises StoreUnavailable."""
        ...

    def alarms(self) -> list[Alarm]:
        """The newest state of each alarm, raised or not, by line, kind, subject. Raises StoreUnavailable."""
        ...
