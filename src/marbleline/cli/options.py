"""Flags that commands share, made from the settings' models, and the configuration that comes of them."""

import argparse
from pathlib import Path
from typing import Final, TypeVar

from marbleline.bootstrap.catalogue import SCOPES, all_settings, load, settings_of_scope
from marbleline.errors import SettingError
from marbleline.settings.configuration import Configuration
from marbleline.settings.line import LineSettings
from marbleline.settings.setting import Model, Setting

_GIVEN: Final = "setting_"

M = TypeVar("M", bound=Model)


def add_settings(parser: argparse.ArgumentParser, *wanted: str) -> None:
    """Give a command the flags of all settings of these scopes or names, ``--set`` and ``--config``."""
    group = parser.add_argument_group(
        "settings", "also as MARBLELINE_<NAME> in the environment or NAME = VALUE in the --config file"
    )
    group.add_argument("--config", type=Path, metavar="FILE", help="TOML file with settings")
    group.add_argument(
        "--set",
        dest="set_texts",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="any setting by its name, those of adapters from other packages too; may be given several times",
    )
    settings: dict[str, Setting] = {}
    for one in wanted:
        settings |= settings_of_scope(one) if one in SCOPES else {one: all_settings()[one]}
    for setting in settings.values():
        allowed = f" {setting.kind.allowed}." if "ADDRESS" in setting.kind.metavar else ""
        default = f" (default: {setting.default})" if setting.default else ""
        group.add_argument(
            setting.flag,
            dest=_GIVEN + setting.name,
            metavar=setting.kind.metavar,
            help=(setting.help + allowed + default).replace("%", "%%"),
        )


def configuration_of(args: argparse.Namespace, **changes: str) -> Configuration:
    """The checked values of a command line; ``changes`` are further texts, as if given as flags.

    Raises SettingError.
    """
    given: dict[str, str] = {}
    for text in getattr(args, "set_texts", ()):
        name, mark, value = text.partition("=")
        if not mark:
            raise SettingError(f"--set is {text!r}: allowed is NAME=VALUE")
        given[name] = value
    for name, value in vars(args).items():
        if name.startswith(_GIVEN) and value is not None:
            given[name.removeprefix(_GIVEN)] = value
    return load({**given, **changes}, file=getattr(args, "config", None))


def configuration_of_a_line(args: argparse.Namespace) -> Configuration:
    """As ``configuration_of``, for a command that looks at a line that was run before.

    Raises SettingError if the embedded line's data folder isn't there: looking must not make one.
    """
    configuration = configuration_of(args)
    line = configuration.read(LineSettings)
    if line.broker == "" and not line.data.is_dir():
        raise SettingError(f"data folder {line.data}: there is none; name the line's with --data")
    return configuration


def settings_of(args: argparse.Namespace, model: type[M]) -> M:
    """One model of the settings, for a command that needs no more. Raises SettingError."""
    return configuration_of(args).read(model)


def add_supervised(parser: argparse.ArgumentParser) -> None:
    """The hidden flag by which a supervisor ties a worker's life to its own."""
    parser.add_argument("--supervised", action="store_true", help=argparse.SUPPRESS)


def add_once(parser: argparse.ArgumentParser, what: str) -> None:
    """The flag by which a worker becomes a batch job."""
    parser.add_argument(
        "--once", action="store_true", help=f"work off {what} and exit; safe beside running workers"
    )
