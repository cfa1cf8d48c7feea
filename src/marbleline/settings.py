"""Gathers and checks the settings that ``setting_table`` lists; the only reader of the environment.

A value given later in this list wins: default, TOML file, environment (``MARBLELINE_<NAME>``), flag.
"""

import os
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from marbleline.errors import SettingError
from marbleline.setting_kinds import PREFIX, Setting
from marbleline.setting_table import SETTINGS

TEST_PREFIX: Final = "MARBLELINE_TEST_"  # the test suite's own; no worker's setting

BY_NAME: Final = {setting.name: setting for setting in SETTINGS}


class Settings:
    """Checked values by attribute: ``settings.batch_size``. Immutable; ``with_`` makes a changed copy."""

    def __init__(self, values: Mapping[str, Any], cameras: Sequence[Mapping[str, Any]] = ()) -> None:
        object.__setattr__(self, "_values", dict(values))
        object.__setattr__(self, "cameras", tuple(dict(camera) for camera in cameras))

    cameras: tuple[dict[str, Any], ...]

    def __getattr__(self, name: str) -> Any:
        try:
            return object.__getattribute__(self, "_values")[name]
        except KeyError:
            raise AttributeError(name) from None

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"settings don't change; use with_({name}=...)")

    def with_(self, **changes: Any) -> "Settings":
        """A copy with these values, already of their kinds."""
        return Settings({**object.__getattribute__(self, "_values"), **changes}, self.cameras)

    def environment(self) -> dict[str, str]:
        """As variables, for a worker's process."""
        values = object.__getattribute__(self, "_values")
        return {BY_NAME[name].variable: _as_text(value) for name, value in values.items()}


def load(
    flags: Mapping[str, str], environment: Mapping[str, str] | None = None, file: Path | None = None
) -> Settings:
    """Gather, check and return the settings.

    Raises SettingError naming the wrong setting, where it was given, and what is allowed.
    """
    environment = os.environ if environment is None else environment
    texts = {setting.name: setting.default for setting in SETTINGS}
    places = dict.fromkeys(texts, "the default")
    cameras: list[dict[str, Any]] = []
    if file is not None:
        table = _read_file(file)
        cameras = [_camera(entry, file) for entry in _tables(table.pop("cameras", []), file)]
        _unknown(table, f"in {file}")
        _give(texts, places, {name: _as_text(value) for name, value in table.items()}, f"in {file}")
    given = {
        name[len(PREFIX) :].lower(): value
        for name, value in environment.items()
        if name.startswith(PREFIX) and not name.startswith(TEST_PREFIX)
    }
    _unknown({name: value for name, value in given.items() if name != "config"}, "in the environment", PREFIX)
    _give(texts, places, given, "in the environment")
    _give(texts, places, flags, "on the command line")
    return Settings(
        {name: _check(BY_NAME[name], text, places[name]) for name, text in texts.items()}, cameras
    )


def _give(texts: dict[str, str], places: dict[str, str], given: Mapping[str, str], place: str) -> None:
    for name, value in given.items():
        if name in texts:
            texts[name], places[name] = value, place


def _unknown(names: Iterable[str], place: str, prefix: str = "") -> None:
    for name in names:
        if name not in BY_NAME:
            shown = prefix + name.upper() if prefix else name
            raise SettingError(f"{shown} ({place}): no such setting; there are {', '.join(sorted(BY_NAME))}")


def _check(setting: Setting, text: str, place: str) -> Any:
    try:
        return setting.kind.read(text)
    except ValueError as error:
        shown = re.sub(r"//[^/]*@", "//***@", text)  # no password of an address gets into a log
        raise SettingError(f"{setting.name} is {shown!r} ({place}): allowed is {error}") from None


def _read_file(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingError(f"settings file {file}: can't be read: {error}") from error


def _tables(value: object, file: Path) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise SettingError(f"cameras (in {file}): write each camera as a [[cameras]] table")
    return value


def _camera(entry: Mapping[str, Any], file: Path) -> dict[str, Any]:
    allowed = {setting.name for setting in SETTINGS if setting.scope == "camera"}
    for name in entry:
        if name not in allowed:
            raise SettingError(
                f"{name} (in a [[cameras]] table of {file}): allowed are {', '.join(sorted(allowed))}"
            )
    if "camera" not in entry:
        raise SettingError(f'a [[cameras]] table of {file} has no camera = "NAME"')
    return {name: _check(BY_NAME[name], _as_text(value), f"in {file}") for name, value in entry.items()}


def _as_text(value: object) -> str:
    """What its kind would read as this value again."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, frozenset | tuple | list):
        return ",".join(sorted(map(str, value)))
    return "" if value is None else str(value)
