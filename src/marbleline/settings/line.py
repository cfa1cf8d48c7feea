"""Settings that every worker of a line shares: its name, its data, its broker, store and model."""

from dataclasses import dataclass
from pathlib import Path

from marbleline.settings.kinds import (
    ADDRESS,
    FILE,
    FLAG,
    HOST,
    NAME,
    PATH,
    TARGETS,
    Target,
    one_of,
    real,
    some_of,
    url,
    whole,
)
from marbleline.settings.setting import setting


@dataclass(frozen=True, slots=True)
class LineSettings:
    """The line: its name, its data, its broker and store, and whom it tells."""

    line: str = setting(NAME, "line-1", "Name of the production line, part of every verdict.")
    data: Path = setting(
        PATH, Path("marbleline-data"), "Folder for the spools and the embedded broker and store."
    )
    broker: str = setting(ADDRESS, "", "Broker's address; empty: embedded.")
    store: str = setting(ADDRESS, "", "Store's address; empty: embedded.")
    slabs: bool = setting(
        FLAG,
        False,
        "Whether the verdicts of a slab's tiles are folded into a slab verdict; the line needs a slab worker "
        "then.",
    )
    max_frame_bytes: int = setting(
        whole(1_000, 100_000_000),
        16_000_000,
        "A larger picture is rejected at capture. RabbitMQ 4 accepts 16 MiB by default.",
    )
    sinks: tuple[Target, ...] = setting(
        TARGETS,
        (),
        "Webhooks, MQTT brokers and mail servers that get verdicts and alarms, separated by spaces.",
    )
    sink_events: tuple[str, ...] = setting(
        some_of("good", "faulty", "review", "slab", "alarm"),
        ("faulty", "review", "slab", "alarm"),
        "Events that sinks get: frame verdicts by their decision, slab verdicts, alarms.",
    )


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """The model that judges, and whether a version has to be signed."""

    model: Path = setting(
        PATH,
        Path("model_repo/marble"),
        "Folder of a model (its version labelled stable is used, else the newest) or of one version.",
    )
    model_public_key_file: Path | None = setting(
        FILE,
        None,
        "Ed25519 public key (PEM). If set, a model version without its signature in model.sig is refused.",
    )


@dataclass(frozen=True, slots=True)
class TelemetrySettings:
    """How a worker tells of itself: logs, health, traces."""

    log_format: str = setting(
        one_of("text", "json"), "text", "How workers log: text for people, json (ECS) for machines."
    )
    log_level: str = setting(
        one_of("debug", "info", "warning", "error"), "info", "Lowest level of log messages that are written."
    )
    health_port: int = setting(whole(0, 65_535), 0, "Port of /healthz, /readyz and /metrics; 0: disabled.")
    health_host: str = setting(HOST, "127.0.0.1", "Address that /healthz, /readyz and /metrics listen on.")
    otlp_endpoint: str = setting(
        url("http", "https"),
        "",
        "OpenTelemetry collector to which each frame's trace goes, http(s)://host:4318; empty: no tracing.",
    )
    trace_share: float = setting(real(0, 1), 1.0, "Share of the frames that are traced.")
