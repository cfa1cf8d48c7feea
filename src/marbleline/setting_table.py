"""Every setting as (name, default, kind, scope, help): flags, variables, checks and docs come from here."""

from typing import Final

from marbleline.setting_kinds import (
    FILE,
    FLAG,
    HOST,
    NAME,
    PATH,
    TEXT,
    WEBHOOKS,
    Setting,
    address,
    one_of,
    real,
    some_of,
    whole,
)

SETTINGS: Final[tuple[Setting, ...]] = (
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
        "classifier",
        "",
        address("litert", "grpc", "grpcs"),
        "publisher",
        "Model server's address, grpc(s)://host[:port][/name][@version-or-label]; empty: the model's LiteRT "
        "file in this process.",
    ),
    Setting(
        "classifier_ca_file",
        "",
        FILE,
        "publisher",
        "PEM file of the authority behind the model server's certificate; empty: the system's.",
    ),
    Setting(
        "classifier_timeout_ms",
        "1000",
        whole(10, 600_000),
        "publisher",
        "Milliseconds within which the model server has to answer a batch.",
    ),
    Setting(
        "classifier_fallback_ms",
        "500",
        whole(0, 86_400_000),
        "publisher",
        "Milliseconds that the model server may be away before the publisher judges by itself, with the same "
        "version; 0: it waits for the server, however long.",
    ),
    Setting(
        "shadow",
        "",
        TEXT,
        "publisher",
        "Label of a model version that is asked beside the one that judges, such as candidate; what it says "
        "goes to the store and to nobody else. Empty: none.",
    ),
    Setting(
        "shadow_share", "1", real(0, 1), "publisher", "Share of the frames that the shadow is asked about."
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
        "webhook_secrets",
        "",
        TEXT,
        "webhook",
        "Each webhook's secret, as NAME=whsec_..., spaces between them; two with a comma while it changes.",
    ),
    Setting(
        "webhook_events",
        "faulty,review,alarm",
        some_of("faulty", "review", "alarm"),
        "webhook",
        "Of what webhooks are told.",
    ),
    Setting(
        "webhook_timeout_ms",
        "5000",
        whole(10, 600_000),
        "webhook",
        "Milliseconds within which a webhook has to answer.",
    ),
    Setting(
        "webhook_give_up_s",
        "86400",
        whole(1, 31_536_000),
        "webhook",
        "Seconds after which a notice that could not be delivered is dead-lettered.",
    ),
    Setting(
        "webhook_ca_file",
        "",
        FILE,
        "webhook",
        "PEM file of the authority behind the webhooks' certificates; empty: the system's.",
    ),
    Setting(
        "otlp_endpoint",
        "",
        address("http", "https"),
        "line",
        "OpenTelemetry collector to which each frame's trace goes, http(s)://host:4318; empty: no tracing.",
    ),
    Setting("trace_share", "1", real(0, 1), "line", "Share of the frames that are traced."),
    Setting("camera", "camera-1", NAME, "camera", "Name of the camera."),
    Setting(
        "source",
        "synthetic:",
        TEXT,
        "camera",
        "Where its pictures come from: synthetic:, folder:PATH, landing:PATH, video:ADDRESS, http:HOST:PORT.",
    ),
    Setting(
        "rate",
        "5",
        real(0.01, 1000),
        "camera",
        "Pictures per second of synthetic and folder sources, at most so many of a video.",
    ),
    Setting("repeat", "true", FLAG, "camera", "Whether a folder or video file starts again at its end."),
    Setting(
        "settle_s",
        "1",
        real(0, 3_600),
        "camera",
        "Seconds that a file in a landing folder must not have changed to count as whole.",
    ),
    Setting(
        "landed_files",
        "delete",
        one_of("delete", "keep"),
        "camera",
        "What becomes of a landing folder's files once they are captured: deleted, or moved to its done/.",
    ),
    Setting("frames", "0", whole(0, 10**9), "camera", "Stop after this many frames; 0 means never."),
    Setting(
        "seed",
        "0",
        whole(0, 2**31 - 1),
        "camera",
        "Seed of the synthetic slabs: the same seed draws the same slabs.",
    ),
    Setting("faulty_share", "0.3", real(0, 1), "camera", "Share of synthetic slabs that have a defect."),
    Setting(
        "stall_s",
        "10",
        real(0.1, 86_400),
        "camera",
        "Seconds without a picture after which a camera counts as stalled.",
    ),
    Setting(
        "deadline_ms",
        "2000",
        whole(1, 86_400_000),
        "camera",
        "Milliseconds after capture within which a verdict is of use.",
    ),
    Setting(
        "max_frame_bytes",
        "20000000",
        whole(1_000, 100_000_000),
        "line",
        "A picture of more bytes is refused at capture.",
    ),
    Setting("spool_bytes", "1000000000", whole(100_000, 10**13), "camera", "Quota of a camera's spool."),
    Setting("http_token", "", TEXT, "camera", "If set, an http source asks for this bearer token."),
    Setting(
        "max_pixels",
        "50000000",
        whole(10_000, 10**9),
        "encoder",
        "A picture of more pixels is dead-lettered undecoded.",
    ),
    Setting("batch_size", "8", whole(1, 256), "publisher", "Most frames judged in one call."),
    Setting(
        "batch_ms",
        "0",
        whole(0, 1_000),
        "publisher",
        "How long a batch that isn't full waits for more; 0 judges what is there.",
    ),
    Setting("serve_port", "8500", whole(0, 65_535), "serve", "Port of the model server; 0 takes a free one."),
    Setting(
        "serve_host",
        "127.0.0.1",
        HOST,
        "serve",
        "Address that the model server listens on; the default is this machine only.",
    ),
    Setting(
        "serve_newest",
        "1",
        whole(1, 100),
        "serve",
        "How many of the newest versions are served, beside those that labels.json names.",
    ),
    Setting(
        "serve_threads",
        "0",
        whole(0, 256),
        "serve",
        "Pictures judged at once per version; 0: one for each core.",
    ),
    Setting(
        "serve_poll_s",
        "2",
        real(0.1, 3_600),
        "serve",
        "Seconds between two looks for new versions and moved labels.",
    ),
    Setting(
        "serve_cert_file", "", FILE, "serve", "PEM file of the model server's certificate; empty: no TLS."
    ),
    Setting("serve_key_file", "", FILE, "serve", "PEM file of the key of the model server's certificate."),
    Setting("console_port", "8501", whole(1, 65_535), "console", "Port of the console."),
    Setting(
        "console_host",
        "127.0.0.1",
        HOST,
        "console",
        "Address that the console listens on; the default is this machine only.",
    ),
)
