"""``marbleline product serving-config``."""

import argparse
from pathlib import Path

from marbleline.cli.options import settings_of
from marbleline.settings.line import ModelSettings


def add(parser: argparse.ArgumentParser) -> None:
    """The action's flags."""
    parser.add_argument(
        "file", type=Path, metavar="FILE", help="what --model_config_file of the server names"
    )
    parser.add_argument(
        "--base-path", default="/models/marble", metavar="PATH", help="the folder of --model on that server"
    )


def run(args: argparse.Namespace) -> int:
    """Write it in one rename."""
    from marbleline.tfserving.model_config import write_model_config

    write_model_config(args.file, settings_of(args, ModelSettings).model, args.base_path)
    return 0
