"""The console: its feed, its actions, who may use it, and its server."""

import getpass
import importlib.util
import logging
import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from ipaddress import ip_address
from typing import Final

from marbleline.bootstrap.adapters import open_broker, open_store
from marbleline.bootstrap.learning import product_place
from marbleline.bootstrap.ledger import count_ledger
from marbleline.bootstrap.products import check_product
from marbleline.bootstrap.trial_child import CHILD
from marbleline.console.auth.login import Access, Login
from marbleline.console.auth.roles import Person, Role
from marbleline.console.server import serve
from marbleline.console.state.actions import Actions
from marbleline.console.state.alarm_actions import AlarmActions
from marbleline.console.state.cached_connection import CachedConnection
from marbleline.console.state.camera_actions import CameraActions
from marbleline.console.state.feed import LiveFeed
from marbleline.console.state.full_image import FullImageLoader
from marbleline.console.state.guide_actions import GuideActions
from marbleline.console.state.product_actions import ProductActions
from marbleline.console.state.services import Services
from marbleline.console.state.shift_calendar import ShiftCalendar
from marbleline.console.state.source_actions import SourceActions
from marbleline.console.state.source_rules import SourceRules
from marbleline.console.state.source_trials import SourceTrials
from marbleline.console.state.store_poller import FeedConfig
from marbleline.domain.alarm_event import AlarmEvents
from marbleline.domain.clock import now
from marbleline.domain.frame import FrameIds
from marbleline.domain.ledger_progress import LedgerProgress
from marbleline.errors import SettingError, UnknownProduct
from marbleline.settings.camera import CameraSettings
from marbleline.settings.configuration import Configuration
from marbleline.settings.console import ConsoleSettings
from marbleline.settings.line import LineSettings, TelemetrySettings
from marbleline.settings.secret_files import SECRETS, SecretFiles
from marbleline.telemetry.health import Health, serving

log = logging.getLogger("marbleline.console")

ANONYMOUS: Final = "anonymous"


def run(configuration: Configuration, access: Access, stop: threading.Event) -> None:
    """Serve until told to stop."""
    settings, telemetry = configuration.read(ConsoleSettings), configuration.read(TelemetrySettings)
    line = configuration.read(LineSettings).line
    progress = LedgerProgress()
    make_broker = partial(open_broker, configuration, "console")
    make_store = partial(open_store, configuration)
    config = FeedConfig(
        make_broker=make_broker,
        make_store=make_store,
        read_ledger=lambda: progress.marked(count_ledger(configuration)),
        counts_since=lambda at: midnight(at, settings.console_time_zone),
    )
    health = Health()
    feed = LiveFeed(config, line, now, health=health, hold_faulty=settings.console_hold_faulty)
    actions = Actions(CachedConnection(make_store), CachedConnection(make_broker), feed, now)
    shift_calendar = ShiftCalendar(settings.console_time_zone, settings.console_shift_starts)
    products = ProductActions(product_place(configuration), actions)
    alarms = AlarmActions(AlarmEvents(line, FrameIds(now)), actions)
    cameras = CameraActions(line, actions)
    sources = source_actions(configuration, cameras)
    images = FullImageLoader(make_store)
    guide = GuideActions(actions)
    services = Services(
        feed, images, actions, access, shift_calendar, products, alarms, cameras, sources, guide
    )
    host, port = settings.console_host, settings.console_port
    log.info("console.serving", extra={"host": host, "port": port, "login": access.login.value})
    if access.login is Login.NONE and not is_loopback(host):
        log.warning("console.open", extra={"host": host, "role": access.anonymous.role.value})
    with serving(health, telemetry.health_host, telemetry.health_port):
        serve(services, host, port, stop, settings.console_secrets_file, settings.console_theme)


def source_actions(configuration: Configuration, cameras: CameraActions) -> SourceActions:
    """What may be set of cameras' sources in this console."""
    settings, data = configuration.read(ConsoleSettings), configuration.read(LineSettings).data

    def check(texts: Mapping[str, str]) -> None:
        wanted = configuration.changed("here", **texts).read(CameraSettings).camera_product
        try:
            if wanted:
                check_product(configuration, wanted)
        except UnknownProduct as error:
            raise SettingError(f"camera_product is {wanted!r}: {error}") from error

    rules = SourceRules(settings.console_sources, settings.console_source_root)
    return SourceActions(cameras, rules, SecretFiles(data / SECRETS), data, check, SourceTrials(CHILD))


def access_of(settings: ConsoleSettings) -> Access:
    """The login and the roles. Raises SettingError for a console that others reach without a login although
    nobody said that it is open, and for a login that cannot work.
    """
    login = Login(settings.console_login)
    if login is Login.NONE and not is_loopback(settings.console_host) and not settings.console_open:
        raise SettingError(
            f"console_host is {settings.console_host!r}: without a login the console listens on this machine "
            "only; set console_login, or console_open=true if everybody who reaches it may look on"
        )
    if login is Login.OIDC:
        if not settings.console_secrets_file:
            raise SettingError("console_login oidc: name the file with [auth] in console_secrets_file")
        if importlib.util.find_spec("authlib") is None:
            raise SettingError("console_login oidc: needs Authlib: install marbleline[console]")
    local, forwarded = anonymous_of(settings)
    return Access(
        login,
        local,
        forwarded,
        settings.console_user_header,
        settings.console_proxies,
        settings.console_operators,
        settings.console_engineers,
    )


def anonymous_of(settings: ConsoleSettings) -> tuple[Person, Person]:
    """Who uses a console without a login: directly, and through a proxy, which may stand for anybody.

    On an address that only this machine reaches it is the machine's own user, who may do as much without the
    console. Everybody else is a viewer, unless ``console_anonymous`` names a role.
    """
    local = is_loopback(settings.console_host) and not settings.console_open
    name = _this_user() if local else ANONYMOUS
    if settings.console_anonymous != "auto":
        role = Role(settings.console_anonymous)
        return Person(name, role), Person(ANONYMOUS, role)
    return Person(name, Role.OPERATOR if local else Role.VIEWER), Person(ANONYMOUS, Role.VIEWER)


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
        return ANONYMOUS


def midnight(at: int, zone: tzinfo | None = None) -> int:
    """The last midnight in the zone, None for this machine's; microseconds UTC."""
    moment = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)).astimezone(zone)
    begun = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return round(begun.timestamp()) * 1_000_000
