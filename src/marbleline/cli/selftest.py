"""``marbleline selftest``: send known slabs through the running line."""

import argparse
from pathlib import Path
from typing import Any

from marbleline.cli.options import add_settings, configuration_of
from marbleline.settings.line import LineSettings, ModelSettings


def add(subparsers: Any) -> None:
    """The command's flags."""
    parser = subparsers.add_parser(
        "selftest",
        help="send known slabs through the running line and check the verdicts",
        description="Publishes known slabs as frames of a camera named selftest, waits for their verdicts "
        "and their record, and checks them. Without --samples it sends two synthetic slabs. "
        "With --samples it sends golden samples: the pictures in the folders good, crack, dot "
        "and joint of a folder. A good slab must be judged good; a faulty slab may be judged "
        "faulty or sent to review.",
        epilog="Exit code: 0 all right, 1 a verdict is wrong or late, 2 usage. Example, at the start "
        "of a shift: marbleline selftest --samples golden/ --alarm",
    )
    parser.add_argument("--samples", type=Path, metavar="FOLDER", help="golden samples: good/, crack/, ...")
    parser.add_argument(
        "--alarm", action="store_true", help="raise the alarm golden_sample on the console, or clear it"
    )
    parser.add_argument(
        "--any-decision",
        action="store_true",
        help="accept any verdict, for a model that was not trained on such slabs",
    )
    parser.add_argument("--timeout", type=float, default=60.0, metavar="SECONDS", help="default: 60")
    add_settings(parser, "line")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print a line per slab; 1 unless all are right."""
    from marbleline.bootstrap.adapters import open_broker, open_store
    from marbleline.domain.clock import now
    from marbleline.domain.product_repository import parse_model_path
    from marbleline.operations.golden import alarm_of, samples_in
    from marbleline.operations.selftest import drawn_samples, send_through

    configuration = configuration_of(args)
    line = configuration.read(LineSettings)
    samples = samples_in(args.samples, line.max_frame_bytes) if args.samples else drawn_samples()
    broker, store = open_broker(configuration, "selftest"), open_store(configuration)
    try:
        product = parse_model_path(configuration.read(ModelSettings).model).product
        outcomes = send_through(broker, store, line.line, samples, now, args.timeout, product)
        if args.alarm:
            store.put_alarms([alarm_of(line.line, outcomes, now())])
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
