"""``marbleline product gate``."""

import argparse
from pathlib import Path
from typing import Final

from marbleline.cli import EXIT_DECLINED
from marbleline.cli.options import configuration_of
from marbleline.settings.line import ModelSettings

SETTINGS: Final = ("model", "model_public_key_file")

_LEAST_DECIDED: Final = 0.5


def add(parser: argparse.ArgumentParser) -> None:
    """The action's flags."""
    parser.add_argument("name", metavar="NAME", help="the product")
    parser.add_argument("--version", type=int, metavar="N", help="the learnt version; default: the candidate")
    parser.add_argument(
        "--decided",
        type=float,
        default=_LEAST_DECIDED,
        metavar="SHARE",
        help=f"least expected share of slabs that are not sent to review (default: {_LEAST_DECIDED:g})",
    )


def run(args: argparse.Namespace) -> int:
    """Print each check; EXIT_DECLINED if one does not hold."""
    from marbleline.bootstrap.adapters import open_manifest_check
    from marbleline.domain.product_repository import parse_model_path
    from marbleline.domain.version_labels import candidate_number
    from marbleline.training.guided.outcome_gate import gate_learnt

    configuration = configuration_of(args)
    folder: Path = parse_model_path(configuration.read(ModelSettings).model).repository / args.name
    version = args.version or candidate_number(folder)
    result = gate_learnt(folder, version, args.decided, check=open_manifest_check(configuration))
    for check in result.checks:
        print(f"{'ok    ' if check.passed else 'FAILED'} {check.name}: {check.detail}")
    if result.passed:
        print(f"version {version} may be promoted: marbleline promote --product {args.name}")
        return 0
    print(f"version {version} is refused; `marbleline product ask {args.name}` names slabs to label")
    return EXIT_DECLINED
