"""``marbleline product list``."""

import argparse

from marbleline.cli.options import settings_of
from marbleline.settings.line import ModelSettings


def add(parser: argparse.ArgumentParser) -> None:
    """The action's flags."""
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")


def run(args: argparse.Namespace) -> int:
    """One product a line."""
    import json

    from marbleline.domain.product_repository import parse_model_path
    from marbleline.operations.products import summaries

    for summary in summaries(parse_model_path(settings_of(args, ModelSettings).model).repository).values():
        product, versions = summary.product, summary.labels
        if args.json:
            print(json.dumps({**product.to_document(), "versions": versions}))
        else:
            risk = product.risk
            targets = f"escapes {risk.escapes:.1%}, overkill {risk.overkill:.1%} at {risk.confidence:.0%}"
            text = ", ".join(f"{number}{_called(names)}" for number, names in versions.items())
            print(f"{product.name:<20} versions {text or 'none':<24} {targets}  {product.title}".rstrip())
    return 0


def _called(names: tuple[str, ...]) -> str:
    return f" ({', '.join(names)})" if names else ""
