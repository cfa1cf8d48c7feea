"""``marbleline product use``."""

import argparse
from typing import Final

from marbleline.cli.options import configuration_of

SETTINGS: Final = ("line",)


def add(parser: argparse.ArgumentParser) -> None:
    """The action's flags."""
    from marbleline.cli.promote import user_name

    parser.add_argument("name", metavar="NAME", help="the product's name")
    parser.add_argument("--by", default=user_name(), metavar="WHO", help="who switches, for the record")
    parser.add_argument(
        "--force", action="store_true", help="also to a product that has no model in this repository"
    )


def run(args: argparse.Namespace) -> int:
    """Switch, and say what was before."""
    from marbleline.bootstrap.adapters import open_broker
    from marbleline.bootstrap.products import repository_of
    from marbleline.errors import SettingError, UnknownProduct
    from marbleline.operations.products import switch_product
    from marbleline.settings.line import LineSettings

    configuration = configuration_of(args)
    line = configuration.read(LineSettings).line
    repository = None if args.force else repository_of(configuration)
    broker = open_broker(configuration, "product")
    try:
        before, _ = switch_product(broker, repository, line, args.name, args.by)
    except UnknownProduct as error:
        raise SettingError(f"{error.detail}; or switch with --force") from error
    finally:
        broker.close()
    was = "its setting" if before is None else f"{before.product}, by {before.by}"
    print(f"{line}: {args.name} from each camera's next frame on; was {was}")
    return 0
