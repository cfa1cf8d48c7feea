"""The registries: each entry names a function that is there and takes what it is given."""

import inspect
import typing

import pytest

from marbleline.adapters.brokers.registry import BrokerContext
from marbleline.adapters.classifiers.registry import ClassifierContext
from marbleline.adapters.gates.registry import GateContext
from marbleline.adapters.registry import Adapter
from marbleline.adapters.sinks.registry import SinkContext
from marbleline.adapters.sources.registry import SourceContext
from marbleline.adapters.stores.registry import StoreContext
from marbleline.bootstrap.catalogue import REGISTRIES, AnyRegistry
from marbleline.settings.setting import declared

CONTEXTS = {
    "source": SourceContext,
    "broker": BrokerContext,
    "store": StoreContext,
    "classifier": ClassifierContext,
    "sinks": SinkContext,
    "gate": GateContext,
}
ENTRIES = [
    pytest.param(registry, adapter, id=f"{registry.setting}-{adapter.schemes[0]}")
    for registry in REGISTRIES
    for adapter in registry.adapters
]


@pytest.mark.parametrize(("registry", "adapter"), ENTRIES)
def test_an_entry_opens_with_its_own_settings(registry: AnyRegistry, adapter: Adapter) -> None:
    opener = registry.opener(adapter)
    hints = typing.get_type_hints(opener)
    context, settings = (hints[name] for name in inspect.signature(opener).parameters)
    assert (context, settings) == (CONTEXTS[registry.setting], adapter.settings)
    assert adapter.form.startswith(adapter.schemes[0])
    assert adapter.help.endswith(".")


@pytest.mark.parametrize(("registry", "adapter"), ENTRIES)
def test_an_extra_that_is_named_exists(registry: AnyRegistry, adapter: Adapter) -> None:
    from importlib.metadata import metadata

    assert bool(adapter.extra) == bool(adapter.needs)
    assert not adapter.extra or adapter.extra in metadata("marbleline").get_all("Provides-Extra", [])


@pytest.mark.parametrize("registry", REGISTRIES, ids=lambda registry: registry.setting)
def test_no_two_adapters_share_a_scheme(registry: AnyRegistry) -> None:
    schemes = [scheme for adapter in registry.adapters for scheme in adapter.schemes]
    assert len(schemes) == len(set(schemes))


def test_every_own_setting_is_declared_as_one() -> None:
    for registry in REGISTRIES:
        for adapter in registry.adapters:
            declared(adapter.settings)
