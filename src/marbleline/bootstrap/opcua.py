"""The OPC UA worker: the server with its certificate and users, and the feed of slab verdicts."""

import socket
import threading
from collections.abc import Callable
from contextlib import ExitStack, closing
from functools import partial
from typing import TYPE_CHECKING

from marbleline.bootstrap.adapters import open_broker, open_store
from marbleline.bootstrap.inspected_line import ConfiguredLine
from marbleline.bootstrap.process import run_loops
from marbleline.domain.clock import now
from marbleline.errors import SettingError
from marbleline.pipeline.slab_feed import SlabFeed
from marbleline.settings.configuration import Configuration
from marbleline.settings.line import LineSettings
from marbleline.settings.opcua import OpcuaSettings

if TYPE_CHECKING:
    from marbleline.adapters.opcua.server import ServerOptions


def options_of(configuration: Configuration) -> "ServerOptions":
    """What the settings say of the server; makes its certificate if there is none.

    Raises SettingError if the extra is missing, the line has no slabs, or nobody could connect.
    """
    line, settings = configuration.read(LineSettings), configuration.read(OpcuaSettings)
    try:
        from marbleline.adapters.opcua.certificate import given_certificate, own_certificate
        from marbleline.adapters.opcua.server import ServerOptions
        from marbleline.adapters.opcua.trusted_clients import TrustedClients
        from marbleline.adapters.opcua.users import read_users
    except ImportError as error:
        raise SettingError("marbleline opcua needs asyncua: pip install 'marbleline[opcua]'") from error
    if not line.slabs:
        raise SettingError("slabs is false: results are slab verdicts; set it to true for the whole line")
    if settings.opcua_users_file is None and not settings.opcua_anonymous:
        raise SettingError(
            "opcua_users_file is empty, so nobody could connect: name a file with USER:PASSWORD lines"
        )
    if settings.opcua_node_set is None:
        raise SettingError(
            "opcua_node_set is empty: name the OPC Foundation's file Opc.Ua.MachineVision.NodeSet2.xml; "
            "docs/opcua.md says where to get it"
        )
    name = settings.opcua_name or socket.gethostname()
    users = read_users(settings.opcua_users_file) if settings.opcua_users_file else {}
    readers = frozenset(settings.opcua_readers.split())
    if unknown := sorted(readers - set(users)):
        raise SettingError(f"opcua_readers: {', '.join(unknown)}: no such user in opcua_users_file")
    certificate = given_certificate(settings.opcua_cert_file, settings.opcua_key_file)
    return ServerOptions(
        host=settings.opcua_host,
        port=settings.opcua_port,
        name=name,
        line=line.line,
        certificate=certificate or own_certificate(line.data / "opcua", line.line, name),
        node_set=settings.opcua_node_set,
        users=users,
        anonymous=settings.opcua_anonymous,
        readers=readers,
        clients=TrustedClients(settings.opcua_clients_folder) if settings.opcua_clients_folder else None,
    )


def run(
    configuration: Configuration,
    options: "ServerOptions",
    stop: threading.Event,
    on_listening: Callable[[int], None],
) -> None:
    """Serve the line until told to stop."""
    from marbleline.adapters.opcua.server import Inbox, serve

    inbox = Inbox()
    feed = SlabFeed(options.line, inbox.deliver, inbox.report, now)
    with ExitStack() as opened:
        line = opened.enter_context(closing(ConfiguredLine(configuration)))
        broker = opened.enter_context(closing(open_broker(configuration, "opcua")))
        store = opened.enter_context(closing(open_store(configuration)))
        loops = {
            "opcua": partial(serve, options, line, inbox, now, on_listening, stop),
            "slabs": partial(feed.run, broker, store, stop),
        }
        run_loops(configuration, loops, stop)
