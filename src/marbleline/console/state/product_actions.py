"""What people do with products and versions. Each action checks the role first, whatever a page showed."""

from dataclasses import dataclass
from typing import Final

from marbleline.console.auth.roles import Person, Role, require
from marbleline.console.state.actions import Actions
from marbleline.console.state.product_place import Limit, ProductPlace
from marbleline.domain.product import Product, RiskTargets
from marbleline.domain.product_switch import ProductSwitch
from marbleline.domain.verdict import Verdict
from marbleline.errors import SettingError
from marbleline.operations.products import create_product, switch_product
from marbleline.training.commission.ask import Why
from marbleline.training.guided.activate import activate
from marbleline.training.guided.targets import set_targets
from marbleline.training.monitor.promotion import Move, promote, rollback

SWITCHES: Final = Role.OPERATOR
"""Who switches the line to another product, and answers questions."""

SETS_UP: Final = Role.ENGINEER
"""Who makes products, has versions learnt, sets targets, promotes and rolls back."""


@dataclass(frozen=True, slots=True)
class ProductActions:
    """``actions`` has the connections and the clock that all pages share."""

    place: ProductPlace
    actions: Actions

    def switch(self, person: Person, product: str) -> ProductSwitch:
        """Switch the line to a product, as `marbleline product use` does.

        Raises AccessDenied, UnknownProduct, SettingError, BrokerUnavailable.
        """
        require(person, SWITCHES)
        _, made = self.actions.broker.query(
            lambda broker: switch_product(
                broker, self.place.repository, self.place.line, product, person.name, self.actions.clock
            )
        )
        self.actions.broker.clear_cache()
        self.actions.store.clear_cache()
        return made

    def answer(self, person: Person, frame_id: str, truth: str, why: str) -> Verdict | None:
        """Save the answer to a question as a label. Returns the verdict on the slab, None if unknown.

        Raises AccessDenied, SettingError (no such reason to ask), WireError, LabelRejected, StoreUnavailable.
        """
        require(person, SWITCHES)
        if why not in tuple(Why):
            raise SettingError(f"asked is {why!r}: allowed is one of {', '.join(Why)}")
        return self.actions.overrule(person, frame_id, truth, asked=why)

    def create(self, person: Person, product: str, start_from: str, title: str = "") -> None:
        """Make a product that starts with the stable version of another.

        Raises AccessDenied, UnknownProduct, SettingError, ModelError.
        """
        require(person, SETS_UP)
        repository = self.place.repository
        made = Product(name=product, title=title)
        create_product(repository.path, made, repository.folder(start_from), person.name, self.actions.clock)

    def learn(self, person: Person, product: str) -> None:
        """Start a job that learns a candidate from the product's labels.

        Raises AccessDenied, UnknownProduct, SettingError saying what this console lacks for it.
        """
        require(person, SETS_UP)
        self.place.repository.folder(product)
        limit, start = self.place.limit(), self.place.start_learning
        if limit is not None or start is None:
            reason = (limit or Limit.NO_LITERT).value.replace("_", " ")
            raise SettingError(
                f"this console can't learn ({reason}); run `marbleline product learn {product}` where the"
                " models and LiteRT are"
            )
        start(product, person.name)

    def activate(self, person: Person, product: str, version: int) -> Move:
        """Let a learnt version judge. Raises AccessDenied, UnknownProduct, ModelError, DataFolderBusy."""
        require(person, SETS_UP)
        folder = self.place.repository.folder(product)
        return activate(folder, version, person.name, self.actions.clock(), check=self.place.check)

    def set_targets(self, person: Person, product: str, escapes: float, overkill: float) -> Product:
        """Set a product's risk targets, and the thresholds that follow; the confidence stays.

        Raises AccessDenied, UnknownProduct, SettingError, ModelError.
        """
        require(person, SETS_UP)
        repository = self.place.repository
        folder = repository.folder(product)
        confidence = repository.read(product).risk.confidence
        risk = RiskTargets(escapes=escapes, overkill=overkill, confidence=confidence)
        return set_targets(folder, risk, person.name, self.actions.clock())

    def promote(self, person: Person, product: str, version: int) -> Move:
        """As `marbleline promote`: by the gate's report. Raises as ``activate``."""
        require(person, SETS_UP)
        folder = self.place.repository.folder(product)
        return promote(folder, version, person.name, self.actions.clock(), check=self.place.check)

    def rollback(self, person: Person, product: str) -> Move:
        """As `marbleline rollback`. Raises as ``activate``."""
        require(person, SETS_UP)
        folder = self.place.repository.folder(product)
        return rollback(folder, person.name, self.actions.clock(), check=self.place.check)
