"""A line as other systems see it through a server of ours: store, broker and the models' folder."""

from collections.abc import Sequence

from marbleline.bootstrap.adapters import open_broker, open_store
from marbleline.bootstrap.products import repository_of
from marbleline.domain.slab import SlabVerdict
from marbleline.errors import ModelError
from marbleline.operations.products import summaries, switch_product
from marbleline.ports.broker import Broker
from marbleline.ports.inspected_line import ProductEntry
from marbleline.ports.slab_verdicts import Place, SlabQuery
from marbleline.ports.store import Store
from marbleline.settings.configuration import Configuration
from marbleline.settings.line import LineSettings


class ConfiguredLine:
    """The line of the settings; see ``InspectedLine``. ``close`` ends its connections."""

    def __init__(self, configuration: Configuration) -> None:
        self._line = configuration.read(LineSettings).line
        self._repository = repository_of(configuration)
        self._broker: Broker = open_broker(configuration, "opcua-line")
        self._store: Store = open_store(configuration)

    def slab_verdict(self, slab_verdict_id: str) -> SlabVerdict | None:
        """See ``InspectedLine``."""
        return self._store.slab_verdict(slab_verdict_id)

    def slab_verdicts(self, query: SlabQuery, limit: int, after: Place | None = None) -> list[SlabVerdict]:
        """See ``InspectedLine``."""
        return self._store.slab_verdicts(query, limit, after)

    def product_of(self, slab: SlabVerdict) -> str:
        """See ``InspectedLine``."""
        for tile in slab.tiles:
            verdict = self._store.verdict(tile.frame_id) if tile.frame_id else None
            if verdict is not None:
                return verdict.frame.product
        return ""

    def products(self) -> Sequence[ProductEntry]:
        """See ``InspectedLine``."""
        try:
            found = summaries(self._repository.path)
        except ModelError:
            return ()
        return [
            ProductEntry(name, one.product.title, one.stable)
            for name, one in found.items()
            if one.stable is not None
        ]

    def current_product(self) -> str:
        """See ``InspectedLine``."""
        switch = self._broker.product_switch(self._line)
        return self._repository.default if switch is None else switch.product

    def switch_product(self, product: str, by: str) -> None:
        """See ``InspectedLine``."""
        switch_product(self._broker, self._repository, self._line, product, by)

    def close(self) -> None:
        """End the connections."""
        self._broker.close()
        self._store.close()
