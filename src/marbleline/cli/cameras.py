"""``marbleline cameras discover``: the cameras on the network that a ``genicam:`` source can name."""

import argparse
import sys
from typing import Any

from marbleline.cli.table import aligned
from marbleline.errors import SettingError

_COLUMNS = ("SERIAL", "ADDRESS", "NAME", "MODEL", "MAC")


def add(subparsers: Any) -> None:
    """The command's flags."""
    parser = subparsers.add_parser(
        "cameras",
        help="find the GigE Vision cameras on the network",
        description="Lists the cameras that a source genicam:CAMERA can name by serial number, address or "
        "user-defined name. See docs/cameras.md.",
        epilog="Exit code: 0 found some, 1 found none, 2 usage.",
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    discover = actions.add_parser("discover", help="list the GigE Vision cameras that answer a broadcast")
    discover.add_argument(
        "--interface",
        default="",
        metavar="INTERFACE",
        help="search this network interface alone, by name or address (default: all)",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """List them. Raises SettingError if viva-genicam is not installed, SourceUnavailable as ``discover``."""
    try:
        from marbleline.adapters.sources.genicam_discovery import discover
    except ImportError as error:
        raise SettingError("cameras: needs viva-genicam: pip install 'marbleline[genicam]'") from error
    found = [one.identity for one in discover(args.interface)]
    if not found:
        print(
            "No camera answered. Discovery does not cross a router, and a container sees only its own "
            "network: see docs/cameras.md",
            file=sys.stderr,
        )
        return 1
    rows = [
        _COLUMNS,
        *(
            (one.serial, one.address, one.name or "-", f"{one.manufacturer} {one.model}", one.mac)
            for one in found
        ),
    ]
    print(aligned(rows))
    return 0
