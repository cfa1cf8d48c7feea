"""The events of OPC 40100-1: each is sent to who subscribed to the vision system or to the Server object."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final, Self

from asyncua import ua

from marbleline.adapters.opcua.address_space import AddressSpace


class EventType(IntEnum):
    """Event types by their number in the node set."""

    JOB_STARTED = 1013
    STATE_CHANGED = 1018
    RECIPE_PREPARED = 1022
    READY = 1023
    RESULT_READY = 1024


@dataclass(frozen=True, slots=True)
class Events:
    """``generators``: what asyncua needs to send an event of a type."""

    system: Any
    generators: dict[EventType, Any]

    @classmethod
    async def make(cls, space: AddressSpace) -> Self:
        """Look up the event types."""
        return cls(
            space.system,
            {
                of: await space.server.get_event_generator(ua.NodeId(of.value, space.mv), space.system)
                for of in EventType
            },
        )

    async def send(self, of: EventType, message: str, **fields: Any) -> None:
        """Send an event with these fields; those of its type that are not given are null."""
        generator = self.generators[of]
        event = generator.event
        event.Severity = 100
        for name in event.data_types:
            if name in _OWN:
                continue
            setattr(event, name, fields.get(name))
            event.data_types[name] = _TYPES.get(name, ua.VariantType.ExtensionObject)
        for emitting in (self.system.nodeid, ua.NodeId(ua.ObjectIds.Server)):
            event.emitting_node = emitting
            await generator.trigger(message=message)


# asyncua does not find the types of all fields; those that are not here are structures.
_TYPES: Final = {
    "CreationTime": ua.VariantType.DateTime,
    "FromState": ua.VariantType.LocalizedText,
    "IsPartial": ua.VariantType.Boolean,
    "IsSimulated": ua.VariantType.Boolean,
    "ResultContent": ua.VariantType.Variant,
    "ResultState": ua.VariantType.Int32,
    "ToState": ua.VariantType.LocalizedText,
    "Transition": ua.VariantType.LocalizedText,
}
# Fields of every event, which asyncua fills in.
_OWN: Final = frozenset(
    {
        "EventId",
        "EventType",
        "SourceNode",
        "SourceName",
        "Time",
        "ReceiveTime",
        "LocalTime",
        "Message",
        "Severity",
    }
)
