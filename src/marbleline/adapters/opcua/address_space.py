"""The address space: the node set of OPC 40100-1, and one vision system of its types.

Node ids are texts made of the browse names, such as ``Marbleline.ResultManagement.GetResultById``, so a
client may keep them across restarts.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree

from asyncua import Node, Server, ua
from asyncua.common.instantiate_util import instantiate

from marbleline.errors import SettingError

MACHINE_VISION: Final = "http://opcfoundation.org/UA/MachineVision"
OWN_NAMESPACE: Final = "urn:marbleline:vision-system"
ROOT: Final = "Marbleline"

# Types of the node set by their number.
_VISION_SYSTEM: Final = 1003
_RECIPE_MANAGEMENT: Final = 1004
_RESULT_MANAGEMENT: Final = 1007
_RECIPE_FOLDER: Final = 1008
_RECIPE: Final = 1002
_AUTOMATIC_MODE: Final = 1021
_SAME_FIELDS: Final = {
    "RecipeIdExternalDataType": 3002,
    "ConfigurationIdDataType": 3008,
    "RecipeIdInternalDataType": 3013,
}


@dataclass(frozen=True, slots=True)
class AddressSpace:
    """The nodes that change or are called. ``mv`` and ``own`` are the indices of the two namespaces."""

    server: Any
    mv: int
    own: int
    system: Any
    state_machine: Any
    automatic: Any
    recipe_management: Any
    recipes: Any
    result_management: Any

    async def method(self, parent: Any, name: str) -> Any:
        """A method of an object by its name."""
        return await parent.get_child(f"{self.mv}:{name}")

    async def type_child(self, type_number: int, name: str) -> Any:
        """A state or transition object of a state machine's type."""
        return await self.server.get_node(ua.NodeId(type_number, self.mv)).get_child(f"{self.mv}:{name}")

    async def add_recipe(self, name: str) -> Any:
        """An object of RecipeType for a product, with its mandatory parts."""
        return await _add(
            self, self.recipes, _RECIPE, f"{ROOT}.Recipes.{name}", ua.QualifiedName(name, self.own)
        )


async def build(server: Server, line: str, node_set: Path) -> AddressSpace:
    """Read the node set and make the vision system below Objects, named after the line.

    Raises SettingError if the file has no such node set.
    """
    try:
        await server.import_xml(node_set)
        mv = await server.get_namespace_index(MACHINE_VISION)
    except (OSError, ElementTree.ParseError, ValueError, ua.UaError) as error:
        raise SettingError(
            f"opcua_node_set: {node_set} is not the node set of OPC 40100-1, {MACHINE_VISION}: {error}"
        ) from error
    await _register_structures(server, mv)
    own = await server.register_namespace(OWN_NAMESPACE)
    found = AddressSpace(server, mv, own, *[None] * 6)
    system = await _add(found, server.nodes.objects, _VISION_SYSTEM, ROOT, ua.QualifiedName(line, own))
    state_machine = await system.get_child(f"{mv}:VisionStateMachine")

    async def part(parent: Node, of: int, name: str) -> Node:
        node_id = f"{parent.nodeid.Identifier}.{name}"
        return await _add(found, parent, of, node_id, ua.QualifiedName(name, mv))

    recipe_management = await part(system, _RECIPE_MANAGEMENT, "RecipeManagement")
    return AddressSpace(
        server=server,
        mv=mv,
        own=own,
        system=system,
        state_machine=state_machine,
        automatic=await part(state_machine, _AUTOMATIC_MODE, "AutomaticModeStateMachine"),
        recipe_management=recipe_management,
        recipes=await part(recipe_management, _RECIPE_FOLDER, "Recipes"),
        result_management=await part(system, _RESULT_MANAGEMENT, "ResultManagement"),
    )


async def _register_structures(server: Server, mv: int) -> None:
    """Give each structure that only has its base's fields a class of its own.

    asyncua makes one class of all of them, so that it could neither read what a client sends nor write what
    the node set declares.
    """
    for name, number in _SAME_FIELDS.items():
        if getattr(ua, name).__name__ == name:
            continue  # another server of this process did
        data_type = ua.NodeId(number, mv)
        made: Any = dataclass(type(name, (ua.BinaryIdBaseDataType,), {"data_type": data_type}))
        encodings = await server.get_node(data_type).get_referenced_nodes(ua.ObjectIds.HasEncoding)
        for encoding in encodings:
            if (await encoding.read_browse_name()).Name == "Default Binary":
                setattr(ua, name, made)
                ua.register_extension_object(name, encoding.nodeid, made, data_type)


async def _add(space: AddressSpace, parent: Node, of: int, node_id: str, name: ua.QualifiedName) -> Node:
    nodes = await instantiate(
        parent,
        space.server.get_node(ua.NodeId(of, space.mv)),
        nodeid=ua.NodeId(node_id, space.own),
        bname=name,
        dname=ua.LocalizedText(name.Name),
        instantiate_optional=False,
    )
    return nodes[0]
