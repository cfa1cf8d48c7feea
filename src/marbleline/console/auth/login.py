"""Who uses a browser: nobody in particular, whom a trusted proxy names, or whom OpenID Connect proved."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Final

from marbleline.console.auth.roles import Person, Role


class Login(StrEnum):
    """Where the user's name comes from: nowhere, a trusted proxy's header, or OpenID Connect."""

    NONE = "none"
    HEADER = "header"
    OIDC = "oidc"


LOCALHOST: Final = "127.0.0.1"
MAX_NAME_LENGTH: Final = 200
EVERYBODY: Final = "*"

FORWARDING_HEADERS: Final = frozenset(
    {"forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"}
)
"""Set by reverse proxies: with one of them, a connection from this machine may stand for anybody."""

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Access:
    """The login and the role of each person; who is in neither list is a viewer.

    ``anonymous``  the user where there is no login; ``forwarded`` instead if a proxy forwards the connection
    ``header``     the proxy's header with the person's name; it is trusted from ``proxies`` only
    ``operators``  names of people, ``*`` for all who logged in; likewise ``engineers``
    """

    login: Login
    anonymous: Person
    forwarded: Person
    header: str = "X-Forwarded-User"
    proxies: tuple[Network, ...] = ()
    operators: frozenset[str] = frozenset()
    engineers: frozenset[str] = frozenset()

    def person(
        self, peer: str | None, headers: Mapping[str, str], claims: Mapping[str, object]
    ) -> Person | None:
        """The user, None if nobody who is let in.

        ``peer``     remote address of the connection, None for this machine
        ``headers``  of the browser's connection, by any case of their names
        ``claims``   of the identity that OpenID Connect proved, empty without one
        """
        if self.login is Login.NONE:
            known = {name.lower() for name in headers}
            return self.forwarded if known & FORWARDING_HEADERS else self.anonymous
        if self.login is Login.OIDC:
            return self._named(_name_in(claims))
        if not self._trusts(peer or LOCALHOST):
            return None
        wanted = self.header.lower()
        return self._named(next((value for name, value in headers.items() if name.lower() == wanted), None))

    def _named(self, name: object) -> Person | None:
        if not isinstance(name, str) or not name.strip():
            return None
        name = name.strip()[:MAX_NAME_LENGTH]
        if self.engineers & {name, EVERYBODY}:
            return Person(name, Role.ENGINEER)
        if self.operators & {name, EVERYBODY}:
            return Person(name, Role.OPERATOR)
        return Person(name, Role.VIEWER)

    def _trusts(self, peer: str) -> bool:
        try:
            address = ip_address(peer)
        except ValueError:
            return False
        return any(address in network for network in self.proxies)


def _name_in(claims: Mapping[str, object]) -> object:
    """Whose name the provider vouches for: ``email`` only with ``email_verified`` (OpenID Connect Core 1.0,
    section 5.1), a ``preferred_username`` only if it can't be taken for an address, else ``sub``.
    """
    email, username = claims.get("email"), claims.get("preferred_username")
    verified = claims.get("email_verified")
    if email and (verified is True or verified == "true"):  # some providers send it as text
        return email
    if isinstance(username, str) and username.strip() and "@" not in username:
        return username
    return claims.get("sub")
