"""Settings of the console: its address, who may look, and the plant's shifts."""

from dataclasses import dataclass
from datetime import time
from ipaddress import ip_network
from pathlib import Path
from zoneinfo import ZoneInfo

from marbleline.settings.kinds import (
    FILE,
    FLAG,
    HOST,
    NAMES,
    NETWORKS,
    TEXT,
    TIMES,
    ZONE,
    Network,
    one_of,
    whole,
)
from marbleline.settings.setting import setting


@dataclass(frozen=True, slots=True)
class ConsoleSettings:
    """The console."""

    console_port: int = setting(whole(1, 65_535), 8501, "Port of the console.")
    console_host: str = setting(
        HOST, "127.0.0.1", "Address that the console listens on; the default is this machine only."
    )
    console_time_zone: ZoneInfo | None = setting(
        ZONE, None, "The plant's time zone, for all times on the screen; empty: each browser's own."
    )
    console_shift_starts: tuple[time, ...] = setting(
        TIMES, (time(6), time(14), time(22)), "When shifts begin, in the plant's time zone."
    )
    console_theme: str = setting(
        one_of("dark", "light", "auto"), "dark", "Colours: dark, light, or as each browser prefers."
    )
    console_hold_faulty: bool = setting(
        FLAG,
        False,
        "Whether a faulty verdict stays on its camera's card on Live until an operator has seen it.",
    )
    console_login: str = setting(
        one_of("none", "header", "oidc"),
        "none",
        "Source of the user's name: none, a proxy's header, or OpenID Connect.",
    )
    console_anonymous: str = setting(
        one_of("auto", "viewer", "operator", "engineer"),
        "auto",
        "Role of all users without a login; auto: operator on an address that only this machine "
        "reaches, else viewer.",
    )
    console_open: bool = setting(
        FLAG,
        False,
        "Whether a console without a login may listen on other addresses; all users are then viewers.",
    )
    console_user_header: str = setting(
        TEXT, "X-Forwarded-User", "Header in which a trusted proxy passes the user's name."
    )
    console_proxies: tuple[Network, ...] = setting(
        NETWORKS,
        (ip_network("127.0.0.1"), ip_network("::1")),
        "Addresses of trusted proxies; connections from other addresses are refused.",
    )
    console_secrets_file: Path | None = setting(
        FILE, None, "TOML file with Streamlit's [auth] section, for OpenID Connect."
    )
    console_operators: frozenset[str] = setting(
        NAMES,
        frozenset(),
        "Users who may correct verdicts, by name or e-mail as in the login; *: all logged-in users.",
    )
    console_engineers: frozenset[str] = setting(
        NAMES,
        frozenset(),
        "Users who may also replay dead letters; *: all logged-in users. Other users can only view.",
    )
    console_sources: frozenset[str] = setting(
        NAMES,
        frozenset({"synthetic", "folder", "landing", "video", "genicam", "http"}),
        "Kinds of sources of which an engineer may add and change cameras in the console.",
    )
    console_source_root: Path | None = setting(
        FILE,
        None,
        "Folder below which sources that are set in the console may read files; empty: they read none.",
    )
