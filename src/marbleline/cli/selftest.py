"""``marbleline selftest``: send known slabs through the running line."""

import argparse
from pathlib import Path
from typing import Any

from marbleline.cli.options import add_settings, settings_of


def add(subparsers: Any) -> None:
    """The command's flags."""
    parser = subparsers.add_parser(
        "selftest",
        help="send known slabs through the running line and compare what it says of them",
        description="Publishes known slabs as frames of a camera called selftest, waits for their verdicts "
        "and their record, and says whether all are right. Without --samples these are two drawn ones; with "
        "it, the pictures below the folders good, crack, dot and joint of a folder of yours: the golden "
        "samples. A known faulty slab may be called faulty or sent to review, a good one has to be good.",
        epilog="Exit code: 0 all right, 1 one is wrong or did not come in time, 2 usage. Example, at the "
        "start of a shift: marbleline selftest --samples golden/ --alarm",
    )
    parser.add_argument("--samples", type=Path, metavar="FOLDER", help="golden samples: good/, crack/, ...")
    parser.add_argument(
        "--alarm", action="store_true", help="raise the alarm golden_sample on the console, or clear it"
    )
    parser.add_argument(
        "--any-decision",
        action="store_true",
        help="any verdict will do, for a model that was not trained on such slabs",
    )
    parser.add_argument("--timeout", type=float, default=60.0, metavar="SECONDS", help="default: 60")
    add_settings(parser, "line")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print a line per slab; 1 unless all are right."""
    from marbleline import wiring
    from marbleline.domain.clock import now
    from marbleline.workers.golden import alarm_of, samples_in
    from marbleline.workers.selftest import drawn_samples, send_through

    settings = settings_of(args)
    samples = samples_in(args.samples, settings.max_frame_bytes) if args.samples else drawn_samples()
    broker, store = wiring.make_broker(settings, "selftest"), wiring.make_store(settings)
    try:
        outcomes = send_through(broker, store, settings.line, samples, now, args.timeout)
        if args.alarm:
            store.put_alarms([alarm_of(settings.line, outcomes, now())])
    finally:
        broker.close()
        store.close()
    fine = [one.answered if args.any_decision else one.right for one in outcomes]
    for one, well in zip(outcomes, fine, strict=True):
        said = "no verdict in time" if one.verdict is None else one.verdict.decision.value
        record = "on record" if one.recorded else "not on record"
        expected = " or ".join(one.sample.expected)
        print(f"{'ok' if well else 'WRONG':<5} {one.sample.name}: {said}, {record}; expected {expected}")
    return 0 if all(fine) else 1
