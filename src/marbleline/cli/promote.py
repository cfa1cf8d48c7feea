"""``marbleline promote``: call a version of the model stable."""

import argparse
import getpass
from pathlib import Path
from typing import Any

from marbleline.cli.options import add_settings, settings_of
from marbleline.settings import Settings


def add(subparsers: Any) -> None:
    """The command's flags."""
    parser = subparsers.add_parser(
        "promote",
        help="call a model version stable; the line goes over to it without a restart",
        description="Moves the label stable in labels.json to the candidate, or to --version, once its files "
        "are found whole and its gate's report says that it passed. Publishers and model servers follow "
        "within seconds; no frame is lost, and every verdict names the version that gave it.",
        epilog="Exit code: 0 done, 1 refused, 2 usage. Back again: marbleline rollback",
    )
    parser.add_argument("--version", type=int, metavar="N", help="default, or 0: the one labelled candidate")
    parser.add_argument("--force", action="store_true", help="do without the gate's report, or against it")
    add_moving(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Promote and say from which version to which."""
    from marbleline.domain.clock import now
    from marbleline.training.promotion import promote

    settings = settings_of(args)
    move = promote(settings.model, args.version or None, args.by, now(), force=args.force)
    tell_server(args, settings)
    print(f"stable is version {move.after}, was {move.before}; back: marbleline rollback")
    return 0


def add_moving(parser: argparse.ArgumentParser) -> None:
    """The flags of commands that move labels."""
    parser.add_argument("--by", default=_who(), metavar="NAME", help="who it was, for the record")
    parser.add_argument(
        "--config-file", type=Path, metavar="FILE", help="also write TensorFlow Serving's model config here"
    )
    parser.add_argument(
        "--base-path", default="/models/marble", metavar="PATH", help="the model's folder on that server"
    )
    add_settings(parser, "model")


def tell_server(args: argparse.Namespace, settings: Settings) -> None:
    """Write the model config of a TensorFlow Serving, if asked to."""
    from marbleline.training.promotion import serving_config

    if args.config_file is not None:
        args.config_file.write_text(serving_config(settings.model, args.base_path), encoding="utf-8")


def _who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return "unknown"
