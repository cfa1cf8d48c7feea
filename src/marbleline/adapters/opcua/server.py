"""The OPC UA server: security, the address space, and the loop that sends results to clients."""

import asyncio
import logging
import queue
import threading
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

from asyncua import Server, ua
from asyncua.crypto.security_policies import SecurityPolicyFactory, SecurityPolicyNone
from cryptography.hazmat.primitives.serialization import Encoding

from marbleline.adapters.opcua.address_space import build
from marbleline.adapters.opcua.certificate import (
    CertificateFiles,
    application_uri,
    key_of,
    read_certificate,
    uri_of,
)
from marbleline.adapters.opcua.control_methods import link_control_methods
from marbleline.adapters.opcua.events import Events
from marbleline.adapters.opcua.recipe_methods import Recipes, link_recipe_methods
from marbleline.adapters.opcua.result_methods import Results, link_result_methods
from marbleline.adapters.opcua.trusted_clients import TrustedClients
from marbleline.adapters.opcua.users import NothingAllowed, Users, user_rules
from marbleline.adapters.opcua.vision_system import VisionSystem
from marbleline.domain.clock import Clock
from marbleline.domain.slab import SlabVerdict
from marbleline.errors import Unavailable
from marbleline.ports.inspected_line import InspectedLine
from marbleline.telemetry.health import Heartbeat

log = logging.getLogger("marbleline.opcua")

_TICK_S: Final = 0.05
_REFRESH_TICKS: Final = 20
_MOST_CONNECTIONS: Final = 50
_LARGEST_REQUEST: Final = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """Where the server listens, as which line, with which certificate, and for whom.

    ``name``      of this machine in the server's address
    ``node_set``  the file with the types of OPC 40100-1
    ``readers``, ``clients``  see ``Users``
    """

    host: str
    port: int
    name: str
    line: str
    certificate: CertificateFiles
    node_set: Path
    users: Mapping[str, str] = field(repr=False)
    anonymous: bool = False
    readers: Collection[str] = ()
    clients: TrustedClients | None = None


class Inbox:
    """What other threads have for the server's loop: slab verdicts, and whether they can be received."""

    def __init__(self) -> None:
        self._items: queue.SimpleQueue[SlabVerdict | str] = queue.SimpleQueue()

    def deliver(self, slab: SlabVerdict) -> None:
        """Hand a decided slab to the loop."""
        self._items.put(slab)

    def report(self, trouble: str) -> None:
        """Slab verdicts can't be received now, and why; empty: they can."""
        self._items.put(trouble)

    def waiting(self) -> list[SlabVerdict | str]:
        """All that there is, oldest first."""
        found: list[SlabVerdict | str] = []
        while True:
            try:
                found.append(self._items.get_nowait())
            except queue.Empty:
                return found


def serve(
    options: ServerOptions,
    line: InspectedLine,
    inbox: Inbox,
    clock: Clock,
    on_listening: Callable[[int], None],
    stop: threading.Event,
    heartbeat: Heartbeat,
) -> None:
    """Serve until ``stop`` is set; ``on_listening`` gets the port. ``line`` is used on one thread.

    Raises SettingError for a certificate or node set that can't be used, OSError if the port is taken.
    """
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="opcua-line") as executor:
        asyncio.run(_serve(options, line, inbox, clock, on_listening, stop, heartbeat, executor))


async def _serve(
    options: ServerOptions,
    line: InspectedLine,
    inbox: Inbox,
    clock: Clock,
    on_listening: Callable[[int], None],
    stop: threading.Event,
    heartbeat: Heartbeat,
    executor: ThreadPoolExecutor,
) -> None:
    loop = asyncio.get_running_loop()

    async def ask(function: Callable[..., Any], *args: Any) -> Any:
        return await loop.run_in_executor(executor, partial(function, *args))

    server = await _secured(options)
    space = await build(server, options.line, options.node_set)
    events = await Events.make(space)
    system = VisionSystem(space, events, clock)
    results = Results(options.line, line, system, ask)
    recipes = Recipes(space, line, system, ask)
    await link_control_methods(space, system)
    await link_result_methods(space, results)
    await link_recipe_methods(space, recipes)
    await system.show()
    async with server:
        port = server.bserver.port if server.bserver is not None else options.port
        log.info("opcua.listening", extra={"host": options.host, "port": port, "users": len(options.users)})
        on_listening(port)
        tick = 0
        started = False
        while not stop.is_set():
            if tick % _REFRESH_TICKS == 0:
                await _refresh(recipes, heartbeat)
            if not started:
                await system.start()
                started = True
            for item in inbox.waiting():
                if isinstance(item, str):
                    await system.report(item)
                else:
                    results.keep(item)
                    await system.send_result(item, results.product_of)
            tick += 1
            await asyncio.sleep(_TICK_S)


async def _refresh(recipes: Recipes, heartbeat: Heartbeat) -> None:
    try:
        await recipes.refresh()
    except Unavailable as error:
        log.warning("opcua.refresh_failed", extra={"error": str(error)})
        heartbeat.degraded("broker", error)
    else:
        heartbeat.ok()


async def _secured(options: ServerOptions) -> Server:
    users = Users(
        options.users, anonymous=options.anonymous, readers=options.readers, clients=options.clients
    )
    server = Server(user_manager=users)
    await server.init()
    certificate = read_certificate(options.certificate.certificate)
    # By content: asyncua goes by the suffix alone, and Kubernetes' tls.crt and tls.key are PEM.
    await server.load_certificate(certificate.public_bytes(Encoding.DER), "der")
    await server.load_private_key(*key_of(options.certificate.key))
    await server.set_application_uri(
        uri_of(certificate, otherwise=application_uri(options.line, options.name))
    )
    server.product_uri = "urn:marbleline"
    server.manufacturer_name = "Marbleline"
    server.application_type = ua.ApplicationType.Server
    server.set_server_name(f"Marbleline {options.line}")
    server.set_endpoint(f"opc.tcp://{options.name}:{options.port}/marbleline")
    server.socket_address = (options.host, options.port)
    server.set_security_policy([ua.SecurityPolicyType.Basic256Sha256_SignAndEncrypt], user_rules())
    # asyncua opens a channel without encryption even if no endpoint has it, so that clients can ask for the
    # endpoints, and serves all requests on it unless it has rules of its own.
    server._policies.append(
        SecurityPolicyFactory(
            SecurityPolicyNone, ua.MessageSecurityMode.None_, permission_ruleset=NothingAllowed()
        )
    )
    tokens = [ua.UserNameIdentityToken]
    server.set_identity_tokens([*tokens, ua.AnonymousIdentityToken] if options.anonymous else tokens)
    server.iserver.allow_remote_admin = False
    server.iserver.max_connections = _MOST_CONNECTIONS
    server.limits.max_message_size = _LARGEST_REQUEST
    return server
