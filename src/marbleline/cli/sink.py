"""``marbleline sink``: tell other systems of verdicts and alarms."""

import argparse
from typing import Any

from marbleline.cli.options import add_settings, add_supervised, configuration_of


def add(subparsers: Any) -> None:
    """The command's flags."""
    parser = subparsers.add_parser(
        "sink",
        help="send verdicts and alarms to webhooks and MQTT brokers, alarms by mail",
        description="Sends the verdicts and alarms of `sink_events` to each receiver in the setting `sinks`, "
        "as signed POST requests, over MQTT or by mail (alarms alone), from a durable queue per "
        "receiver. Retries with backoff while a receiver is unavailable. Dead-letters what a "
        "receiver rejects, or what could not be delivered within sink_give_up_s. Runs until SIGTERM. See "
        "docs/webhooks.md, docs/mqtt.md and docs/mail.md.",
        epilog="Example: marbleline sink --sinks mes=https://mes.example/marble "
        "--sink-secrets mes=whsec_... Exit code: 0 stopped, 2 usage.",
    )
    parser.add_argument("--make-secret", action="store_true", help="print a new secret of a webhook and exit")
    add_settings(parser, "line", "sink")
    add_supervised(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run the worker until it is stopped. Raises SettingError if there is nobody to tell."""
    if args.make_secret:
        from marbleline.adapters.sinks.webhook import make_secret

        print(make_secret())
        return 0
    from marbleline.bootstrap import sink
    from marbleline.bootstrap.process import start

    configuration = configuration_of(args)
    sinks = sink.open_sinks(configuration)
    stop = start(configuration, "sink", supervised=args.supervised)
    sink.run(configuration, sinks, stop)
    return 0
