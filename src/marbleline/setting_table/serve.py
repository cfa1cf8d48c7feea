"""Settings of the model server that stands in for TensorFlow Serving."""

from typing import Final

from marbleline.setting_kinds import FILE, HOST, Setting, real, whole

SERVE: Final[tuple[Setting, ...]] = (
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
)
