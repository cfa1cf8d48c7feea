"""``marbleline rollback``: back to the version that was stable before."""

import argparse
from typing import Any

from marbleline.cli.options import configuration_of
from marbleline.cli.promote import add_moving, model_folder, write_serving_config
from marbleline.settings.line import ModelSettings


def add(subparsers: Any) -> None:
    """The command's flags."""
    parser = subparsers.add_parser(
        "rollback",
        help="make the previous stable model version stable again",
        description="Moves the label stable back to the version before the last promotion. Publishers and "
        "model servers follow within seconds. Each further call goes back one more promotion.",
        epilog="Exit code: 0 done, 1 there is nothing to roll back, 2 usage.",
    )
    add_moving(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Roll back and say from which version to which."""
    from marbleline.bootstrap.adapters import open_manifest_check
    from marbleline.domain.clock import now
    from marbleline.training.monitor.promotion import rollback

    configuration = configuration_of(args)
    model = model_folder(args, configuration.read(ModelSettings).model)
    move = rollback(model, args.by, now(), check=open_manifest_check(configuration))
    write_serving_config(args, model)
    print(f"stable is version {move.after} again, was {move.before}")
    return 0
