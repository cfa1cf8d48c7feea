"""What another system may ask of a line through a server of ours, and do to it: results and the product."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from marbleline.domain.slab import SlabVerdict
from marbleline.ports.slab_verdicts import Place, SlabQuery


@dataclass(frozen=True, slots=True)
class ProductEntry:
    """A product that the line can be switched to; ``version`` is the model version that judges."""

    name: str
    title: str
    version: int


class InspectedLine(Protocol):
    """Used by one thread at a time."""

    def slab_verdict(self, slab_verdict_id: str) -> SlabVerdict | None:
        """A slab's verdict on record, or None. Raises StoreUnavailable."""
        ...

    def slab_verdicts(self, query: SlabQuery, limit: int, after: Place | None = None) -> list[SlabVerdict]:
        """Slab verdicts on record, newest trigger first. Raises StoreUnavailable."""
        ...

    def product_of(self, slab: SlabVerdict) -> str:
        """The product that the slab's frames were judged as, empty if it has none on record.

        Raises StoreUnavailable.
        """
        ...

    def products(self) -> Sequence[ProductEntry]:
        """What the line can be switched to, by name; empty where the models are not at hand."""
        ...

    def current_product(self) -> str:
        """The product of the line now. Raises BrokerUnavailable."""
        ...

    def switch_product(self, product: str, by: str) -> None:
        """Switch the line, from each camera's next frame on.

        Raises UnknownProduct, SettingError, BrokerUnavailable.
        """
        ...
