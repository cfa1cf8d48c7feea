"""``marbleline product create``."""

import argparse

from marbleline.cli.options import settings_of
from marbleline.cli.product.targets import add_targets
from marbleline.errors import SettingError
from marbleline.settings.line import ModelSettings


def add(parser: argparse.ArgumentParser) -> None:
    """The action's flags."""
    from marbleline.cli.promote import user_name

    parser.add_argument("name", metavar="NAME", help="the new product's name, such as botticino-polished")
    parser.add_argument(
        "--from",
        dest="start_from",
        metavar="PRODUCT",
        help="product whose stable version becomes version 1 of the new one; without it there is no version, "
        "and frames of the product are dead-lettered until it has been taught",
    )
    parser.add_argument(
        "--window",
        type=int,
        metavar="PIXELS",
        help="with --from: judge pictures with a longer short side in overlapping windows of so many "
        "pixels; 480 is as fine as the shipped model was trained; 0: each picture in one piece, scaled "
        "down (default: as the product before)",
    )
    parser.add_argument("--if-missing", action="store_true", help="leave a product of this name as it is")
    parser.add_argument("--by", default=user_name(), metavar="WHO", help="who makes it, for the record")
    add_targets(parser)


def run(args: argparse.Namespace) -> int:
    """Make it and say where it is."""
    from marbleline.cli.product.targets import with_targets
    from marbleline.domain.product import Product
    from marbleline.domain.product_repository import parse_model_path, products_in
    from marbleline.operations.products import create_product

    repository = parse_model_path(settings_of(args, ModelSettings).model).repository
    if args.if_missing and repository.is_dir() and args.name in products_in(repository):
        print(f"product {args.name}: is in {repository}")
        return 0
    product = with_targets(Product(name=args.name), args)
    start_from = None if args.start_from is None else repository / args.start_from
    if args.window is not None and start_from is None:
        raise SettingError("--window: is a property of a model version; name with --from whose to start from")
    made = create_product(repository, product, start_from, args.by, window=args.window)
    print(f"product {args.name}: made in {made}")
    return 0
