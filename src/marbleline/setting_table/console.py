"""Settings of the console: its address, who may look, and the plant's shifts."""

from typing import Final

from marbleline.setting_kinds import (
    FILE,
    FLAG,
    HOST,
    NAMES,
    NETWORKS,
    TEXT,
    TIMES,
    ZONE,
    Setting,
    one_of,
    whole,
)

CONSOLE: Final[tuple[Setting, ...]] = (
    Setting("console_port", "8501", whole(1, 65_535), "console", "Port of the console."),
    Setting(
        "console_host",
        "127.0.0.1",
        HOST,
        "console",
        "Address that the console listens on; the default is this machine only.",
    ),
    Setting(
        "console_time_zone",
        "",
        ZONE,
        "console",
        "The plant's time zone, for all times on the screen; empty: each browser's own.",
    ),
    Setting(
        "console_shift_starts",
        "06:00,14:00,22:00",
        TIMES,
        "console",
        "When shifts begin, in the plant's time zone.",
    ),
    Setting(
        "console_login",
        "none",
        one_of("none", "header", "oidc"),
        "console",
        "Where the console learns who is there: nowhere, from a proxy's header, or by OpenID Connect.",
    ),
    Setting(
        "console_anonymous",
        "engineer",
        one_of("viewer", "operator", "engineer"),
        "console",
        "What everybody may do where there is no login.",
    ),
    Setting(
        "console_open",
        "false",
        FLAG,
        "console",
        "Whether a console without login may listen on more than this machine.",
    ),
    Setting(
        "console_user_header",
        "X-Forwarded-User",
        TEXT,
        "console",
        "The header in which a trusted proxy names the person.",
    ),
    Setting(
        "console_proxies",
        "127.0.0.1,::1",
        NETWORKS,
        "console",
        "The proxies whose header is believed; a connection from elsewhere is refused.",
    ),
    Setting(
        "console_secrets_file",
        "",
        FILE,
        "console",
        "TOML file with Streamlit's [auth] section, for OpenID Connect.",
    ),
    Setting(
        "console_operators",
        "",
        NAMES,
        "console",
        "Who may overrule, by name or e-mail as the login gives it; *: everybody who logs in.",
    ),
    Setting(
        "console_engineers",
        "",
        NAMES,
        "console",
        "Who may also replay dead letters; *: everybody who logs in. All others only look.",
    ),
)
