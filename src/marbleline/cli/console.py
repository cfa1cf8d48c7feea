"""``marbleline console``: show verdicts in the browser."""

import argparse
import importlib.util
from typing import Any

from marbleline.cli.options import add_settings, add_supervised, configuration_of
from marbleline.errors import SettingError
from marbleline.settings.console import ConsoleSettings


def add(subparsers: Any) -> None:
    """The command's flags."""
    parser = subparsers.add_parser(
        "console",
        help="serve the web console",
        description="Serves the web console: the latest slab and its verdict, the slabs to review, the "
        "shift, a search, and the state of the line. Any number of browsers may connect.",
        epilog="Example: marbleline console --console-time-zone Europe/Rome --console-shift-starts "
        "06:00,18:00. Exit code: 0 stopped, 1 the port is taken, 2 usage.",
    )
    add_settings(parser, "line", "console")
    add_supervised(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Serve until stopped. Raises SettingError if the extra ``console`` is not installed."""
    configuration = configuration_of(args)
    if importlib.util.find_spec("streamlit") is None:
        raise SettingError("the console needs Streamlit: install marbleline[console]")
    from marbleline.bootstrap import console
    from marbleline.bootstrap.process import start

    access = console.access_of(configuration.read(ConsoleSettings))
    stop = start(configuration, "console", supervised=args.supervised)
    console.run(configuration, access, stop)
    return 0
