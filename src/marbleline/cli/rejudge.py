"""``marbleline rejudge``: ask another model version about frames of the past."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from marbleline.cli.options import add_settings, configuration_of_a_line
from marbleline.domain.clock import from_iso
from marbleline.errors import WireError
from marbleline.settings.line import ModelSettings

if TYPE_CHECKING:
    from marbleline.operations.rejudge import Progress


def add(subparsers: Any) -> None:
    """The command's flags."""
    parser = subparsers.add_parser(
        "rejudge",
        help="judge past frames again with another model version",
        description="Judges frames of the past again with another version of the model. The results are "
        "shadow verdicts: they are stored beside the verdicts and replace none, and the "
        "ledger and the yield don't change. An interrupted run continues where it stopped.",
        epilog="Exit code: 0 done, 1 failed, 2 usage. Example: marbleline rejudge --version 2 "
        "--since 2026-11-24T06:00Z --until 2026-11-24T14:00Z",
    )
    parser.add_argument("--version", type=int, required=True, metavar="N", help="model version to judge with")
    parser.add_argument("--since", type=_moment, metavar="TIME", help="ISO 8601 with its offset, or Z")
    parser.add_argument("--until", type=_moment, metavar="TIME", help="likewise; both ends are included")
    parser.add_argument("--of-camera", metavar="NAME", help="only frames of this camera (empty: all)")
    add_settings(parser, "line", "max_pixels", "max_decode_bytes")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Judge again and print how many changed."""
    from marbleline.bootstrap.adapters import open_classifier, open_store
    from marbleline.bootstrap.encoder import picture_limits
    from marbleline.domain.clock import now
    from marbleline.domain.model import load_version
    from marbleline.domain.product_repository import parse_model_path
    from marbleline.operations.rejudge import rejudge
    from marbleline.ports.verdicts import VerdictQuery
    from marbleline.sandbox.decoder import PictureDecoder

    configuration = configuration_of_a_line(args)
    model = configuration.read(ModelSettings).model
    folder: Path = load_version(model, args.version)[0]
    classifier = open_classifier(configuration.changed(model=str(folder), classifier=""))
    store, decoder = open_store(configuration), PictureDecoder()
    product = parse_model_path(model).product
    query = VerdictQuery(camera=args.of_camera or None, product=product, since=args.since, until=args.until)
    try:
        total = store.counts(query).total
        show = _Shown(total)
        done = rejudge(store, classifier, query, picture_limits(configuration), now, show, decoder.prepare)
    finally:
        decoder.close()
        store.close()
        classifier.close()
    show.end()
    print(
        f"version {args.version}: {done.judged} of {total} frames judged again, {done.changed} decided "
        f"otherwise; {done.there} had been asked before, {done.missing} have no picture any more"
    )
    return 0


class _Shown:
    """Progress on one line, for people only."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._lively = sys.stderr.isatty()

    def __call__(self, progress: "Progress") -> None:
        if self._lively:
            sys.stderr.write(f"\r{progress.seen} of {self._total} ")
            sys.stderr.flush()

    def end(self) -> None:
        """Leave the line to what follows."""
        if self._lively:
            sys.stderr.write("\r")


def _moment(text: str) -> int:
    try:
        return from_iso(text)
    except WireError as error:
        raise argparse.ArgumentTypeError(f"{text!r}: give a time such as 2026-11-24T06:00Z") from error
