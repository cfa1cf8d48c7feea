"""Settings of the OPC UA server."""

from dataclasses import dataclass
from pathlib import Path

from marbleline.settings.kinds import FILE, FLAG, HOST, TEXT, whole
from marbleline.settings.setting import setting


@dataclass(frozen=True, slots=True)
class OpcuaSettings:
    """Where it listens, who may connect, and by which certificate it is known. See docs/opcua.md."""

    opcua_port: int = setting(whole(0, 65_535), 4840, "Port of the OPC UA server; 0: a free one.")
    opcua_host: str = setting(
        HOST, "127.0.0.1", "Address that the OPC UA server listens on; the default is this machine only."
    )
    opcua_name: str = setting(
        TEXT, "", "Name of this machine in the server's certificate and address; empty: the system's."
    )
    opcua_node_set: Path | None = setting(
        FILE,
        None,
        "The file Opc.Ua.MachineVision.NodeSet2.xml of the OPC Foundation; docs/opcua.md says where it is.",
    )
    opcua_users_file: Path | None = setting(
        FILE,
        None,
        "File of the users who may connect, one USER:PASSWORD a line; keep it readable to the worker only.",
    )
    opcua_anonymous: bool = setting(
        FLAG, False, "Whether clients may connect without a user name: for a test bench only."
    )
    opcua_readers: str = setting(
        TEXT,
        "",
        "Users of opcua_users_file who may read results, recipes and events, and call nothing that changes "
        "anything; with spaces between them.",
    )
    opcua_clients_folder: Path | None = setting(
        FILE,
        None,
        "Folder with the certificates (.der, .pem, .crt, .cer) of the clients that may connect; empty: any.",
    )
    opcua_cert_file: Path | None = setting(
        FILE,
        None,
        "PEM or DER file of the server's certificate; empty: one is made at the first start, in opcua/ in "
        "the data folder.",
    )
    opcua_key_file: Path | None = setting(FILE, None, "PEM file of the key of the server's certificate.")
