"""``marbleline product learn``."""

import argparse
import os
import sys
from typing import Final

from marbleline.cli import EXIT_DECLINED
from marbleline.cli.options import configuration_of_a_line
from marbleline.errors import SettingError

SETTINGS: Final = ("line",)

_LESS_URGENT: Final = 10


def add(parser: argparse.ArgumentParser) -> None:
    """The action's flags."""
    from marbleline.cli.promote import user_name

    parser.add_argument("name", metavar="NAME", help="the product")
    parser.add_argument(
        "--at-least", type=int, default=0, metavar="N", help="learn nothing from fewer labelled slabs"
    )
    parser.add_argument("--by", default=user_name(), metavar="WHO", help="who has it learnt, for the record")


def run(args: argparse.Namespace) -> int:
    """Learn a candidate from the labels in the store, and say what it would decide."""
    from marbleline.bootstrap.adapters import open_manifest_check, open_store
    from marbleline.domain.product_repository import parse_model_path, products_in
    from marbleline.settings.line import LineSettings, ModelSettings
    from marbleline.training.guided.job import job_folder
    from marbleline.training.guided.labelled_slabs import count_labels, standing_labels

    try:
        from marbleline.training.guided.learn import learn_as_job
    except ImportError as error:
        raise SettingError(f"learning needs LiteRT: pip install 'marbleline[litert]' ({error})") from error
    configuration = configuration_of_a_line(args)
    line = configuration.read(LineSettings)
    repository = parse_model_path(configuration.read(ModelSettings).model).repository
    products = products_in(repository)
    if args.name not in products:
        raise SettingError(
            f"product {args.name}: there is none in {repository}; see `marbleline product list`"
        )
    os.nice(_LESS_URGENT)  # the line has precedence
    store = open_store(configuration)
    try:
        counts = count_labels(standing_labels(store, line.line, args.name))
        if counts.good + counts.faulty < args.at_least:
            print(f"{counts.good + counts.faulty} labelled slabs of {args.name}, fewer than {args.at_least}")
            return EXIT_DECLINED
        outcome = learn_as_job(
            store,
            line.line,
            products[args.name],
            job_folder(line.data, args.name),
            args.by,
            lambda step: print(step, file=sys.stderr, flush=True),
            check=open_manifest_check(configuration),
        )
    finally:
        store.close()
    decided = outcome.decided.value
    share = "-" if decided is None else f"{decided:.1%}"
    print(
        f"version {outcome.version} of {outcome.product}: {outcome.labels} labelled slabs, {outcome.faulty}"
        f" faulty; would decide {share};"
        f" activate it with: marbleline product activate {outcome.product}"
    )
    return 0
