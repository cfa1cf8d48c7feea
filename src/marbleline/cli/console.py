"""``marbleline console``: show verdicts in the browser."""

import argparse
import getpass
import importlib.util
import logging
from datetime import UTC, datetime, timedelta, tzinfo
from ipaddress import ip_address
from typing import Any

from marbleline.cli.options import add_settings, settings_of
from marbleline.cli.process import add_supervised, start
from marbleline.console.access import Access, Login, Person, Role
from marbleline.domain.clock import now
from marbleline.errors import SettingError
from marbleline.settings import Settings

log = logging.getLogger("marbleline.console")


def add(subparsers: Any) -> None:
    """The command's flags."""
    parser = subparsers.add_parser(
        "console",
        help="show verdicts in the browser",
        description="Shows the line in the browser: the latest slab and its verdict, the slabs to review, "
        "the shift, a search, and the line's own state. Any number of browsers may look on.",
        epilog="Example: marbleline console --console-time-zone Europe/Rome --console-shift-starts "
        "06:00,18:00. Exit code: 0 stopped when told to, 1 the port is taken, 2 usage.",
    )
    add_settings(parser, "line", "console")
    add_supervised(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Serve until stopped. Raises SettingError if the extra ``console`` is not installed."""
    settings = settings_of(args)
    if importlib.util.find_spec("streamlit") is None:
        raise SettingError("the console needs Streamlit: install marbleline[console]")
    access = access_of(settings)
    stop = start(settings, "console", supervised=args.supervised)

    from marbleline import wiring
    from marbleline.console.actions import Actions
    from marbleline.console.desk import Desk
    from marbleline.console.feed import Feed
    from marbleline.console.plant import Plant
    from marbleline.console.record import Doors
    from marbleline.console.server import serve
    from marbleline.console.shared import Shared
    from marbleline.console.sharp import Sharp
    from marbleline.telemetry.health import Health, serving

    doors = Doors(
        make_broker=lambda: wiring.make_broker(settings, "console"),
        make_store=lambda: wiring.make_store(settings),
        read_ledger=lambda: wiring.count_ledger(settings),
        counts_since=lambda at: midnight(at, settings.console_time_zone),
    )
    health = Health()
    feed = Feed(doors, settings.line, now, health=health)
    actions = Actions(Desk(doors.make_store), Desk(doors.make_broker), feed, now)
    plant = Plant(settings.console_time_zone, settings.console_shift_starts)
    shared = Shared(feed, Sharp(doors.make_store), actions, access, plant)
    host, port = settings.console_host, settings.console_port
    log.info("console.serving", extra={"host": host, "port": port, "login": access.login.value})
    if access.login is Login.NONE and not is_loopback(host):
        log.warning("console.open", extra={"host": host, "role": access.anonymous.role.value})
    with serving(health, settings.health_host, settings.health_port):
        serve(shared, host, port, stop, settings.console_secrets_file)
    return 0


def access_of(settings: Settings) -> Access:
    """Who may come in. Raises SettingError for a console that is open to all without anybody having said
    so, and for a login that can't work.
    """
    login = Login(settings.console_login)
    if login is Login.NONE and not is_loopback(settings.console_host) and not settings.console_open:
        raise SettingError(
            f"console_host is {settings.console_host!r}: without a login the console listens on this machine "
            "only; set console_login, or console_open=true if everybody who reaches it may use it"
        )
    if login is Login.OIDC:
        if not settings.console_secrets_file:
            raise SettingError("console_login oidc: name the file with [auth] in console_secrets_file")
        if importlib.util.find_spec("authlib") is None:
            raise SettingError("console_login oidc: needs Authlib: install marbleline[console]")
    return Access(
        login,
        Person(_this_user(), Role(settings.console_anonymous)),
        settings.console_user_header,
        settings.console_proxies,
        settings.console_operators,
        settings.console_engineers,
    )


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches that address."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _this_user() -> str:
    """Who runs this console: whose word a label is where nobody logs in."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "anonymous"


def midnight(at: int, zone: tzinfo | None = None) -> int:
    """The last midnight in the zone, None for this machine's; microseconds UTC."""
    moment = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)).astimezone(zone)
    begun = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return round(begun.timestamp()) * 1_000_000
