"""``marbleline console``: show verdicts in the browser."""

import argparse
import importlib.util
import logging
from datetime import UTC, datetime, timedelta
from typing import Any

from marbleline.cli.options import add_settings, settings_of
from marbleline.cli.process import add_supervised, start
from marbleline.domain.clock import now
from marbleline.errors import SettingError

log = logging.getLogger("marbleline.console")


def add(subparsers: Any) -> None:
    """The command's flags."""
    parser = subparsers.add_parser(
        "console",
        help="show verdicts in the browser",
        description="Shows the line in the browser: the latest slab and its verdict, the last slabs, the "
        "cameras, the counts and the ledger. Any number of browsers may look on.",
    )
    add_settings(parser, "line", "console")
    add_supervised(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Serve until stopped. Raises SettingError if the extra ``console`` is not installed."""
    settings = settings_of(args)
    if importlib.util.find_spec("streamlit") is None:
        raise SettingError("the console needs Streamlit: install marbleline[console]")
    stop = start(settings, "console", supervised=args.supervised)

    from marbleline import wiring
    from marbleline.console.feed import Feed
    from marbleline.console.record import Doors
    from marbleline.console.server import serve
    from marbleline.console.shared import Shared
    from marbleline.console.sharp import Sharp
    from marbleline.telemetry.health import Health, serving

    doors = Doors(
        make_broker=lambda: wiring.make_broker(settings, "console"),
        make_store=lambda: wiring.make_store(settings),
        read_ledger=lambda: wiring.count_ledger(settings),
        counts_since=midnight,
    )
    health = Health()
    shared = Shared(Feed(doors, settings.line, now, health=health), Sharp(doors.make_store))
    log.info("console.serving", extra={"host": settings.console_host, "port": settings.console_port})
    with serving(health, settings.health_host, settings.health_port):
        serve(shared, settings.console_host, settings.console_port, stop)
    return 0


def midnight(at: int) -> int:
    """The last midnight in this machine's time zone, microseconds UTC."""
    moment = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)).astimezone()
    begun = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return round(begun.timestamp()) * 1_000_000
