"""Settings of `marbleline serve`."""

from dataclasses import dataclass
from pathlib import Path

from marbleline.settings.kinds import FILE, HOST, real, whole
from marbleline.settings.setting import setting


@dataclass(frozen=True, slots=True)
class ServeSettings:
    """The model server."""

    serve_port: int = setting(whole(0, 65_535), 8500, "Port of the model server; 0: a free one.")
    serve_host: str = setting(
        HOST, "127.0.0.1", "Address that the model server listens on; the default is this machine only."
    )
    serve_newest: int = setting(
        whole(1, 100), 1, "Number of newest versions that are served, in addition to those in labels.json."
    )
    serve_threads: int = setting(
        whole(0, 256), 0, "Pictures classified at the same time per version; 0: one per core."
    )
    serve_poll_s: float = setting(
        real(0.1, 3_600), 2.0, "Seconds between checks for new versions and moved labels."
    )
    serve_cert_file: Path | None = setting(
        FILE, None, "PEM file of the model server's certificate; empty: no TLS."
    )
    serve_key_file: Path | None = setting(
        FILE, None, "PEM file of the key of the model server's certificate."
    )
