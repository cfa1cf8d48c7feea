"""Settings of the whole line: where its data, broker, store and model are, and how it tells of itself."""

from typing import Final

from marbleline.setting_kinds import (
    FILE,
    HOST,
    NAME,
    PATH,
    TEXT,
    WEBHOOKS,
    Setting,
    address,
    one_of,
    real,
    whole,
)

LINE: Final[tuple[Setting, ...]] = (
    Setting("line", "line-1", NAME, "line", "Name of the production line, part of every verdict."),
    Setting(
        "data", "marbleline-data", PATH, "line", "Folder for the spools and the embedded broker and store."
    ),
    Setting(
        "broker",
        "",
        address("sqlite", "amqp", "amqps"),
        "line",
        "Broker's address, amqp(s)://user:password@host[:port][,host...]/vhost; empty: embedded.",
    ),
    Setting(
        "broker_ca_file",
        "",
        FILE,
        "line",
        "Authority (PEM) that signed the broker's certificate; empty: the system's.",
    ),
    Setting(
        "store",
        "",
        address("sqlite", "http", "https"),
        "line",
        "Store's address, http(s)://[user:password@]host[:port][,host...]; empty: embedded.",
    ),
    Setting(
        "store_ca_file",
        "",
        FILE,
        "line",
        "PEM file of the authority behind the store's certificates; empty: the system's.",
    ),
    Setting(
        "store_api_key", "", TEXT, "line", "API key for the store, id:key in Base64, instead of a password."
    ),
    Setting(
        "store_prefix", "marbleline", NAME, "line", "What the names of all of the store's indices begin with."
    ),
    Setting(
        "store_keep_frames_days",
        "0",
        whole(0, 36_500),
        "line",
        "Days that pictures are kept where the store manages life cycles; 0: for ever.",
    ),
    Setting(
        "store_keep_verdicts_days",
        "0",
        whole(0, 36_500),
        "line",
        "Days that verdicts are kept where the store manages life cycles; 0: for ever.",
    ),
    Setting(
        "model",
        "model_repo/marble",
        PATH,
        "line",
        "Folder of a model (its version labelled stable is used, else the newest) or of one version.",
    ),
    Setting(
        "log_format",
        "text",
        one_of("text", "json"),
        "line",
        "How workers log: text for people, json (ECS) for machines.",
    ),
    Setting(
        "log_level",
        "info",
        one_of("debug", "info", "warning", "error"),
        "line",
        "The least important log that is written.",
    ),
    Setting(
        "health_port", "0", whole(0, 65_535), "line", "Port of /healthz, /readyz and /metrics; 0 serves none."
    ),
    Setting(
        "health_host", "127.0.0.1", HOST, "line", "Address that /healthz, /readyz and /metrics listen on."
    ),
    Setting(
        "webhooks",
        "",
        WEBHOOKS,
        "line",
        "Whom `marbleline webhook` tells of verdicts and alarms, as NAME=https://..., spaces between them.",
    ),
    Setting(
        "otlp_endpoint",
        "",
        address("http", "https"),
        "line",
        "OpenTelemetry collector to which each frame's trace goes, http(s)://host:4318; empty: no tracing.",
    ),
    Setting("trace_share", "1", real(0, 1), "line", "Share of the frames that are traced."),
    Setting(
        "max_frame_bytes",
        "20000000",
        whole(1_000, 100_000_000),
        "line",
        "A picture of more bytes is refused at capture.",
    ),
)
