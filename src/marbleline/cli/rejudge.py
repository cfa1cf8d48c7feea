"""``marbleline rejudge``: ask another model version about frames of the past."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from marbleline.cli.options import add_settings, settings_of_a_line
from marbleline.domain.clock import from_iso
from marbleline.errors import WireError

if TYPE_CHECKING:
    from marbleline.workers.rejudge import Progress


def add(subparsers: Any) -> None:
    """The command's flags."""
    parser = subparsers.add_parser(
        "rejudge",
        help="judge a span of time again with another model version",
        description="Judges frames of the past again with another version of the model. What it says stands "
        "beside the verdicts as an opinion, never over them: the ledger, the yield and whoever acted on a "
        "verdict are not touched. May be stopped and run again; what was asked is not asked twice.",
        epilog="Exit code: 0 done, 1 it could not go on, 2 usage. Example: marbleline rejudge --version 2 "
        "--since 2026-11-24T06:00Z --until 2026-11-24T14:00Z",
    )
    parser.add_argument("--version", type=int, required=True, metavar="N", help="the version to ask")
    parser.add_argument("--since", type=_moment, metavar="TIME", help="ISO 8601 with its offset, or Z")
    parser.add_argument("--until", type=_moment, metavar="TIME", help="likewise; both ends are included")
    parser.add_argument("--of-camera", metavar="NAME", help="only frames of this camera (empty: all)")
    add_settings(parser, "line", "max_pixels")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Judge again and print how many changed."""
    from marbleline import wiring
    from marbleline.domain.clock import now
    from marbleline.domain.model import load_version
    from marbleline.ports.store import VerdictQuery
    from marbleline.workers.rejudge import rejudge

    settings = settings_of_a_line(args)
    folder: Path = load_version(settings.model, args.version)[0]
    classifier = wiring.make_classifier(settings.with_(model=folder, classifier=""))
    store = wiring.make_store(settings)
    query = VerdictQuery(camera=args.of_camera or None, since=args.since, until=args.until)
    try:
        total = store.counts(query).total
        show = _Shown(total)
        done = rejudge(store, classifier, query, wiring.limits(settings), now, show)
    finally:
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
