"""``marbleline publisher``: ask the model, decide, publish and record the verdicts."""

import argparse
from functools import partial
from typing import Any

from marbleline.cli.options import add_settings, settings_of
from marbleline.cli.process import add_once, add_supervised, run_loops, run_once, start


def add(subparsers: Any) -> None:
    """The command's flags."""
    parser = subparsers.add_parser(
        "publisher",
        help="ask the model, decide, and publish verdicts",
        description="Takes encoded frames from the broker, asks the model about a batch, decides by the "
        "thresholds, publishes one verdict per frame and records it in the store. Runs until SIGTERM, or "
        "with --once until its queues are empty.",
        epilog="Exit code: 0 stopped or done, 1 it could not go on, 2 usage.",
    )
    add_once(parser, "what lies in its queues")
    add_settings(parser, "line", "publisher")
    add_supervised(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run the worker until it is told to stop."""
    from marbleline import wiring
    from marbleline.domain.clock import now
    from marbleline.domain.quality import Gate
    from marbleline.ports.broker import Broker
    from marbleline.ports.classifier import Classifier
    from marbleline.ports.store import Store
    from marbleline.ports.topology import ENCODED, VERDICT_RECORDS
    from marbleline.workers.loop import Batching, consume
    from marbleline.workers.publisher import ignored, publishing
    from marbleline.workers.recorder import VERDICTS_AT_ONCE, verdict_recording
    from marbleline.workers.shadow import Shadow

    settings = settings_of(args)
    stop = start(settings, "publisher", supervised=args.supervised)
    batching = Batching(settings.batch_size, settings.batch_ms)
    shadow = Shadow(Gate(), now, settings.shadow_share) if settings.shadow and not args.once else None
    connections: list[Broker | Store | Classifier] = []
    loops = {}
    # While one batch's verdicts are confirmed, the model has the next one. Brokers and classifiers are used
    # by one thread at a time, so each has its own.
    for number in range(1 if args.once else settings.batches_in_flight):
        hot, classifier = wiring.make_broker(settings, "publisher"), wiring.make_classifier(settings)
        connections += [hot, classifier]
        work = publishing(classifier, Gate(), now, shadow.offer if shadow else ignored)
        loops[f"publish-{number + 1}"] = partial(
            consume, hot, ENCODED.name, work, batching, stop, once=args.once
        )
    cold, store = wiring.make_broker(settings, "publisher-recorder"), wiring.make_store(settings)
    connections += [cold, store]
    record = verdict_recording(store)
    loops["record"] = partial(
        consume, cold, VERDICT_RECORDS.name, record, VERDICTS_AT_ONCE, stop, once=args.once
    )
    try:
        if args.once:
            run_once(loops)
            return 0
        if shadow:
            candidate, opinions = wiring.make_shadow(settings), wiring.make_store(settings)
            connections += [candidate, opinions]
            loops["shadow"] = partial(shadow.run, candidate, opinions, stop)
        run_loops(settings, loops, stop)
    finally:
        for connection in connections:
            connection.close()
    return 0
