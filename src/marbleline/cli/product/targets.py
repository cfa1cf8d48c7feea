"""The flags of a product's title, risk targets and prevalence, and the product that comes of them."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:  # a command's flags need no NumPy: Airflow's tests of the DAGs read them
    from marbleline.domain.product import Product

_RISK: Final = {
    "escapes": "most faulty slabs judged good, as a share of the faulty ones",
    "overkill": "most good slabs judged faulty, as a share of the good ones",
    "confidence": "probability with which a claim about either has to hold",
}


def add_targets(parser: argparse.ArgumentParser) -> None:
    """Give an action these flags; one that is left out changes nothing."""
    parser.add_argument("--title", metavar="TEXT", help="what people call the product")
    for name, text in _RISK.items():
        parser.add_argument(f"--{name}", type=float, metavar="SHARE", help=text)
    parser.add_argument(
        "--prevalence", type=float, metavar="SHARE", help="estimated share of faulty slabs on the line"
    )


def with_targets(product: Product, args: argparse.Namespace) -> Product:
    """The product with what the flags say. Raises SettingError."""
    from msgspec.structs import replace

    risk = {name: getattr(args, name) for name in _RISK if getattr(args, name) is not None}
    given = {name: getattr(args, name) for name in ("title", "prevalence") if getattr(args, name) is not None}
    return replace(product, risk=replace(product.risk, **risk), **given)
