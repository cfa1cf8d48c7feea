"""The values of settings and where each came from; the only reader of the environment.

A value given later in this list wins: default, TOML file, environment (``MARBLELINE_<NAME>``), flag.
"""

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from marbleline.errors import SettingError, UnknownSetting
from marbleline.settings.setting import PREFIX, Model, Setting, declared

TEST_PREFIX: Final = "MARBLELINE_TEST_"  # the test suite's own; no worker's setting

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Given:
    """A value as it was given: its text, and where, for an error."""

    text: str
    place: str


@dataclass(frozen=True, slots=True)
class Configuration:
    """All values that were given, checked. ``read`` makes a typed model of them.

    ``known``    every setting that there is, by name
    ``given``    what was given, by name; what is missing has its default
    ``cameras``  the [[cameras]] tables of the file: texts by name, ``camera`` among them
    """

    known: Mapping[str, Setting]
    given: Mapping[str, Given]
    cameras: tuple[Mapping[str, str], ...] = ()

    def read(self, model: type[M]) -> M:
        """The settings of this model, as typed values."""
        make: Callable[..., M] = model
        return make(
            **{
                name: _value(self.known.get(name, setting), self.given[name])
                for name, setting in declared(model).items()
                if name in self.given
            }
        )

    def changed(self, place: str = "by the command", **texts: str) -> "Configuration":
        """A copy in which these settings have these texts. Raises SettingError as ``gather``, and for a
        name that there is not.
        """
        _refuse_unknown(texts, self.known, place)
        given = {**self.given, **{name: Given(text, place) for name, text in texts.items()}}
        return _checked(Configuration(self.known, given, self.cameras))

    def environment(self) -> dict[str, str]:
        """What was given as variables, for a worker's process."""
        return {PREFIX + name.upper(): given.text for name, given in self.given.items()}


def gather(
    known: Mapping[str, Setting],
    camera_settings: Iterable[str],
    flags: Mapping[str, str],
    environment: Mapping[str, str],
    file: Path | None = None,
) -> Configuration:
    """Gather what was given and check it; ``camera_settings`` are allowed in a [[cameras]] table.

    Raises SettingError naming the wrong setting, its value, where it was given, and what is allowed;
    UnknownSetting for a name that there is not.
    """
    given: dict[str, Given] = {}
    cameras: tuple[Mapping[str, str], ...] = ()
    if file is not None:
        table = _read_file(file)
        allowed = {name: known[name] for name in camera_settings}
        cameras = tuple(_camera(entry, allowed, file) for entry in _tables(table.pop("cameras", []), file))
        place = f"in {file}"
        _refuse_unknown(table, known, place)
        given |= {name: Given(_toml_text(value), place) for name, value in table.items()}
    variables = {
        name[len(PREFIX) :].lower(): value
        for name, value in environment.items()
        if name.startswith(PREFIX) and not name.startswith(TEST_PREFIX) and name != PREFIX + "CONFIG"
    }
    _refuse_unknown(variables, known, "in the environment", PREFIX)
    given |= {name: Given(text, "in the environment") for name, text in variables.items()}
    _refuse_unknown(flags, known, "on the command line")
    given |= {name: Given(text, "on the command line") for name, text in flags.items()}
    return _checked(Configuration(known, given, cameras))


def _checked(configuration: Configuration) -> Configuration:
    for name, given in configuration.given.items():
        _value(configuration.known[name], given)
    return configuration


def _value(setting: Setting, given: Given) -> object:
    try:
        value: object = setting.kind.read(given.text)
    except ValueError as error:
        shown = re.sub(r"//[^/]*@", "//***@", given.text)  # no password of an address gets into a log
        raise SettingError(f"{setting.name} is {shown!r} ({given.place}): allowed is {error}") from None
    return value


def _refuse_unknown(names: Iterable[str], known: Mapping[str, Setting], place: str, prefix: str = "") -> None:
    for name in names:
        if name not in known:
            shown = prefix + name.upper() if prefix else name
            raise UnknownSetting(f"{shown} ({place}): no such setting; there are {', '.join(sorted(known))}")


def _read_file(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingError(f"settings file {file}: can't be read: {error}") from error


def _tables(value: object, file: Path) -> list[dict[str, object]]:
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise SettingError(f"cameras (in {file}): write each camera as a [[cameras]] table")
    return value


def _camera(entry: Mapping[str, object], allowed: Mapping[str, Setting], file: Path) -> dict[str, str]:
    for name in entry:
        if name not in allowed:
            raise UnknownSetting(
                f"{name} (in a [[cameras]] table of {file}): allowed are {', '.join(sorted(allowed))}"
            )
    if "camera" not in entry:
        raise SettingError(f'a [[cameras]] table of {file} has no camera = "NAME"')
    texts = {name: _toml_text(value) for name, value in entry.items()}
    for name, text in texts.items():
        _value(allowed[name], Given(text, f"in {file}"))
    return texts


def _toml_text(value: object) -> str:
    """The text of a TOML value, as a flag would give it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(map(str, value))
    return str(value)
