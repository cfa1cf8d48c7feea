"""Where the broker is: its address, and the parameters of a connection to one of its nodes."""

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

import pika

from marbleline import __version__
from marbleline.errors import SettingError

PORTS: Final = {"amqp": 5672, "amqps": 5671}


@dataclass(frozen=True, slots=True)
class RabbitMQAddress:
    """One cluster: its nodes as (host, port), in the order in which they are tried."""

    nodes: tuple[tuple[str, int], ...]
    user: str
    password: str = field(repr=False)
    vhost: str
    tls: bool


def parse(url: str) -> RabbitMQAddress:
    """Read ``amqp(s)://user:password@host[:port][,host[:port]...]/vhost``.

    User, password and vhost may be percent-encoded; without them it is guest, guest and ``/``.
    Raises SettingError, which never shows the password.
    """
    scheme, mark, rest = url.partition("://")
    if not mark or scheme not in PORTS:
        raise SettingError("broker: an address begins with amqp:// or amqps://")
    place, _, path = rest.partition("/")
    login, _, hosts = place.rpartition("@")
    user, _, password = login.partition(":")
    nodes = tuple(_node(host, PORTS[scheme]) for host in hosts.split(","))
    return RabbitMQAddress(
        nodes=nodes,
        user=unquote(user) if login else "guest",
        password=unquote(password) if login else "guest",
        vhost=unquote(path) or "/",
        tls=scheme == "amqps",
    )


def _node(text: str, default_port: int) -> tuple[str, int]:
    # An IPv6 address stands in brackets, so that its colons are not taken for the port's.
    host, port = text, ""
    if text.startswith("["):
        host, _, port = text[1:].partition("]")
        port = port.removeprefix(":")
    elif ":" in text:
        host, _, port = text.rpartition(":")
    if not host or (port and not port.isdigit()) or not 0 < int(port or default_port) < 65536:
        raise SettingError(f"broker: {text!r} is no host[:port]")
    return host, int(port or default_port)


def parameters(
    address: RabbitMQAddress, node: tuple[str, int], *, name: str, heartbeat_s: int, ca_file: Path | None
) -> Any:
    """pika's parameters for one attempt on one node.

    ``name`` is what the broker's operators see. Raises SettingError if the CA file can't be used.
    """
    host, port = node
    return pika.ConnectionParameters(
        host=host,
        port=port,
        virtual_host=address.vhost,
        credentials=pika.PlainCredentials(address.user, address.password),
        ssl_options=_tls(host, ca_file) if address.tls else None,
        heartbeat=heartbeat_s,
        connection_attempts=1,
        retry_delay=0,
        socket_timeout=5,
        stack_timeout=10,
        client_properties={"connection_name": name, "product": "marbleline", "version": __version__},
    )


def _tls(host: str, ca_file: Path | None) -> Any:
    try:
        context = ssl.create_default_context(cafile=None if ca_file is None else str(ca_file))
    except OSError as error:
        raise SettingError(f"broker's CA file {ca_file}: can't be used: {error}") from error
    return pika.SSLOptions(context, host)
