"""``marbleline product history``."""

import argparse
from typing import Final

from marbleline.cli.options import configuration_of_a_line

SETTINGS: Final = ("line",)


def add(parser: argparse.ArgumentParser) -> None:
    """The action's flags."""
    parser.add_argument("--limit", type=int, default=50, metavar="N", help="the newest N; default: 50")
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")


def run(args: argparse.Namespace) -> int:
    """One camera's change a line, the newest first."""
    from marbleline.bootstrap.adapters import open_store
    from marbleline.domain.clock import to_iso
    from marbleline.settings.line import LineSettings

    configuration = configuration_of_a_line(args)
    store = open_store(configuration)
    try:
        changes = store.product_changes(configuration.read(LineSettings).line, args.limit)
    finally:
        store.close()
    for change in changes:
        if args.json:
            print(change.to_json().decode())
            continue
        switch = change.switch
        print(
            f"{to_iso(switch.at)[:19]}Z  {change.before} -> {switch.product}, by {switch.by}:"
            f" {change.camera} from frame {change.first_sequence} on"
        )
    return 0
