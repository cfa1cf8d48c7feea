"""Which sources people may set from a browser: an address is an order to this machine to read or connect.

Kinds are those of the registry that the settings allow. A path has to lie below one folder, and a stream has
to be of a camera's protocol: FFmpeg alone would also read local files and other servers (``file:``,
``concat:``, ``data:``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from marbleline.adapters.registry import Adapter
from marbleline.adapters.sources.registry import SOURCES
from marbleline.errors import SettingError
from marbleline.settings.camera import CameraSettings
from marbleline.settings.setting import Setting, declared

STREAMS: Final = ("rtsp", "rtsps", "http", "https")
"""Protocols of a ``video:`` source that may be set from a browser."""

COMMON: Final = ("camera_product", "deadline_ms", "stall_s", "trigger_rate", "trigger_tiles")
"""Settings of every camera that may be set with its source."""

_PATHS: Final = ("folder", "landing")


@dataclass(frozen=True, slots=True)
class SourceRules:
    """``kinds``: schemes of the registry; ``root``: the folder below which paths lie, None: no path."""

    kinds: frozenset[str]
    root: Path | None

    def adapters(self) -> list[Adapter]:
        """The kinds that may be set, in the registry's order."""
        return [one for one in SOURCES.adapters if self.kinds & set(one.schemes)]

    def check(self, texts: Mapping[str, str]) -> None:
        """Whether these settings of a camera may come from a browser; secrets in them are as typed.

        Raises SettingError naming what is not allowed and what is. A secret is not in its text.
        """
        scheme, _, where = texts.get("source", "").partition(":")
        adapter = next((one for one in self.adapters() if scheme in one.schemes), None)
        if adapter is None:
            allowed = ", ".join(sorted(self.kinds))
            raise SettingError(f"source {scheme}: may not be set here; console_sources allows {allowed}")
        known = {"source", *settings_of(adapter)}
        for name in texts:
            if name not in known:
                raise SettingError(
                    f"{name}: is no setting of a {scheme} camera; there are {', '.join(sorted(known))}"
                )
        if scheme in _PATHS or (scheme == "video" and not where.isdecimal() and "://" not in where):
            self._check_path(scheme, where)
        elif scheme == "video" and not where.isdecimal():
            _check_stream(where)

    def _check_path(self, scheme: str, where: str) -> None:
        if self.root is None:
            raise SettingError(
                f"source {scheme}: no folder is open to it here; start the console with console_source_root, "
                "the folder below which its paths may lie"
            )
        try:
            inside = Path(where).is_absolute() and Path(where).resolve().is_relative_to(self.root.resolve())
        except (OSError, ValueError, RuntimeError):
            inside = False
        if not inside:
            raise SettingError(
                f"source {scheme}: allowed is a whole path below {self.root} (console_source_root)"
            )


def _check_stream(where: str) -> None:
    try:
        parts = urlsplit(where)
        fine = parts.scheme in STREAMS and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        fine = False
    if not fine or any(one.isspace() or not one.isprintable() for one in where):
        raise SettingError(
            f"source video: allowed is a device's number, or an address of {', '.join(STREAMS)} with a host; "
            "write / ? # and @ of a password as %2F %3F %23 and %40"
        )


def settings_of(adapter: Adapter) -> Mapping[str, Setting]:
    """What may be set of a camera with such a source, by name: the source's own settings first."""
    common = declared(CameraSettings)
    return {**declared(adapter.settings), **{name: common[name] for name in COMMON}}
