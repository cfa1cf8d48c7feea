"""Roles, and the check that every action makes on the server before it does anything.

Pages hide what a role may not do, but that is a courtesy. What holds is ``require``.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from marbleline.errors import AccessDenied


class Role(StrEnum):
    """A viewer looks; an operator also overrules verdicts; an engineer also replays dead letters."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ENGINEER = "engineer"


RANK: Final = {role: rank for rank, role in enumerate(Role)}


@dataclass(frozen=True, slots=True)
class Person:
    """An authenticated user, or everybody where there is no login."""

    name: str
    role: Role

    def may(self, role: Role) -> bool:
        """Whether their role includes that one."""
        return RANK[self.role] >= RANK[role]


def require(person: Person, role: Role) -> None:
    """Raises AccessDenied unless the person may do what that role may."""
    if not person.may(role):
        raise AccessDenied(person.name, person.role.value, role.value)
