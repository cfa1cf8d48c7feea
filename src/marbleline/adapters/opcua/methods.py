"""How our methods answer: their error codes, and the check of what a client gave."""

import logging
from collections.abc import Awaitable, Callable
from enum import IntEnum
from typing import Any

from asyncua import Server, ua

from marbleline.adapters.opcua.users import calling_user, reads_only
from marbleline.errors import MarblelineError, SettingError, Unavailable, UnknownProduct

log = logging.getLogger("marbleline.opcua")


class ErrorCode(IntEnum):
    """The ``Error`` of a method: 0 is OK, below it are a vendor's own."""

    OK = 0
    WRONG_STATE = -1
    UNKNOWN_ID = -2
    NOT_SUPPORTED = -3
    UNAVAILABLE = -4


Method = Callable[..., Awaitable[tuple[Any, ...]]]


async def link(
    server: Server,
    node: Any,
    method: Method,
    failed: Callable[[ErrorCode], tuple[Any, ...]],
    *,
    changes: bool = False,
) -> None:
    """Have ``method`` called with the values of a client's arguments.

    ``failed`` makes its outputs on an error. They are typed as the node set declares them. What ``changes``
    anything is refused to users who may only read (Bad_UserAccessDenied).
    """
    inputs = await _arguments(node, "InputArguments")
    outputs = await _arguments(node, "OutputArguments")

    async def call(parent: Any, *given: Any) -> Any:
        if changes and reads_only():
            log.warning("opcua.method_refused", extra={"user": calling_user()})
            return ua.StatusCode(ua.StatusCodes.BadUserAccessDenied)
        if len(given) != len(inputs):
            few = len(given) < len(inputs)
            return ua.StatusCode(
                ua.StatusCodes.BadArgumentsMissing if few else ua.StatusCodes.BadTooManyArguments
            )
        try:
            found = await method(*(one.Value for one in given))
        except MarblelineError as error:
            log.warning("opcua.method_failed", extra={"error": str(error)})
            found = failed(_code(error))
        return [
            ua.Variant(value, _variant_type(argument), is_array=argument.ValueRank == 1)
            for value, argument in zip(found, outputs, strict=True)
        ]

    server.link_method(node, call)


async def _arguments(node: Any, name: str) -> list[Any]:
    try:
        found: list[Any] = await (await node.get_child(f"0:{name}")).read_value()
    except ua.uaerrors.BadNoMatch:
        return []
    return found


def _variant_type(argument: Any) -> Any:
    data_type = argument.DataType
    if data_type.NamespaceIndex:
        return _SIMPLE.get(data_type.Identifier, ua.VariantType.ExtensionObject)
    return (
        ua.VariantType.DateTime if data_type.Identifier == _UTC_TIME else ua.VariantType(data_type.Identifier)
    )


# Types of the node set that are a built-in type under another name: Handle, ResultStateDataType.
_UTC_TIME = 294
_SIMPLE = {3018: ua.VariantType.UInt32, 3009: ua.VariantType.Int32}


def _code(error: MarblelineError) -> ErrorCode:
    if isinstance(error, Unavailable):
        return ErrorCode.UNAVAILABLE
    if isinstance(error, UnknownProduct | SettingError):
        return ErrorCode.UNKNOWN_ID
    return ErrorCode.UNAVAILABLE
