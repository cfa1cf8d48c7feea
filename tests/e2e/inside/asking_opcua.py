"""In a pod with asyncua: ask the OPC UA server for results, ``asking_opcua.py URL USER PASSWORD``.

Makes a certificate of its own and takes the server's from the endpoint. Prints the newest result, listed and
then read by its id: ``{"id": ..., "content": [...], "listed": COUNT, "code": 0}``, or ``{"refused": STATUS}``
where the login is refused.
"""

import asyncio
import json
import sys
from dataclasses import dataclass
from pathlib import Path

from asyncua import Client, Node, ua

from marbleline.adapters.opcua.certificate import own_certificate

RESULTS = "ns=3;s=Marbleline.ResultManagement"
LIMIT_S = 60
SAME_FIELDS = {
    "RecipeIdExternalDataType": 3002,
    "ConfigurationIdDataType": 3008,
    "RecipeIdInternalDataType": 3013,
}
INT32 = ua.VariantType.Int32
url, user, password = sys.argv[1:]


async def load_types(client: Client) -> None:
    """The structures of the node set. asyncua leaves those out that only have their base's fields."""
    await client.load_data_type_definitions()
    space = await client.get_namespace_index("http://opcfoundation.org/UA/MachineVision")
    for name, number in SAME_FIELDS.items():
        data_type = ua.NodeId(number, space)
        made = dataclass(type(name, (ua.BinaryIdBaseDataType,), {"data_type": data_type}))
        setattr(ua, name, made)
        for encoding in await client.get_node(data_type).get_referenced_nodes(ua.ObjectIds.HasEncoding):
            if (await encoding.read_browse_name()).Name == "Default Binary":
                ua.register_extension_object(name, encoding.nodeid, made, data_type)
    # Now those that hold them.
    await client.load_data_type_definitions()


def any_result() -> list[object]:
    """The arguments of GetResultListFiltered: each filter empty, the newest hundred."""
    empty = (
        ua.MeasIdDataType, ua.PartIdDataType, ua.RecipeIdExternalDataType, ua.RecipeIdInternalDataType,
        ua.ConfigurationIdDataType, ua.ConfigurationIdDataType, ua.ProductIdDataType, ua.JobIdDataType,
    )  # fmt: skip
    numbers = [ua.Variant(0, kind) for kind in (ua.VariantType.UInt32, ua.VariantType.UInt32, INT32)]
    return [ua.Variant(0, INT32), *(kind(Id="") for kind in empty), *numbers]


async def read(results: Node) -> dict[str, object]:
    """The newest result, listed and then read by its id."""
    _, count, _, listed, code = await results.call_method("2:GetResultListFiltered", *any_result())
    if code or not count:
        return {"code": code, "listed": count}
    _, result, code = await results.call_method("2:GetResultById", listed[0].ResultId, ua.Variant(0, INT32))
    content = [str(getattr(one, "Value", one)) for one in result.ResultContent]
    return {"code": code, "listed": count, "id": result.ResultId.Id, "content": content}


async def main() -> dict[str, object]:
    """Connect with certificate and user, list, read one."""
    own = own_certificate(Path("/tmp/client"), "client", "mes")
    client = Client(url, timeout=LIMIT_S)
    client.application_uri = "urn:mes:marbleline:client"
    client.set_user(user)
    client.set_password(password)
    await client.set_security_string(f"Basic256Sha256,SignAndEncrypt,{own.certificate},{own.key}")
    try:
        await client.connect()
    except ua.UaStatusCodeError as error:
        return {"refused": type(error).__name__}
    try:
        await load_types(client)
        return await read(client.get_node(RESULTS))
    finally:
        await client.disconnect()


print(json.dumps(asyncio.run(main())))
