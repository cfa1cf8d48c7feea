"""``marbleline product teach``."""

import argparse
import sys
import time
from pathlib import Path

from marbleline.cli.options import settings_of
from marbleline.cli.product.targets import add_targets
from marbleline.errors import SettingError
from marbleline.settings.line import ModelSettings


def add(parser: argparse.ArgumentParser) -> None:
    """The action's flags."""
    parser.add_argument("name", metavar="NAME", help="the product; made if there is none of this name")
    parser.add_argument("--images", type=Path, required=True, metavar="FOLDER", help="folder of the pictures")
    parser.add_argument(
        "--labels",
        type=Path,
        metavar="CSV",
        help="what each shows: columns path (below --images), label (good, crack, dot, joint or another word"
        " for faulty) and, if there are several pictures of a slab, group (default: index.csv in --images)",
    )
    parser.add_argument(
        "--split",
        action="append",
        default=[],
        metavar="NAME",
        help="only rows of this split; can be repeated",
    )
    parser.add_argument(
        "--good", action="append", default=[], metavar="LABEL", help="a further label that means good"
    )
    parser.add_argument(
        "--output",
        type=Path,
        metavar="FOLDER",
        help="the version's folder, named by its number (default: the product's next version)",
    )
    parser.add_argument(
        "--cache", type=Path, metavar="FOLDER", help="keep what was seen of each picture, for the next time"
    )
    parser.add_argument(
        "--watched",
        type=int,
        metavar="N",
        help="slabs that questions were chosen from, if the column asked says why each was asked about: so"
        " answers of strange and uncertain slabs make thresholds no more careful than they need be",
    )
    add_targets(parser)


def run(args: argparse.Namespace) -> int:
    """Teach a version and say what it will decide, and at which risk."""
    from marbleline.cli.product.targets import with_targets
    from marbleline.domain.product import Product
    from marbleline.domain.product_repository import (
        parse_model_path,
        products_in,
        read_product,
        write_product,
    )
    from marbleline.domain.version_labels import stable_version
    from marbleline.training.commission.answers import GOOD_WORDS, read_answers, understood
    from marbleline.training.commission.version_folder import version_folder

    try:
        from marbleline.training.commission.report import report
        from marbleline.training.commission.teach import teach
    except ImportError as error:
        raise SettingError(f"teaching needs LiteRT: pip install 'marbleline[litert]' ({error})") from error
    settings = settings_of(args, ModelSettings)
    repository = parse_model_path(settings.model).repository
    folder = repository / args.name
    known = folder.is_dir() and args.name in products_in(repository)
    product = with_targets(read_product(folder) if known else Product(name=args.name), args)
    base = stable_version(settings.model)
    output = version_folder(folder, base, args.output)
    answers = read_answers(
        args.labels or args.images / "index.csv", args.images, (*GOOD_WORDS, *args.good), args.split
    )
    print(f"{len(answers)} answers: {understood(answers)}", file=sys.stderr)
    begun = time.monotonic()
    result = teach(
        product,
        base,
        answers,
        output,
        cache=args.cache,
        on_progress=lambda text: print(
            f"{time.monotonic() - begun:5.0f} s  {text}", file=sys.stderr, flush=True
        ),
        watched=args.watched,
    )
    if not known and args.output is None:
        write_product(folder, product)
    print(report(result))
    return 0
