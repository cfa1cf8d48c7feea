"""The catalogue: every setting once, each default allowed, and adapters of other packages."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import EntryPoint

import pytest

from marbleline.adapters.registry import Adapter
from marbleline.bootstrap.adapters import open_source
from marbleline.bootstrap.catalogue import SCOPES, all_settings, load, settings_of_scope
from marbleline.errors import SettingError
from marbleline.settings.kinds import whole
from marbleline.settings.setting import Setting, setting


@pytest.mark.parametrize("one", all_settings().values(), ids=lambda one: one.name)
def test_a_default_is_an_allowed_value_and_comes_back(one: Setting) -> None:
    value = one.kind.read(one.default)
    assert one.kind.write(value) == one.default
    assert one.help.endswith(".")


def test_no_setting_is_in_two_scopes() -> None:
    names = [name for scope in SCOPES for name in settings_of_scope(scope)]
    assert len(names) == len(set(names)) == len(all_settings())


@dataclass(frozen=True, slots=True)
class StripesSettings:
    """Of the source of another package."""

    stripes: int = setting(whole(1, 9), 3, "Stripes on each picture.")


STRIPES = Adapter(
    schemes=("stripes",),
    form="stripes:",
    help="Draws stripes.",
    opens="tests.unit.bootstrap.test_catalogue:open_stripes",
    settings=StripesSettings,
)


@dataclass(frozen=True, slots=True)
class ClashSettings:
    """A setting of a name that the publisher has."""

    batch_size: int = setting(whole(1, 9), 3, "Pictures in a batch of this source.")


CLASH = Adapter(schemes=("clash",), form="clash:", help="Clashes.", opens="x:y", settings=ClashSettings)


def open_stripes(context: object, settings: StripesSettings) -> tuple[object, int]:
    return context, settings.stripes


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[EntryPoint]]:
    """The entry points of other packages; fill it."""
    points: list[EntryPoint] = []
    found = lambda group: [one for one in points if one.group == group]  # noqa: E731
    monkeypatch.setattr("importlib.metadata.entry_points", found)
    all_settings.cache_clear()
    yield points
    all_settings.cache_clear()


def point(name: str, value: str) -> EntryPoint:
    return EntryPoint(name, f"tests.unit.bootstrap.test_catalogue:{value}", "marbleline.sources")


def test_a_source_of_another_package_and_its_settings(installed: list[EntryPoint]) -> None:
    installed.append(point("stripes", "STRIPES"))
    configuration = load({"source": "stripes:"}, {"MARBLELINE_STRIPES": "5"})
    opened: object = open_source(configuration)
    assert isinstance(opened, tuple)
    assert (opened[0].camera, opened[1]) == ("camera-1", 5)
    with pytest.raises(SettingError, match=r"stripes is '12' .*from 1 to 9"):
        load({}, {"MARBLELINE_STRIPES": "12"})


def test_what_is_no_adapter_is_refused_by_its_entry_point(installed: list[EntryPoint]) -> None:
    installed.append(point("stripes", "point"))
    with pytest.raises(SettingError, match=r"entry point stripes of marbleline.sources: .* is no Adapter"):
        load({"source": "stripes:"}, {})
    installed[:] = [point("stripes", "NOTHING")]
    with pytest.raises(SettingError, match=r"entry point stripes .* can't be loaded: .*NOTHING"):
        load({"source": "stripes:"}, {})


def test_two_settings_of_one_name_are_refused(installed: list[EntryPoint]) -> None:
    installed.append(point("clash", "CLASH"))
    with pytest.raises(SettingError, match="batch_size: both ClashSettings and PublisherSettings"):
        load({}, {"MARBLELINE_CLASH": "1"})


def test_adapters_of_other_packages_are_not_looked_for_without_need(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("importlib.metadata.entry_points", None)
    assert load({"source": "folder:/x", "rate": "3"}, {"MARBLELINE_LINE": "a"})
