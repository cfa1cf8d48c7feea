"""What a setting is, how its text becomes a value, and what it may be."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import time
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from marbleline.domain.frame import check_name
from marbleline.errors import SettingError

PREFIX: Final = "MARBLELINE_"


@dataclass(frozen=True, slots=True)
class Kind:
    """How a text becomes a value: ``read`` raises ValueError saying what is allowed.

    ``metavar`` stands for the value in a command's help.
    """

    name: str
    metavar: str
    read: Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Setting:
    """``scope`` is the worker that it belongs to, ``line`` for those that all share."""

    name: str
    default: str
    kind: Kind
    scope: str
    help: str

    @property
    def variable(self) -> str:
        """Name of the environment variable."""
        return PREFIX + self.name.upper()

    @property
    def flag(self) -> str:
        """Name of the command-line flag."""
        return "--" + self.name.replace("_", "-")


def _number(low: float, high: float, whole: bool) -> Kind:
    wanted = f"a {'whole ' if whole else ''}number from {low:g} to {high:g}"

    def read(text: str) -> Any:
        try:
            value = int(text) if whole else float(text)
        except ValueError:
            raise ValueError(wanted) from None
        if not low <= value <= high:
            raise ValueError(wanted)
        return value

    return Kind(wanted, "NUMBER", read)


def whole(low: int, high: int) -> Kind:
    """An integer within bounds."""
    return _number(low, high, whole=True)


def real(low: float, high: float) -> Kind:
    """A float within bounds."""
    return _number(low, high, whole=False)


def one_of(*names: str) -> Kind:
    """One of these words."""
    wanted = "one of " + ", ".join(names)

    def read(text: str) -> str:
        if text not in names:
            raise ValueError(wanted)
        return text

    return Kind(wanted, "|".join(names), read)


def address(*schemes: str) -> Kind:
    """An address that begins with one of these schemes; empty for the embedded default."""
    wanted = "an address that begins with " + " or ".join(f"{scheme}:" for scheme in schemes)

    def read(text: str) -> str:
        if text and text.split(":", 1)[0] not in schemes:
            raise ValueError(wanted)
        return text

    return Kind(wanted, "ADDRESS", read)


def some_of(*names: str) -> Kind:
    """Some of these words, with commas between them."""
    wanted = "some of " + ", ".join(names)

    def read(text: str) -> str:
        if not text or not set(text.split(",")) <= set(names):
            raise ValueError(wanted)
        return text

    return Kind(wanted, "WORDS", read)


def pairs(text: str) -> dict[str, str]:
    """``one=1 two=2`` by name. Raises ValueError if a name is none, is there twice, or has no value."""
    found: dict[str, str] = {}
    for part in text.split():
        name, _, value = part.partition("=")
        if _name(name) in found or not value:
            raise ValueError("NAME=VALUE, each name once, with spaces between them")
        found[name] = value
    return found


def _webhooks(text: str) -> str:
    wanted = "NAME=https://... with spaces between them, each name once and of at most 40 characters"
    try:
        found = pairs(text)
    except ValueError:
        raise ValueError(wanted) from None
    if not all(len(name) <= 40 and re.match(r"https?://[^/]", url) for name, url in found.items()):
        raise ValueError(wanted)
    return text


def _flag(text: str) -> bool:
    words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    if text.lower() not in words:
        raise ValueError("true or false")
    return words[text.lower()]


def _name(text: str) -> str:
    try:
        return check_name("name", text)
    except SettingError:
        raise ValueError("1 to 63 lower-case letters, digits and inner hyphens") from None


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _zone(text: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(text) if text else None
    except (KeyError, ValueError, OSError):
        raise ValueError("a time zone such as Europe/Rome, or empty") from None


def _times(text: str) -> tuple[time, ...]:
    wanted = "times of day such as 06:00,14:00,22:00, at least one"
    try:
        found = sorted({time.fromisoformat(part) for part in _parts(text)})
    except ValueError:
        raise ValueError(wanted) from None
    if not found or any(one.tzinfo is not None for one in found):
        raise ValueError(wanted)
    return tuple(found)


def _networks(text: str) -> tuple[Any, ...]:
    try:
        return tuple(ip_network(part) for part in _parts(text))
    except ValueError:
        raise ValueError("addresses or networks such as 10.0.0.5,10.1.0.0/16") from None


TEXT: Final = Kind("text", "TEXT", str)
FILE: Final = Kind("a path or empty", "FILE", str)
HOST: Final = Kind("a host's name or address", "HOST", str)
PATH: Final = Kind("a path", "PATH", Path)
NAMES: Final = Kind("names, separated by commas", "NAMES", lambda text: frozenset(_parts(text)))
ZONE: Final = Kind("a time zone such as Europe/Rome, or empty", "ZONE", _zone)
TIMES: Final = Kind("times of day, separated by commas", "TIMES", _times)
NETWORKS: Final = Kind("addresses or networks, separated by commas", "NETWORKS", _networks)
FLAG: Final = Kind("true or false", "true|false", _flag)
WEBHOOKS: Final = Kind("name=address pairs", "NAME=ADDRESS", _webhooks)
NAME: Final = Kind("1 to 63 lower-case letters, digits and inner hyphens", "NAME", _name)
