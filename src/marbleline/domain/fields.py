"""Fields of a decoded JSON object or of message headers, read with the error that names the field.

For what is no ``domain.wire.WireStruct``: manifests, answers of child processes, entries of logs.
"""

from collections.abc import Mapping

from marbleline.errors import WireError


def text(fields: Mapping[str, object], name: str) -> str:
    """The field as text. Raises WireError if it is missing or of another type."""
    value = fields.get(name)
    if not isinstance(value, str):
        raise WireError(_wrong_type(fields, name, "text"))
    return value


def integer(fields: Mapping[str, object], name: str) -> int:
    """The field as an integer. Raises WireError if it is missing or of another type."""
    value = fields.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise WireError(_wrong_type(fields, name, "an integer"))
    return value


def number(fields: Mapping[str, object], name: str) -> float:
    """The field as a float. Raises WireError if it is missing or no number."""
    value = fields.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise WireError(_wrong_type(fields, name, "a number"))
    return float(value)


def flag(fields: Mapping[str, object], name: str) -> bool:
    """The field as true or false. Raises WireError if it is missing or of another type."""
    value = fields.get(name)
    if not isinstance(value, bool):
        raise WireError(_wrong_type(fields, name, "true or false"))
    return value


def mapping(fields: Mapping[str, object], name: str) -> Mapping[str, object]:
    """The field as an object. Raises WireError if it is missing or of another type."""
    value = fields.get(name)
    if not isinstance(value, Mapping):
        raise WireError(_wrong_type(fields, name, "an object"))
    return value


def _wrong_type(fields: Mapping[str, object], name: str, wanted: str) -> str:
    if name not in fields:
        return f"field {name!r} is missing"
    return f"field {name!r} is {type(fields[name]).__name__}, expected {wanted}"
