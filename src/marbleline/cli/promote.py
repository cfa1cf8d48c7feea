"""``marbleline promote``: call a version of the model stable."""

import argparse
import getpass
from pathlib import Path
from typing import Any

from marbleline.cli.options import add_settings, configuration_of
from marbleline.settings.line import ModelSettings


def add(subparsers: Any) -> None:
    """The command's flags."""
    parser = subparsers.add_parser(
        "promote",
        help="make a model version the stable one",
        description="Moves the label stable in labels.json to the candidate, or to --version. Refuses a "
        "version whose files are incomplete or changed, or whose gate report does not say that it passed. "
        "Publishers and model servers follow within seconds. No frame is lost, and every verdict names the "
        "version that judged it.",
        epilog="Exit code: 0 done, 1 refused, 2 usage. To undo: marbleline rollback",
    )
    parser.add_argument(
        "--version", type=int, metavar="N", help="version to promote; default, or 0: the candidate"
    )
    parser.add_argument("--force", action="store_true", help="promote without a gate report, or against it")
    add_moving(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Promote and say from which version to which."""
    from marbleline.bootstrap.adapters import open_manifest_check
    from marbleline.domain.clock import now
    from marbleline.training.monitor.promotion import promote

    configuration = configuration_of(args)
    model = model_folder(args, configuration.read(ModelSettings).model)
    check = open_manifest_check(configuration)
    move = promote(model, args.version or None, args.by, now(), force=args.force, check=check)
    write_serving_config(args, model)
    print(f"stable is version {move.after}, was {move.before}; undo with: marbleline rollback")
    return 0


def add_moving(parser: argparse.ArgumentParser) -> None:
    """The flags of commands that move labels."""
    parser.add_argument("--by", default=user_name(), metavar="NAME", help="who it was, for the record")
    parser.add_argument(
        "--product",
        default="",
        metavar="NAME",
        help="a product beside that of --model, in the same repository (default: the latter)",
    )
    parser.add_argument(
        "--config-file",
        type=Path,
        metavar="FILE",
        help="also write TensorFlow Serving's model config here, with every product of the repository",
    )
    parser.add_argument(
        "--base-path", default="/models/marble", metavar="PATH", help="the model's folder on that server"
    )
    add_settings(parser, "model", "model_public_key_file")


def model_folder(args: argparse.Namespace, model: Path) -> Path:
    """The folder of the product whose label moves."""
    from marbleline.domain.product_repository import parse_model_path

    return parse_model_path(model).repository / args.product if args.product else model


def write_serving_config(args: argparse.Namespace, model: Path) -> None:
    """Write the model config of a TensorFlow Serving, if asked to."""
    from marbleline.tfserving.model_config import write_model_config

    if args.config_file is not None:
        write_model_config(args.config_file, model, args.base_path)


def user_name() -> str:
    """Who runs this command, as far as the system tells."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return "unknown"
