"""``marbleline rollback``: back to the version that was stable before."""

import argparse
from typing import Any

from marbleline.cli.options import settings_of
from marbleline.cli.promote import add_moving, tell_server


def add(subparsers: Any) -> None:
    """The command's flags."""
    parser = subparsers.add_parser(
        "rollback",
        help="call the version stable that was so before the last promotion",
        description="Moves the label stable back to the version before the last promotion. Publishers and "
        "model servers follow within seconds. Again, it goes one promotion further back.",
        epilog="Exit code: 0 done, 1 there is nothing to roll back, 2 usage.",
    )
    add_moving(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Roll back and say from which version to which."""
    from marbleline.domain.clock import now
    from marbleline.training.promotion import rollback

    settings = settings_of(args)
    move = rollback(settings.model, args.by, now())
    tell_server(args, settings)
    print(f"stable is version {move.after} again, was {move.before}")
    return 0
