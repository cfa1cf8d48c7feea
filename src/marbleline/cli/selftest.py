"""``marbleline selftest``: send a known good and a known faulty slab through the running line."""

import argparse
from typing import Any

from marbleline.cli.options import add_settings, settings_of


def add(subparsers: Any) -> None:
    """The command's flags."""
    parser = subparsers.add_parser(
        "selftest",
        help="send a known good and a known faulty slab through the running line",
        description="Publishes two known slabs as frames of a camera called selftest, waits for their "
        "verdicts and for their record, and says whether both are right.",
        epilog="Exit code: 0 both right, 1 one is wrong or did not come in time, 2 usage.",
    )
    parser.add_argument("--timeout", type=float, default=60.0, metavar="SECONDS", help="default: 60")
    add_settings(parser, "line")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print a line per slab; 1 unless all are right."""
    from marbleline import wiring
    from marbleline.domain.clock import now
    from marbleline.workers.selftest import drawn_samples, send_through

    settings = settings_of(args)
    broker, store = wiring.make_broker(settings, "selftest"), wiring.make_store(settings)
    try:
        outcomes = send_through(broker, store, settings.line, drawn_samples(), now, args.timeout)
    finally:
        broker.close()
        store.close()
    for one in outcomes:
        said = "no verdict in time" if one.verdict is None else one.verdict.decision.value
        record = "on record" if one.recorded else "not on record"
        print(
            f"{'ok' if one.right else 'WRONG':<5} {one.sample.name}: {said}, {record}; "
            f"expected {one.sample.expected}"
        )
    return 0 if all(one.right for one in outcomes) else 1
