"""Every setting that there is, by the worker that it belongs to, and the reading of all of them."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any, Final

from marbleline.adapters.brokers.registry import BROKERS
from marbleline.adapters.classifiers.registry import CLASSIFIERS
from marbleline.adapters.gates.registry import GATES
from marbleline.adapters.registry import Registry, merged
from marbleline.adapters.sinks.registry import SINKS
from marbleline.adapters.sources.registry import SOURCES
from marbleline.adapters.stores.registry import STORES
from marbleline.errors import UnknownSetting
from marbleline.settings.camera import CameraSettings
from marbleline.settings.configuration import Configuration, gather
from marbleline.settings.console import ConsoleSettings
from marbleline.settings.encoder import DecodingSettings, EncoderSettings
from marbleline.settings.gate import GateSettings
from marbleline.settings.kinds import Kind, targets
from marbleline.settings.line import LineSettings, ModelSettings, TelemetrySettings
from marbleline.settings.opcua import OpcuaSettings
from marbleline.settings.publisher import PublisherSettings
from marbleline.settings.report import ReportSettings
from marbleline.settings.retention import RetentionSettings
from marbleline.settings.serve import ServeSettings
from marbleline.settings.setting import Model, Setting
from marbleline.settings.sink import SinkSettings
from marbleline.settings.slab import SlabSettings

AnyRegistry = Registry[Any, Any]


@dataclass(frozen=True, slots=True)
class Scope:
    """What one worker reads: its models, and what the adapters of these registries read."""

    models: tuple[type[Model], ...]
    registries: tuple[AnyRegistry, ...] = ()


SCOPES: Final[Mapping[str, Scope]] = {
    "line": Scope((LineSettings, ModelSettings, TelemetrySettings), (BROKERS, STORES)),
    "camera": Scope((CameraSettings,), (SOURCES,)),
    "encoder": Scope((DecodingSettings, EncoderSettings)),
    "publisher": Scope((PublisherSettings,), (CLASSIFIERS,)),
    "slab": Scope((SlabSettings,)),
    "sink": Scope((SinkSettings,), (SINKS,)),
    "gate": Scope((GateSettings,), (GATES,)),
    "opcua": Scope((OpcuaSettings,)),
    "report": Scope((ReportSettings,)),
    "retention": Scope((RetentionSettings,)),
    "serve": Scope((ServeSettings,)),
    "console": Scope((ConsoleSettings,)),
}

REGISTRIES: Final = tuple(chain.from_iterable(scope.registries for scope in SCOPES.values()))


@cache
def all_settings(*, installed: bool = False) -> Mapping[str, Setting]:
    """Every setting by name; ``installed``: with those of other packages' adapters.

    Raises SettingError if two settings have one name, or an entry point can't be loaded.
    """
    found = merged(chain.from_iterable(_models(scope, installed) for scope in SCOPES.values()))
    return {name: _with_adapters(setting) for name, setting in found.items()}


def settings_of_scope(name: str, *, installed: bool = False) -> Mapping[str, Setting]:
    """Those of one scope, in the order in which they are declared."""
    settings = all_settings(installed=installed)
    return {name: settings[name] for name in merged(_models(SCOPES[name], installed))}


def load(
    flags: Mapping[str, str], environment: Mapping[str, str] | None = None, file: Path | None = None
) -> Configuration:
    """What was given, checked. Raises SettingError naming the wrong setting, where it was given, and what is
    allowed.

    Adapters of other packages are looked up only if there is a name that no setting of ours has.
    """
    environment = os.environ if environment is None else environment
    try:
        return _gather(flags, environment, file, installed=False)
    except UnknownSetting:
        return _gather(flags, environment, file, installed=True)


def _gather(
    flags: Mapping[str, str], environment: Mapping[str, str], file: Path | None, *, installed: bool
) -> Configuration:
    cameras = settings_of_scope("camera", installed=installed)
    return gather(all_settings(installed=installed), cameras, flags, environment, file)


def _models(scope: Scope, installed: bool) -> Iterator[type[Model]]:
    yield from scope.models
    for registry in scope.registries:
        for adapter in registry.with_installed() if installed else registry.adapters:
            yield adapter.settings


def _with_adapters(setting: Setting) -> Setting:
    """An address is checked by the registry that knows which adapters there are."""
    for registry in REGISTRIES:
        if registry.setting == setting.name:
            kind: Kind[Any] = targets(registry.find, registry.forms()) if registry is SINKS else registry.kind
            return replace(setting, kind=kind)
    return replace(setting, kind=_RECEIVERS_OF_REPORTS) if setting.name == "report_to" else setting


def _takes_reports(address: str) -> None:
    """Raises ValueError for an address of MQTT: the command would say offline for the line's own client."""
    if address.startswith("mqtt"):
        raise ValueError("a webhook or a mail server, no MQTT broker")
    SINKS.find(address)


_RECEIVERS_OF_REPORTS: Final[Kind[Any]] = targets(_takes_reports, "that of a webhook or a mail server")
