"""The part of the store that keeps the plant's guide to defects, with every version of it."""

from collections.abc import Sequence
from typing import Protocol

from marbleline.domain.defect_guide import GuideEntry
from marbleline.ports.rejection import Rejection


class DefectGuide(Protocol):
    """A guide for each product, whatever the line. Writes are idempotent by ``entry_id``; an entry is never
    changed.

    A question sees all that was put before it was asked: a change is on the screen at once.
    """

    def put_guide_entries(self, entries: Sequence[GuideEntry]) -> list[Rejection]:
        """Write entries; durable when it returns. Raises StoreUnavailable."""
        ...

    def guide_entries(self, product: str, topic: str, limit: int) -> list[GuideEntry]:
        """The entries on a topic, newest first (by ``entry_id``). Raises StoreUnavailable."""
        ...

    def current_guide(self, product: str) -> list[GuideEntry]:
        """The newest entry on each topic that has one, by topic. Raises StoreUnavailable."""
        ...
