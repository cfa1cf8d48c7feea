"""``marbleline publisher``: ask the model, decide, publish and record the verdicts."""

import argparse
from functools import partial
from typing import Any

from marbleline.cli.options import add_settings, settings_of
from marbleline.cli.process import add_supervised, run_loops, start


def add(subparsers: Any) -> None:
    """The command's flags."""
    parser = subparsers.add_parser(
        "publisher",
        help="ask the model, decide, and publish verdicts",
        description="Takes encoded frames from the broker, asks the model about a batch, decides by the "
        "thresholds, publishes one verdict per frame and records it in the store. Runs until SIGTERM.",
    )
    add_settings(parser, "line", "publisher")
    add_supervised(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run the worker until it is told to stop."""
    from marbleline import wiring
    from marbleline.domain.clock import now
    from marbleline.domain.quality import Gate
    from marbleline.ports.topology import ENCODED, VERDICT_RECORDS
    from marbleline.workers.loop import Batching, consume
    from marbleline.workers.publisher import publishing
    from marbleline.workers.recorder import verdict_recording

    settings = settings_of(args)
    stop = start(settings, "publisher", supervised=args.supervised)
    classifier = wiring.make_classifier(settings)
    hot, cold = wiring.make_broker(settings, "publisher"), wiring.make_broker(settings, "publisher-recorder")
    store = wiring.make_store(settings)
    batching = Batching(settings.batch_size, settings.batch_ms)
    work, record = publishing(classifier, Gate(), now), verdict_recording(store)
    try:
        run_loops(
            settings,
            {
                "publish": partial(consume, hot, ENCODED.name, work, batching, stop),
                "record": partial(consume, cold, VERDICT_RECORDS.name, record, Batching(32), stop),
            },
            stop,
        )
    finally:
        for connection in (hot, cold, store, classifier):
            connection.close()
    return 0
