"""What a registry of adapters is: which adapters a port has, and how an address becomes one of them.

Each folder of adapters has one, ``adapters/<folder>/registry.py``. Another package adds an adapter by an
entry point: its group is the registry's, its name a scheme, its object an ``Adapter``.
"""

import importlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar, cast

from marbleline.errors import SettingError
from marbleline.settings.configuration import Configuration
from marbleline.settings.kinds import Kind
from marbleline.settings.setting import Model, NoSettings, Setting, declared

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint


class AdapterContext(Protocol):
    """What a worker tells the adapter that it opens; each port has its own."""

    @property
    def address(self) -> str:
        """As the setting has it, empty for the default."""
        ...


Context = TypeVar("Context", bound=AdapterContext)
Port = TypeVar("Port")


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter:
    """One kind of adapter.

    ``schemes``   what its addresses begin with, before the colon
    ``form``      its address for people: ``folder:PATH``
    ``pattern``   regular expression of what follows the colon
    ``help``      what it is, in one line
    ``opens``     ``module:function``, imported when an address asks for it and called with the port's context
                  and the adapter's settings; it connects to nothing yet, or as the port says
    ``settings``  the settings that it reads
    ``extra``     the extra of marbleline that it needs, empty if none, and what that installs, ``needs``
    ``embedded``  whether it runs on the line's own machine without a server
    """

    schemes: tuple[str, ...]
    form: str
    help: str
    opens: str
    pattern: str = ".*"
    settings: type[Model] = NoSettings
    extra: str = ""
    needs: str = ""
    embedded: bool = False

    def takes(self, address: str) -> bool:
        """Whether it can be opened with this address."""
        scheme, _, rest = address.partition(":")
        return scheme in self.schemes and re.fullmatch(self.pattern, rest, re.DOTALL) is not None


class Registry(Generic[Context, Port]):
    """The adapters of one port.

    ``setting``   the name of the setting that holds an address
    ``group``     the entry points' group by which other packages add adapters
    ``default``   what an empty address stands for; None if an address is needed
    """

    def __init__(
        self, setting: str, group: str, adapters: tuple[Adapter, ...], *, default: str | None = None
    ) -> None:
        self.setting = setting
        self.group = group
        self.adapters = adapters
        self._default = default

    @property
    def kind(self) -> Kind[str]:
        """The kind of its setting: an address that one of the adapters takes."""

        def read(text: str) -> str:
            self.find(text)
            return text

        return Kind(self.forms(), "ADDRESS", read)

    def forms(self) -> str:
        """The addresses of Marbleline's own adapters, for people."""
        return _either([adapter.form for adapter in self.adapters])

    def find(self, address: str) -> Adapter:
        """The adapter that takes this address. Raises ValueError saying what is allowed."""
        address = address or self._default or ""
        scheme = address.partition(":")[0]
        for adapter in chain(self.adapters, self._from_others(scheme)):
            if adapter.takes(address):
                return adapter
            if scheme in adapter.schemes:
                raise ValueError(adapter.form)
        raise ValueError(self.forms())

    def open(self, context: Context, configuration: Configuration) -> Port:
        """Open the adapter of ``context.address``.

        Raises SettingError if there is none, or what it needs is not installed; and as its ``opens``.
        """
        try:
            adapter = self.find(context.address)
        except ValueError as error:
            raise SettingError(f"{self.setting} is {context.address!r}: allowed is {error}") from None
        return self.opener(adapter)(context, configuration.read(adapter.settings))

    def opener(self, adapter: Adapter) -> Callable[[Context, object], Port]:
        """What ``adapter.opens`` names. Raises SettingError if it can't be imported."""
        module, _, function = adapter.opens.partition(":")
        try:
            found = getattr(importlib.import_module(module), function)
        except ImportError as error:
            what = f"{self.setting} {adapter.schemes[0]}"
            if adapter.extra:
                install = f"pip install 'marbleline[{adapter.extra}]'"
                raise SettingError(f"{what}: needs {adapter.needs}: {install}") from error
            raise SettingError(f"{what}: can't be imported: {error}") from error
        return cast("Callable[[Context, object], Port]", found)

    def with_installed(self) -> tuple[Adapter, ...]:
        """Marbleline's own adapters and those that other packages add. Reads every entry point."""
        return (*self.adapters, *self._from_others(None))

    def _from_others(self, scheme: str | None) -> Iterator[Adapter]:
        # It takes 50 ms of CPU to import, and nobody needs it who has no adapter of another package.
        from importlib.metadata import entry_points  # noqa: PLC0415

        for point in entry_points(group=self.group):
            if scheme is None or point.name == scheme:
                yield _loaded(point, self.group)


def _loaded(point: "EntryPoint", group: str) -> Adapter:
    try:
        adapter = point.load()
    except Exception as error:
        raise SettingError(f"entry point {point.name} of {group}: can't be loaded: {error!r}") from error
    if not isinstance(adapter, Adapter) or point.name not in adapter.schemes:
        raise SettingError(
            f"entry point {point.name} of {group}: {point.value} is no Adapter with the scheme {point.name}"
        )
    return adapter


def merged(models: Iterable[type[Model]]) -> Mapping[str, Setting]:
    """The settings of several models by name.

    Raises SettingError if two of them declare a setting of one name: it would be read by both.
    """
    found: dict[str, Setting] = {}
    first: dict[str, str] = {}
    for model in models:
        for name, setting in declared(model).items():
            if found.setdefault(name, setting) != setting:
                raise SettingError(f"setting {name}: both {first[name]} and {model.__name__} declare it")
            first.setdefault(name, model.__name__)
    return found


def _either(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
