"""Retention: which pictures the store deletes, by age, verdict and quota. Never one that has a label."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from marbleline.domain.decision import Decision
from marbleline.ports.annotations import LabelQuery, Labels
from marbleline.ports.frames import Frames, KeptPicture
from marbleline.ports.paging import pages

_DAY: Final = 86_400 * 1_000_000
_PAGE: Final = 500
# What the quota takes first: most slabs are good, and a good one teaches least.
_ORDER: Final = (Decision.GOOD, Decision.REVIEW, Decision.FAULTY)


@dataclass(frozen=True, slots=True)
class Rules:
    """``days`` per decision, 0 for ever; ``quota_bytes`` of all pictures together, 0 without bound."""

    days: Mapping[Decision, int]
    quota_bytes: int = 0


@dataclass(slots=True)
class Swept:
    """``by_age`` and ``by_quota`` pictures deleted, ``freed`` bytes; ``labelled`` ones that were spared.

    ``over`` is how many bytes are left above the quota because all that remains is labelled or unjudged.
    """

    by_age: int = 0
    by_quota: int = 0
    freed: int = 0
    labelled: int = 0
    over: int = 0


class RetentionStore(Frames, Labels, Protocol):
    """The pictures, and the labels that keep them."""


def sweep(
    store: RetentionStore,
    rules: Rules,
    now: int,
    *,
    dry_run: bool = False,
    on_progress: Callable[[Swept], None] = lambda swept: None,
) -> Swept:
    """Let go of what is too old, then of the oldest beyond the quota: good ones first, faulty ones last.

    A picture without a verdict is never deleted. Raises StoreUnavailable; may then be run again.
    """
    swept = Swept()
    labelled = _labelled(store)
    gone: set[str] = set()

    def forget(pictures: list[KeptPicture]) -> None:
        if not dry_run:
            store.forget_pictures([one.frame_id for one in pictures])
        gone.update(one.frame_id for one in pictures)
        swept.freed += sum(one.size for one in pictures)
        on_progress(swept)

    ages = {decision: days * _DAY for decision, days in rules.days.items() if days}
    for page in _pages(store, now - min(ages.values(), default=now)) if ages else ():
        due = [one for one in page if one.decision in ages and one.captured_at <= now - ages[one.decision]]
        swept.labelled += sum(one.frame_id in labelled for one in due)
        due = [one for one in due if one.frame_id not in labelled]
        swept.by_age += len(due)
        forget(due)

    excess = store.picture_bytes() - rules.quota_bytes - (swept.freed if dry_run else 0)
    if rules.quota_bytes and excess > 0:
        for decision in _ORDER:
            for page in _pages(store, now):
                due = []
                for one in page:
                    if excess > 0 and one.decision is decision and one.frame_id not in labelled | gone:
                        due.append(one)
                        excess -= one.size
                swept.by_quota += len(due)
                forget(due)
                if excess <= 0:
                    break
        swept.over = max(0, excess)
    return swept


def _labelled(store: Labels) -> set[str]:
    """Every frame that a person has ever labelled, taken back or not: it has been looked at for a reason."""
    found: set[str] = set()
    for page in pages(lambda after: store.labels(LabelQuery(), _PAGE, after), lambda one: one.label_id):
        found.update(label.frame_id for label in page)
    return found


def _pages(store: Frames, until: int) -> Iterator[Sequence[KeptPicture]]:
    return pages(lambda after: store.pictures(until, _PAGE, after), lambda one: one.frame_id)
