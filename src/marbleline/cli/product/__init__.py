"""``marbleline product``: a module per action, each with ``add`` (its flags) and ``run``."""

import argparse
import importlib
from typing import Any, Final

from marbleline.cli.options import add_settings

ACTIONS: Final = {
    "list": "the products, their versions and targets",
    "show": "one product whole, as JSON",
    "create": "make a product, with the model of another to start from",
    "set": "change a product's title, risk targets or prevalence",
    "teach": "learn a model version from labelled pictures of the product",
    "watch": "wait until the line has judged enough slabs of a product, and say what it decided",
    "ask": "name the slabs whose labels are worth most, and why",
    "learn": "learn a candidate version from the labels in the store",
    "gate": "hold a learnt version against the product's risk targets",
    "activate": "let a learnt version judge",
    "rehearse": "watch, ask, learn and show with a drawn stone and simulated answers, in a few minutes",
    "use": "switch the line to a product, from each camera's next frame on",
    "history": "which product the line was switched to, by whom, and from which frame of each camera on",
    "serving-config": "write TensorFlow Serving's model config with every product",
}


def add(subparsers: Any) -> None:
    """The command's flags."""
    parser = subparsers.add_parser(
        "product",
        help="list, create and set up products, and switch the line to another",
        description="A product is a kind of stone, size and finish. Its folder beside that of --model holds "
        "its model versions and product.json with its risk targets.",
        epilog="Exit code: 0 done, 1 a file can't be read or written, 2 usage, 3 declined: too few slabs or "
        "labels, or refused by the gate. See docs/products.md",
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    for name, text in ACTIONS.items():
        action: argparse.ArgumentParser = actions.add_parser(
            name, help=text, description=text[0].upper() + text[1:] + "."
        )
        module = importlib.import_module(f"marbleline.cli.product.{name.replace('-', '_')}")
        module.add(action)
        add_settings(action, *getattr(module, "SETTINGS", ("model",)))
        action.set_defaults(run=module.run)
