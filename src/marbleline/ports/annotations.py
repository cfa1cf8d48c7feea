"""The part of the store that keeps labels, shadow verdicts, alarms and what happened to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from marbleline.domain.alarm import Alarm
from marbleline.domain.alarm_event import AlarmEvent
from marbleline.domain.label import Label
from marbleline.domain.shadow_verdict import ShadowVerdict, ShadowVerdictKind
from marbleline.ports.rejection import Rejection


@dataclass(frozen=True, slots=True)
class LabelQuery:
    """All given conditions hold; None asks nothing. Times of labelling in microseconds UTC, ends included."""

    line: str | None = None
    camera: str | None = None
    product: str | None = None
    frame_id: str | None = None
    by: str | None = None
    truth: str | None = None
    since: int | None = None
    until: int | None = None


@dataclass(frozen=True, slots=True)
class ShadowVerdictQuery:
    """All given conditions hold; None asks nothing. Times of capture in microseconds UTC, ends included."""

    frame_id: str | None = None
    kind: ShadowVerdictKind | None = None
    model_version: int | None = None
    since: int | None = None
    until: int | None = None
    product: str | None = None


class Labels(Protocol):
    """Writes are idempotent by ``label_id``; a label is never changed, only added to.

    A question sees all that was put before it was asked: a label is on the screen at once.
    """

    def put_labels(self, labels: Sequence[Label]) -> list[Rejection]:
        """Write labels; durable when it returns. Raises StoreUnavailable."""
        ...

    def labels(self, query: LabelQuery, limit: int, after: str | None = None) -> list[Label]:
        """Labels, newest first (by ``label_id``), after the given ``label_id``. Raises StoreUnavailable."""
        ...


class ShadowVerdicts(Protocol):
    """Writes are idempotent by ``shadow_verdict_id``; a shadow verdict is never changed.

    A question sees all that was put before it was asked.
    """

    def put_shadow_verdicts(self, shadow_verdicts: Sequence[ShadowVerdict]) -> list[Rejection]:
        """Write shadow verdicts; durable when it returns. Raises StoreUnavailable."""
        ...

    def shadow_verdicts(
        self, query: ShadowVerdictQuery, limit: int, after: str | None = None
    ) -> list[ShadowVerdict]:
        """Shadow verdicts, newest frame first (by ``shadow_verdict_id``), after the given one.

        Raises StoreUnavailable.
        """
        ...


class Alarms(Protocol):
    """The state of each alarm. A question sees all that was put before it was asked."""

    def put_alarms(self, alarms: Sequence[Alarm]) -> None:
        """Keep the newest state of each alarm, by ``at``. Raises StoreUnavailable."""
        ...

    def alarms(self) -> list[Alarm]:
        """The newest state of each alarm, raised or not, by line, kind, subject. Raises StoreUnavailable."""
        ...


class AlarmHistory(Protocol):
    """Writes are idempotent by ``event_id``; an event is never changed.

    A question sees all that was put before it was asked: an acknowledgement is on the screen at once.
    """

    def put_alarm_events(self, events: Sequence[AlarmEvent]) -> list[Rejection]:
        """Write events; durable when it returns. Raises StoreUnavailable."""
        ...

    def alarm_events(
        self,
        line: str,
        limit: int,
        after: str | None = None,
        alarm: tuple[str, str] | None = None,
    ) -> list[AlarmEvent]:
        """A line's events, newest first (by ``event_id``), after the given ``event_id``.

        ``alarm``: of the alarm of this kind and subject only. Raises StoreUnavailable.
        """
        ...


class Annotations(Labels, ShadowVerdicts, Alarms, AlarmHistory, Protocol):
    """What is said of frames and of the line beside the verdicts. Used by one thread at a time."""
