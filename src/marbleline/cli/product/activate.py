"""``marbleline product activate``."""

import argparse
from pathlib import Path

from marbleline.cli.options import configuration_of
from marbleline.settings.line import ModelSettings

SETTINGS = ("model", "model_public_key_file")


def add(parser: argparse.ArgumentParser) -> None:
    """The action's flags."""
    from marbleline.cli.promote import user_name

    parser.add_argument("name", metavar="NAME", help="the product")
    parser.add_argument("--version", type=int, metavar="N", help="the learnt version; default: the candidate")
    parser.add_argument("--by", default=user_name(), metavar="WHO", help="who activates it, for the record")


def run(args: argparse.Namespace) -> int:
    """Promote a learnt version, and say what was stable before."""
    from marbleline.bootstrap.adapters import open_manifest_check
    from marbleline.domain.clock import now
    from marbleline.domain.product_repository import parse_model_path
    from marbleline.domain.version_labels import candidate_number
    from marbleline.training.guided.activate import activate

    configuration = configuration_of(args)
    folder: Path = parse_model_path(configuration.read(ModelSettings).model).repository / args.name
    version = args.version or candidate_number(folder)
    move = activate(folder, version, args.by, now(), check=open_manifest_check(configuration))
    print(f"stable is version {move.after} of {args.name}, was {move.before}")
    return 0
