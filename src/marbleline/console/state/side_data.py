"""What the console knows besides verdicts: labels, slabs to review, alarms, queue depths. All bounded."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from marbleline.console.state.alarm_log import AlarmLog
from marbleline.domain.alarm import Alarm
from marbleline.domain.decision import Decision
from marbleline.domain.label import Label, Truth, truths
from marbleline.domain.verdict import Verdict
from marbleline.ports.inventory import Depth

DAY: Final = 86_400_000_000
"""Microseconds: how far back labels and slabs to review are looked for."""

MAX_LABELS: Final = 5_000
MAX_REVIEWS: Final = 100


class SideData:
    """Filled by the poller and by what people do; not for several threads at once."""

    def __init__(self) -> None:
        self._labels: dict[str, Label] = {}
        self._truths: Mapping[str, Truth] = {}
        self._reviews: tuple[Verdict, ...] = ()
        self._left_out = 0
        self.alarms: tuple[Alarm, ...] = ()
        self.alarm_log = AlarmLog()
        self.queues: Mapping[str, Depth] | None = None

    @property
    def truths(self) -> Mapping[str, Truth]:
        """Frame id -> what people say of it, as far as labels of the last day tell."""
        return self._truths

    def add_labels(self, labels: Iterable[Label]) -> None:
        """Add labels; known ones are ignored. Beyond the bound the oldest are dropped."""
        fresh = {label.label_id: label for label in labels if label.label_id not in self._labels}
        if not fresh:
            return
        self._labels.update(fresh)
        if len(self._labels) > MAX_LABELS:
            kept = sorted(self._labels)[-MAX_LABELS:]
            self._labels = {label_id: self._labels[label_id] for label_id in kept}
        self._truths = truths(self._labels.values())

    def set_reviews(self, oldest: Sequence[Verdict], left_out: int) -> None:
        """Replace the store's slabs to review: the oldest, and how many more there are."""
        self._reviews, self._left_out = tuple(oldest), left_out

    def reviews(self, recent: Iterable[Verdict]) -> tuple[tuple[Verdict, ...], int]:
        """The slabs that nobody has looked at yet, oldest first, and how many there are in all.

        ``recent``: the last verdicts, which may not be in the store yet.
        """
        found = {verdict.frame.frame_id: verdict for verdict in self._reviews}
        if not self._left_out:
            found.update((one.frame.frame_id, one) for one in recent if one.decision is Decision.REVIEW)
        left = sorted(set(found) - set(self._truths))
        return tuple(found[frame_id] for frame_id in left[:MAX_REVIEWS]), len(left) + self._left_out
