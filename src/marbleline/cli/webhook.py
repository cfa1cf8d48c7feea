"""``marbleline webhook``: tell others of verdicts and alarms."""

import argparse
from contextlib import ExitStack, closing
from functools import partial
from typing import Any

from marbleline.cli.options import add_settings, settings_of
from marbleline.cli.process import add_supervised, run_loops, start
from marbleline.errors import SettingError


def add(subparsers: Any) -> None:
    """The command's flags."""
    parser = subparsers.add_parser(
        "webhook",
        help="tell other systems of verdicts and alarms",
        description="POSTs every faulty and review verdict and every alarm to the webhooks that the setting "
        "`webhooks` names, signed, from a durable queue each. A receiver that is away is tried again with "
        "backoff; what it refuses, or can't be told within webhook_give_up_s, is dead-lettered. Runs until "
        "SIGTERM. See docs/webhooks.md.",
        epilog="Example: marbleline webhook --webhooks mes=https://mes.example/marble "
        "--webhook-secrets mes=whsec_... Exit code: 0 stopped, 2 usage.",
    )
    parser.add_argument("--make-secret", action="store_true", help="print a new secret and end")
    add_settings(parser, "line", "webhook")
    add_supervised(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run the worker until it is told to stop. Raises SettingError if there is nobody to tell."""
    from marbleline import wiring
    from marbleline.adapters.receiver_http import make_secret
    from marbleline.domain.clock import now
    from marbleline.ports.topology import webhook_queue
    from marbleline.workers.loop import Batching, consume
    from marbleline.workers.webhook import announce_alarms, telling

    if args.make_secret:
        print(make_secret())
        return 0
    settings = settings_of(args)
    receivers = wiring.make_receivers(settings)
    if not receivers:
        raise SettingError("webhooks is empty: name whom to tell, as NAME=https://...")
    stop = start(settings, "webhook", supervised=args.supervised)
    events, give_up_s = settings.webhook_events.split(","), settings.webhook_give_up_s
    with ExitStack() as opened:
        loops = {
            f"tell {name}": partial(
                consume,
                opened.enter_context(closing(wiring.make_broker(settings, f"webhook-{name}"))),
                webhook_queue(name).name,
                telling(name, receiver, events, give_up_s, now),
                Batching(1),
                stop,
            )
            for name, receiver in receivers.items()
        }
        # Who tells of no alarms has no need of the store.
        if "alarm" in events:
            store = opened.enter_context(closing(wiring.make_store(settings)))
            broker = opened.enter_context(closing(wiring.make_broker(settings, "webhook-alarms")))
            loops["alarms"] = partial(announce_alarms, store, broker, list(receivers), give_up_s, now, stop)
        run_loops(settings, loops, stop)
    return 0
