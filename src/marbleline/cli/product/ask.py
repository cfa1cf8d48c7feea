"""``marbleline product ask``."""

import argparse
import json
from typing import Final

from marbleline.cli.options import configuration_of_a_line

SETTINGS: Final = ("line",)


def add(parser: argparse.ArgumentParser) -> None:
    """The action's flags."""
    parser.add_argument("name", metavar="NAME", help="the product")
    parser.add_argument("--count", type=int, default=20, metavar="N", help="slabs to name (default: 20)")
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")


def run(args: argparse.Namespace) -> int:
    """Name the slabs whose labels are worth most, one a line, and why each is asked for."""
    from marbleline.bootstrap.adapters import open_store
    from marbleline.domain.product_repository import parse_model_path
    from marbleline.settings.line import LineSettings, ModelSettings
    from marbleline.training.guided.questions import learnt_versions, next_round

    configuration = configuration_of_a_line(args)
    line = configuration.read(LineSettings).line
    folder = parse_model_path(configuration.read(ModelSettings).model).repository / args.name
    learnt = learnt_versions(folder)
    store = open_store(configuration)
    try:
        for one in next_round(store, line, args.name, args.count, learnt):
            if args.json:
                print(json.dumps({"frame_id": one.frame_id, "why": one.why}))
            else:
                print(f"{one.frame_id}  {one.why}")
    finally:
        store.close()
    return 0
