"""What the console knows besides verdicts: labels, how many slabs wait, alarms, queue depths. All bounded."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from marbleline.console.state.alarm_log import AlarmLog
from marbleline.domain.alarm import Alarm
from marbleline.domain.decision import Decision
from marbleline.domain.label import Label, Truth, truths
from marbleline.ports.inventory import Depth
from marbleline.ports.review_queue import ReviewCounts

DAY: Final = 86_400_000_000
"""Microseconds: how far back labels are looked for."""

MAX_LABELS: Final = 5_000


class SideData:
    """Filled by the poller and by what people do; not for several threads at once."""

    def __init__(self) -> None:
        self._labels: dict[str, Label] = {}
        self._truths: Mapping[str, Truth] = {}
        self.reviews: ReviewCounts | None = None
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
        before, self._truths = self._truths, truths(self._labels.values())
        if self.reviews is not None:
            sent = {one.frame_id for one in fresh.values() if one.shown.decision is Decision.REVIEW}
            gone = sum((one in self._truths) - (one in before) for one in sent)
            self.reviews = replace(self.reviews, waiting=max(0, self.reviews.waiting - gone))

    def set_reviews(self, counts: ReviewCounts) -> None:
        """Replace the counts by the store's, which know all labels that were added before."""
        self.reviews = counts
