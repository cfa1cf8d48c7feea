"""How a model declares its settings: each is a field of a dataclass, with its kind, default and help."""

from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from typing import Any, ClassVar, Final, Protocol, TypeVar

from marbleline.settings.kinds import Kind

PREFIX: Final = "MARBLELINE_"
_METADATA: Final = "setting"

T = TypeVar("T")


class Model(Protocol):
    """A frozen dataclass whose fields are made by ``setting``."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


@dataclass(frozen=True, slots=True)
class NoSettings:
    """Of an adapter that has none."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its name is its field's. ``default`` is a text, as somebody would give it."""

    name: str
    kind: Kind[Any]
    default: str
    help: str

    @property
    def variable(self) -> str:
        """Name of the environment variable."""
        return PREFIX + self.name.upper()

    @property
    def flag(self) -> str:
        """Name of the command-line flag."""
        return "--" + self.name.replace("_", "-")


def setting(kind: Kind[T], default: T, help: str) -> T:
    """A field of a model: ``batch_size: int = setting(whole(1, 256), 8, "Most frames ...")``.

    Returns what ``dataclass`` makes a field of; type checkers see the type of its value.
    """
    made: T = field(default=default, metadata={_METADATA: (kind, kind.write(default), help)})
    return made


def declared(model: type[Model]) -> Mapping[str, Setting]:
    """The settings of a model by name, in the order of its fields.

    Raises TypeError if a field of it is no setting.
    """
    found: dict[str, Setting] = {}
    for one in fields(model):
        if _METADATA not in one.metadata:
            raise TypeError(f"{model.__name__}.{one.name} is no setting: declare it with setting(...)")
        found[one.name] = Setting(one.name, *one.metadata[_METADATA])
    return found
