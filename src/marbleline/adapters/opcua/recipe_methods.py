"""RecipeManagement: the line's products as recipes, read-only; PrepareRecipe switches the line."""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from asyncua import ua

from marbleline.adapters.opcua.address_space import AddressSpace
from marbleline.adapters.opcua.methods import ErrorCode, link
from marbleline.adapters.opcua.result_data import id_of
from marbleline.adapters.opcua.result_methods import Ask
from marbleline.adapters.opcua.users import calling_user
from marbleline.adapters.opcua.vision_system import VisionSystem
from marbleline.domain.vision_state import VisionState
from marbleline.ports.inspected_line import InspectedLine, ProductEntry

log = logging.getLogger("marbleline.opcua")

_NO_HANDLE: Final = 0


class Recipes:
    """The products as recipe objects, and what is called on them."""

    def __init__(self, space: AddressSpace, line: InspectedLine, system: VisionSystem, ask: Ask) -> None:
        self._space = space
        self._line = line
        self._system = system
        self._ask = ask
        self._objects: dict[str, Any] = {}
        self._products: Sequence[ProductEntry] = ()

    async def refresh(self) -> None:
        """Show the products that there are, and which is prepared. Raises BrokerUnavailable."""
        current = await self._ask(self._line.current_product)
        self._products = await self._ask(self._line.products)
        names = {product.name for product in self._products}
        for product in self._products:
            if product.name not in self._objects:
                await self._add(product)
        for gone in set(self._objects) - names:
            await self._space.server.delete_nodes([self._objects.pop(gone)], recursive=True)
        await self._show_prepared(current)

    async def prepare(self, external: Any, internal: Any) -> tuple[Any, ...]:
        """PrepareRecipe: switch the line to the product."""
        wanted = {id_of(external), id_of(internal)} - {""}
        if len(wanted) != 1:
            return self.not_prepared(ErrorCode.UNKNOWN_ID)
        [product] = wanted
        if self._system.state not in (VisionState.INITIALIZED, VisionState.READY):
            return self.not_prepared(ErrorCode.WRONG_STATE)
        user = calling_user()
        await self._ask(self._line.switch_product, product, f"opcua {user}")
        log.info("opcua.product_switched", extra={"product": product, "user": user})
        await self._show_prepared(product)
        return ua.RecipeIdInternalDataType(Id=product), True, ErrorCode.OK

    async def unprepare(self, external: Any, internal: Any) -> tuple[Any, ...]:
        """UnprepareRecipe: a line always has a product."""
        return ua.RecipeIdInternalDataType(), ErrorCode.NOT_SUPPORTED

    async def filtered(self, *given: Any) -> tuple[Any, ...]:
        """GetRecipeListFiltered."""
        external, product, prepared, most, start, _ = given
        wanted = {id_of(external), id_of(product)} - {""}
        found = [
            one.name
            for one in self._products
            if wanted <= {one.name} and _fits(prepared, one.name == self._system.product)
        ]
        chosen = found[start or 0 :][: most or None]
        ids = [ua.RecipeIdInternalDataType(Id=name) for name in chosen]
        complete = (start or 0) + len(chosen) >= len(found)
        return complete, len(ids), _NO_HANDLE, ids, ErrorCode.OK

    @staticmethod
    def not_prepared(code: ErrorCode) -> tuple[Any, ...]:
        """PrepareRecipe that changed nothing."""
        return ua.RecipeIdInternalDataType(), False, code

    async def _add(self, product: ProductEntry) -> None:
        recipe = await self._space.add_recipe(product.name)
        mv, name = self._space.mv, product.name
        await recipe.write_attribute(
            ua.AttributeIds.DisplayName, ua.DataValue(ua.LocalizedText(product.title or name))
        )
        await (await recipe.get_child(f"{mv}:InternalId")).write_value(ua.RecipeIdInternalDataType(Id=name))
        await (await recipe.get_child(f"{mv}:LastModified")).write_value(datetime.now(UTC))

        async def prepare() -> tuple[Any, ...]:
            _, done, code = await self.prepare(ua.RecipeIdExternalDataType(Id=name), None)
            return done, code

        async def unprepare() -> tuple[Any, ...]:
            return (ErrorCode.NOT_SUPPORTED,)

        server = self._space.server
        await link(
            server,
            await self._space.method(recipe, "Prepare"),
            prepare,
            lambda code: (False, code),
            changes=True,
        )
        await link(
            server,
            await self._space.method(recipe, "Unprepare"),
            unprepare,
            lambda code: (code,),
            changes=True,
        )
        self._objects[name] = recipe

    async def _show_prepared(self, product: str) -> None:
        for name, recipe in self._objects.items():
            node = await recipe.get_child(f"{self._space.mv}:IsPrepared")
            await node.write_value(name == product)
        await self._system.prepared(product)


async def link_recipe_methods(space: AddressSpace, recipes: Recipes) -> None:
    """Have the methods of RecipeManagement act on the line."""
    parent, server = space.recipe_management, space.server
    await link(
        server,
        await space.method(parent, "PrepareRecipe"),
        recipes.prepare,
        recipes.not_prepared,
        changes=True,
    )
    await link(
        server,
        await space.method(parent, "UnprepareRecipe"),
        recipes.unprepare,
        lambda code: (ua.RecipeIdInternalDataType(), code),
        changes=True,
    )
    await link(
        server,
        await space.method(parent, "GetRecipeListFiltered"),
        recipes.filtered,
        lambda code: (False, 0, _NO_HANDLE, [], code),
    )


def _fits(wanted: Any, prepared: bool) -> bool:
    """Whether a recipe fits a TriStateBooleanDataType: 0 false, 1 true, else it does not matter."""
    return wanted is None or int(wanted) not in (0, 1) or bool(wanted) is prepared
