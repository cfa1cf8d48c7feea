"""What the store answers to a document that it can not keep."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rejection:
    """A document that the store will never take, and why."""

    document_id: str
    reason: str
