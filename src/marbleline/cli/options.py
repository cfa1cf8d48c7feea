"""Flags made from the settings table, and the settings that come of them."""

import argparse
from pathlib import Path

from marbleline.errors import SettingError
from marbleline.setting_table import SETTINGS
from marbleline.settings import BY_NAME, Settings, load

_GIVEN = "setting_"


def add_settings(parser: argparse.ArgumentParser, *wanted: str) -> None:
    """Give a command the flags of all settings of these scopes or names, and ``--config``."""
    group = parser.add_argument_group(
        "settings", "also as MARBLELINE_<NAME> in the environment or NAME = VALUE in the --config file"
    )
    group.add_argument("--config", type=Path, metavar="FILE", help="TOML file with settings")
    for setting in SETTINGS:
        if setting.scope in wanted or setting.name in wanted:
            default = f" (default: {setting.default})" if setting.default else ""
            group.add_argument(
                setting.flag,
                dest=_GIVEN + setting.name,
                metavar=setting.kind.metavar,
                help=(setting.help + default).replace("%", "%%"),
            )


def settings_of(args: argparse.Namespace, **changes: str) -> Settings:
    """The checked settings of a command line; ``changes`` are further texts, as if given as flags.

    Raises SettingError.
    """
    given = {
        name.removeprefix(_GIVEN): value
        for name, value in vars(args).items()
        if name.startswith(_GIVEN) and value is not None
    }
    unknown = set(changes) - set(BY_NAME)
    if unknown:
        raise KeyError(f"no such settings: {unknown}")
    return load({**given, **changes}, file=getattr(args, "config", None))


def settings_of_a_line(args: argparse.Namespace) -> Settings:
    """As ``settings_of``, for a command that looks at a line that was run before.

    Raises SettingError if the embedded line's data folder isn't there: looking must not make one.
    """
    settings = settings_of(args)
    if settings.broker == "" and not settings.data.is_dir():
        raise SettingError(f"data folder {settings.data}: there is none; name the line's with --data")
    return settings
