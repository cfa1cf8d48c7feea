"""``marbleline product show``."""

import argparse

from marbleline.cli.options import settings_of
from marbleline.settings.line import ModelSettings


def add(parser: argparse.ArgumentParser) -> None:
    """The action's flags."""
    parser.add_argument("name", metavar="NAME", help="the product's name")


def run(args: argparse.Namespace) -> int:
    """The product's file, with what it leaves to the defaults filled in."""
    import json

    from marbleline.domain.product_repository import parse_model_path, read_product

    product = read_product(parse_model_path(settings_of(args, ModelSettings).model).repository / args.name)
    print(json.dumps(product.to_document(), indent=2, ensure_ascii=False))
    return 0
