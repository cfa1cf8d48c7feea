"""The rules that every wire form keeps: one declaration, its versions, and errors that name the field.

A message is declared once, as a ``WireStruct``. Its JSON form, its message headers, their validation, the
published schema (``domain.schema``), the Elasticsearch mapping and the SQLite columns all follow from that.

A reader takes any message of its own major version and passes over fields that it doesn't know, so a
newer worker can run beside an older one while they are being rolled.
"""

import math
import types
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from functools import cache
from operator import attrgetter
from typing import Annotated, Any, ClassVar, Final, Self, TypeVar, Union, get_args, get_origin

import msgspec

from marbleline.domain.clock import Time, from_iso, to_iso
from marbleline.domain.fields import text
from marbleline.errors import ModelError, WireError

SCHEMA_VERSION = "2.0"

Headers = dict[str, str | int]

# What a field's type alone can't say to a store.
UNSEARCHED: Final = msgspec.Meta(extra={"searched": False})
"""Kept, sorted by and added up; never searched for, so a store needs no index of it."""
PROSE: Final = msgspec.Meta(extra={"prose": True})
"""Text that people write and search for by its words, not a term that is matched whole."""


class WireStruct(msgspec.Struct, frozen=True):
    """A message: frozen, compared by value, with a JSON form and a form as message headers.

    In JSON, times are ISO 8601 in UTC and bytes Base64; in headers, times are integers. Every form names
    its ``schema_version``.

    ``search_columns``  names of what a store searches by -> where it is found, such as ``frame.camera``
    ``time_field``      where the time is found that a store sorts the record by
    """

    search_columns: ClassVar[Mapping[str, str]] = {}
    time_field: ClassVar[str] = ""

    def __post_init__(self) -> None:
        """Make the times what the encoder knows them by."""
        for name in _times(type(self)):
            value = getattr(self, name)
            if value is not None:
                msgspec.structs.force_setattr(self, name, Time(value))

    def __repr__(self) -> str:
        """All fields; of bytes how many there are."""
        values = ((name, getattr(self, name)) for name in self.__struct_fields__)
        shown = (
            f"{name}=<{len(value)} bytes>" if isinstance(value, bytes) else f"{name}={value!r}"
            for name, value in values
        )
        return f"{type(self).__name__}({', '.join(shown)})"

    def to_json(self) -> bytes:
        """The JSON form, UTF-8.

        Raises ValueError for a figure that is infinite or not a number, which JSON can't hold, and for text
        that is no Unicode; OverflowError for an integer beyond 64 bits.
        """
        if not all(map(math.isfinite, _figures(self))):
            raise ValueError(f"{_not_finite(self)} is no finite number, which JSON can't hold")
        return _VERSION_FIRST + _ENCODER.encode(self)[1:]

    @classmethod
    def from_json(cls, body: bytes) -> Self:
        """The inverse of ``to_json``. Raises WireError naming the field that is wrong."""
        try:
            if not body.startswith(_VERSION_FIRST):
                check_version(_ANY_OBJECT.decode(body))
            return _decoder(cls).decode(body)  # type: ignore[no-any-return]
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise WireError(_explained(cls, str(error))) from error
        except ModelError as error:
            raise WireError(str(error)) from error

    def to_document(self) -> dict[str, Any]:
        """The JSON form as a dict."""
        fields: dict[str, Any] = msgspec.json.decode(self.to_json())
        return fields

    @classmethod
    def from_document(cls, fields: Mapping[str, object]) -> Self:
        """The inverse of ``to_document``. Raises WireError naming the field that is wrong."""
        return _converted(cls, fields, _from_json)

    def to_headers(self) -> Headers:
        """Flat names and values as message headers carry them: text and integers, None left out."""
        fields: Headers = msgspec.to_builtins(self, enc_hook=int)  # Times
        given: Headers = {"schema_version": SCHEMA_VERSION}
        for name, value in fields.items():
            if value is not None:
                given[name] = value
        return given

    @classmethod
    def from_headers(cls, headers: Mapping[str, object]) -> Self:
        """The inverse of ``to_headers``. Headers that it doesn't know are ignored.

        Raises WireError naming the header that is missing or of a wrong type.
        """
        return _converted(cls, headers, _from_header)


def field_types(kind: type[WireStruct]) -> Iterator[tuple[str, object, bool, Mapping[str, Any]]]:
    """Of each field: its name, its type without None, whether it may be None, and its ``Meta.extra``."""
    for field in msgspec.structs.fields(kind):
        yield field.name, *_plain(field.type)


def part_of(of: object) -> "type[WireStruct] | None":
    """The message that a field's plain type is a list of, None if it is no such list."""
    part = get_args(of)[0] if get_origin(of) is tuple and get_args(of) else None
    return part if isinstance(part, type) and issubclass(part, WireStruct) else None


def _plain(of: Any) -> tuple[object, bool, Mapping[str, Any]]:
    if get_origin(of) is Annotated:
        inner, *metas = get_args(of)
        plain, optional, extra = _plain(inner)
        given = [meta.extra for meta in metas if isinstance(meta, msgspec.Meta) and meta.extra]
        return plain, optional, {name: value for one in (extra, *given) for name, value in one.items()}
    if get_origin(of) in (Union, types.UnionType):
        (inner,) = (one for one in get_args(of) if one is not type(None))
        plain, _, extra = _plain(inner)
        return plain, True, extra
    return of, False, {}


_Get = Callable[[WireStruct], Any]


def _figures(record: WireStruct) -> Iterator[float]:
    single, several, lists = _figures_of(type(record))
    for get in single.values():
        if (value := get(record)) is not None:
            yield value
    for get in several.values():
        yield from get(record).values()
    for get in lists.values():
        for part in get(record):
            yield from _figures(part)


def _not_finite(record: WireStruct) -> str:
    """The names of the figures that are infinite or not a number."""
    single, several, lists = _figures_of(type(record))
    values = {name: get(record) for name, get in single.items()}
    for name, get in several.items():
        values |= {f"{name}.{part}": value for part, value in get(record).items()}
    found = [name for name, value in values.items() if value is not None and not math.isfinite(value)]
    for name, get in lists.items():
        within = ((place, _not_finite(part)) for place, part in enumerate(get(record)))
        found += [f"{name}[{place}].{inner}" for place, inner in within if inner]
    return ", ".join(found)


@cache
def _figures_of(kind: type[WireStruct]) -> tuple[dict[str, _Get], dict[str, _Get], dict[str, _Get]]:
    """By name, what gets each number that may be fractional, each mapping to such, and each list of parts."""
    single: dict[str, _Get] = {}
    several: dict[str, _Get] = {}
    lists: dict[str, _Get] = {}

    def collect(of: type[WireStruct], before: str) -> None:
        for name, plain, optional, _ in field_types(of):
            if plain is float:
                single[before + name] = attrgetter(before + name)
            elif get_origin(plain) is Mapping:
                several[before + name] = attrgetter(before + name)
            elif part_of(plain) is not None:
                lists[before + name] = attrgetter(before + name)
            elif not optional and isinstance(plain, type) and issubclass(plain, WireStruct):
                collect(plain, f"{before}{name}.")

    collect(kind, "")
    return single, several, lists


@cache
def _times(kind: type[WireStruct]) -> tuple[str, ...]:
    return tuple(name for name, plain, _, _ in field_types(kind) if plain is Time)


def _to_json(value: object) -> str:
    if isinstance(value, Time):
        return to_iso(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _from_json(kind: type, value: object) -> object:
    if kind is Time:
        try:
            return Time(from_iso(value))  # type: ignore[arg-type]
        except WireError as error:
            raise ValueError(str(error)) from error
    raise TypeError(f"{kind.__name__} has no JSON form")


def _from_header(kind: type, value: object) -> object:
    if kind is Time and type(value) is int:
        return Time(value)
    raise TypeError(f"Expected `int`, got `{type(value).__name__}`")


_VERSION_FIRST: Final = f'{{"schema_version":"{SCHEMA_VERSION}",'.encode()
_ENCODER: Final = msgspec.json.Encoder(enc_hook=_to_json)
_ANY_OBJECT: Final = msgspec.json.Decoder(dict[str, object])


_Struct = TypeVar("_Struct", bound=WireStruct)


@cache
def _decoder(kind: type[WireStruct]) -> "msgspec.json.Decoder[Any]":
    return msgspec.json.Decoder(kind, dec_hook=_from_json)


def _converted(
    kind: type[_Struct], fields: Mapping[str, object], hook: Callable[[type, object], object]
) -> _Struct:
    check_version(fields)
    try:
        return msgspec.convert(fields, kind, dec_hook=hook)
    except msgspec.MsgspecError as error:
        raise WireError(_explained(kind, str(error))) from error
    except ModelError as error:
        raise WireError(str(error)) from error


def _explained(kind: type[WireStruct], said: str) -> str:
    """msgspec's words with the field in front and, of an enumeration, what is allowed."""
    what, _, place = said.partition(" - at `$")
    path = place.strip(".`")
    if what.startswith("Object missing required field"):
        name = what.split("`")[1]
        return f"field {f'{path}.{name}' if path else name!r} is missing"
    allowed = _allowed(kind, path)
    return (
        f"field {path!r} is wrong: {what}{allowed}" if path else f"{kind.__name__.lower()} is wrong: {what}"
    )


def _allowed(kind: type[WireStruct], path: str) -> str:
    of: object = kind
    for name in path.split("."):
        if not (isinstance(of, type) and issubclass(of, WireStruct)):
            return ""
        of = next((plain for field, plain, _, _ in field_types(of) if field == name), None)
    if isinstance(of, type) and issubclass(of, Enum):
        return f"; expected one of {', '.join(str(one.value) for one in of)}"
    return ""


def check_version(fields: Mapping[str, object]) -> None:
    """Raises WireError unless ``schema_version`` has the major number that this code reads."""
    version = text(fields, "schema_version")
    major = SCHEMA_VERSION.split(".", 1)[0]
    if version.split(".", 1)[0] != major:
        raise WireError(f"schema_version {version!r}: this version reads {major}.x; update this worker")
