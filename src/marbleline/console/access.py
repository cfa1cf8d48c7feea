"""Who may do what: the person behind a browser, their role, and the refusal of what it doesn't allow.

Pages hide what a role may not do, but that is a courtesy. What holds is ``require``, which every action
calls first, on the server.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Final

from marbleline.errors import MarblelineError


class Role(StrEnum):
    """A viewer looks; an operator also overrules; an engineer also replays dead letters."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ENGINEER = "engineer"


class Login(StrEnum):
    """Where the console learns who is there: nowhere, a trusted proxy's header, or OpenID Connect."""

    NONE = "none"
    HEADER = "header"
    OIDC = "oidc"


RANK: Final = {role: rank for rank, role in enumerate(Role)}

LOOPBACK: Final = "127.0.0.1"
LONGEST_NAME: Final = 200
EVERYBODY: Final = "*"

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who was let in."""

    name: str
    role: Role

    def may(self, role: Role) -> bool:
        """Whether theirs includes that role."""
        return RANK[self.role] >= RANK[role]


class Refused(MarblelineError):
    """A person asked for what their role doesn't allow."""

    def __init__(self, person: Person, needed: Role) -> None:
        super().__init__(f"{person.name} is {person.role.value}, this needs {needed.value}")
        self.person = person
        self.needed = needed


@dataclass(frozen=True, slots=True)
class Access:
    """How people get in, and who of them is what; who is in neither list is a viewer.

    ``anonymous``  who everybody is where there is no login
    ``header``     the proxy's header with the person's name; ``proxies`` are whom it is believed from
    ``operators``  names of people, ``*`` for all who logged in; likewise ``engineers``
    """

    login: Login
    anonymous: Person
    header: str = "X-Forwarded-User"
    proxies: tuple[Network, ...] = ()
    operators: frozenset[str] = frozenset()
    engineers: frozenset[str] = frozenset()

    def person(
        self, peer: str | None, headers: Mapping[str, str], claims: Mapping[str, object]
    ) -> Person | None:
        """Who is there, None if nobody that may come in.

        ``peer``     address of whoever holds the connection, None for this machine
        ``headers``  of the browser's connection, by any case of their names
        ``claims``   of an identity that OpenID Connect has proved, empty without one
        """
        if self.login is Login.NONE:
            return self.anonymous
        if self.login is Login.OIDC:
            return self._named(claims.get("email") or claims.get("preferred_username") or claims.get("sub"))
        if not self._trusts(peer or LOOPBACK):
            return None
        wanted = self.header.lower()
        return self._named(next((value for name, value in headers.items() if name.lower() == wanted), None))

    def _named(self, name: object) -> Person | None:
        if not isinstance(name, str) or not name.strip():
            return None
        name = name.strip()[:LONGEST_NAME]
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


def require(person: Person, role: Role) -> None:
    """Raises Refused unless the person may do what that role may."""
    if not person.may(role):
        raise Refused(person, role)
