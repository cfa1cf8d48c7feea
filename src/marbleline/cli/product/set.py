"""``marbleline product set``."""

import argparse

from marbleline.cli.options import settings_of
from marbleline.cli.product.targets import add_targets
from marbleline.settings.line import ModelSettings


def add(parser: argparse.ArgumentParser) -> None:
    """The action's flags."""
    parser.add_argument("name", metavar="NAME", help="the product's name")
    add_targets(parser)


def run(args: argparse.Namespace) -> int:
    """Write the product's file with what the flags say."""
    from marbleline.cli.product.targets import with_targets
    from marbleline.domain.product_repository import parse_model_path, read_product, write_product

    folder = parse_model_path(settings_of(args, ModelSettings).model).repository / args.name
    write_product(folder, with_targets(read_product(folder), args))
    return 0
