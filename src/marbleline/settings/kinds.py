"""The kinds of settings: how a text becomes a typed value, and what is allowed."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import time
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Final, Generic, TypeVar
from zoneinfo import ZoneInfo

from marbleline.domain.frame import check_name
from marbleline.domain.region import (
    ALLOWED_MASKS,
    ALLOWED_OUTLINE,
    masks_of,
    masks_text,
    outline_of,
    shape_text,
)
from marbleline.errors import SettingError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """How a text becomes a value of type ``T`` and back.

    ``allowed``  what a value may be, for people: it completes "allowed is ..."
    ``metavar``  what stands for the value in a command's help
    ``read``     the value of a text; raises ValueError with what is allowed
    ``write``    the text that ``read`` turns into this value
    """

    allowed: str
    metavar: str
    read: Callable[[str], T]
    write: Callable[[T], str] = str


@dataclass(frozen=True, slots=True)
class Target:
    """One receiver of the setting ``sinks``: its name and its address."""

    name: str
    address: str


def whole(low: int, high: int) -> Kind[int]:
    """An integer within bounds."""
    return _number(f"a whole number from {low} to {high}", int, low, high, str)


def real(low: float, high: float) -> Kind[float]:
    """A float within bounds."""
    return _number(f"a number from {low:g} to {high:g}", float, low, high, _float_text)


N = TypeVar("N", int, float)


def _number(
    allowed: str, parse: Callable[[str], N], low: float, high: float, write: Callable[[N], str]
) -> Kind[N]:
    def read(text: str) -> N:
        try:
            value = parse(text)
        except ValueError:
            raise ValueError(allowed) from None
        if not low <= value <= high:
            raise ValueError(allowed)
        return value

    return Kind(allowed, "NUMBER", read, write)


def _float_text(value: float) -> str:
    return str(int(value)) if value.is_integer() else repr(value)


def one_of(*words: str) -> Kind[str]:
    """One of these words."""
    allowed = "one of " + ", ".join(words)

    def read(text: str) -> str:
        if text not in words:
            raise ValueError(allowed)
        return text

    return Kind(allowed, "|".join(words), read)


def some_of(*words: str) -> Kind[tuple[str, ...]]:
    """Some of these words, with commas between them; at least one."""
    allowed = "some of " + ", ".join(words)

    def read(text: str) -> tuple[str, ...]:
        found = tuple(text.split(","))
        if not set(found) <= set(words):
            raise ValueError(allowed)
        return found

    return Kind(allowed, "WORDS", read, ",".join)


def url(*schemes: str) -> Kind[str]:
    """A URL of one of these schemes, or empty."""
    allowed = "an address that begins with " + " or ".join(f"{scheme}:" for scheme in schemes)

    def read(text: str) -> str:
        if text and text.split(":", 1)[0] not in schemes:
            raise ValueError(allowed)
        return text

    return Kind(allowed, "ADDRESS", read)


def targets(check: Callable[[str], object], forms: str) -> Kind[tuple[Target, ...]]:
    """Named addresses; ``check`` raises ValueError for an address that is none of these ``forms``."""

    def read(text: str) -> tuple[Target, ...]:
        allowed = "NAME=ADDRESS with spaces between them, each name once and of at most 40 characters"
        try:
            found = tuple(Target(name, address) for name, address in pairs(text).items())
        except ValueError:
            raise ValueError(allowed) from None
        if any(len(target.name) > _LONGEST_TARGET for target in found):
            raise ValueError(allowed)
        for target in found:
            check(target.address)
        return found

    def write(value: tuple[Target, ...]) -> str:
        return " ".join(f"{target.name}={target.address}" for target in value)

    return Kind(f"NAME=ADDRESS pairs, ADDRESS is {forms}", "NAME=ADDRESS", read, write)


_LONGEST_TARGET: Final = 40  # the name is part of a queue's name


def pairs(text: str) -> dict[str, str]:
    """``one=1 two=2`` by name. Raises ValueError if a name is none, is there twice, or has no value."""
    found: dict[str, str] = {}
    for part in text.split():
        name, _, value = part.partition("=")
        if _name(name) in found or not value:
            raise ValueError("NAME=VALUE, each name once, with spaces between them")
        found[name] = value
    return found


def _flag(text: str) -> bool:
    words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    if text.lower() not in words:
        raise ValueError("true or false")
    return words[text.lower()]


def _flag_text(value: bool) -> str:
    return "true" if value else "false"


def _name(text: str) -> str:
    try:
        return check_name("name", text)
    except SettingError:
        raise ValueError(NAME.allowed) from None


def _file(text: str) -> Path | None:
    return Path(text) if text else None


def _optional_text(value: object) -> str:
    return "" if value is None else str(value)


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _zone(text: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(text) if text else None
    except (KeyError, ValueError, OSError):
        raise ValueError(ZONE.allowed) from None


def _times(text: str) -> tuple[time, ...]:
    allowed = "times of day such as 06:00,14:00,22:00, at least one"
    try:
        found = sorted({time.fromisoformat(part) for part in _parts(text)})
    except ValueError:
        raise ValueError(allowed) from None
    if not found or any(one.tzinfo is not None for one in found):
        raise ValueError(allowed)
    return tuple(found)


def _times_text(value: tuple[time, ...]) -> str:
    return ",".join(one.isoformat("minutes" if not one.second else "auto") for one in value)


Network = IPv4Network | IPv6Network


def _networks(text: str) -> tuple[Network, ...]:
    try:
        return tuple(ip_network(part) for part in _parts(text))
    except ValueError:
        raise ValueError("addresses or networks such as 10.0.0.5,10.1.0.0/16") from None


def _networks_text(value: tuple[Network, ...]) -> str:
    # A single address is shown as it was given: without the length of its network.
    return ",".join(re.sub(r"/(32|128)$", "", str(one)) for one in value)


def _outline(text: str) -> str:
    return shape_text(outline_of(text))


def _masks(text: str) -> str:
    return masks_text(masks_of(text))


def _sorted_text(value: frozenset[str]) -> str:
    return ",".join(sorted(value))


TEXT: Final = Kind("text", "TEXT", str)
HOST: Final = Kind("a host's name or address", "HOST", str)
ADDRESS: Final = Kind("an address", "ADDRESS", str)
"""Of an adapter. ``bootstrap.catalogue`` replaces it by the kind of the registry that knows the adapters."""
PATH: Final[Kind[Path]] = Kind("a path", "PATH", Path)
FILE: Final[Kind[Path | None]] = Kind("a path or empty", "FILE", _file, _optional_text)
NAME: Final = Kind("1 to 63 lower-case letters, digits and inner hyphens", "NAME", _name)
OPTIONAL_NAME: Final = Kind(f"{NAME.allowed}, or empty", "NAME", lambda text: text and _name(text))
NAMES: Final = Kind("names, separated by commas", "NAMES", lambda text: frozenset(_parts(text)), _sorted_text)
ZONE: Final[Kind[ZoneInfo | None]] = Kind(
    "a time zone such as Europe/Rome, or empty", "ZONE", _zone, _optional_text
)
TIMES: Final = Kind("times of day, separated by commas", "TIMES", _times, _times_text)
NETWORKS: Final = Kind("addresses or networks, separated by commas", "NETWORKS", _networks, _networks_text)
FLAG: Final = Kind("true or false", "true|false", _flag, _flag_text)
OUTLINE: Final = Kind(ALLOWED_OUTLINE, "POINTS", _outline)
MASKS: Final = Kind(ALLOWED_MASKS, "SHAPES", _masks)
TARGETS: Final = targets(lambda address: address, "an address")
