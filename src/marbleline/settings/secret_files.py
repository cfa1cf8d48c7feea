"""Secrets of settings that are kept in a store: a file each, and a reference in their place.

A password in an address, the query of an address and a token are secrets. Whoever reads the store, its
backups or the console sees ``rtsp://eva:{secret:0123456789abcdef}@host/``; only processes that read the
data folder find what it stands for.
"""

import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from marbleline.errors import SettingError

SECRETS: Final = "camera-secrets"
"""The folder of cameras' secrets, below a line's data folder."""

SECRET_SETTINGS: Final = frozenset({"http_token"})
"""Settings whose whole value is a secret."""

HIDDEN: Final = "***"
"""What stands for a secret on a screen."""

_REFERENCE: Final = re.compile(r"\{secret:([0-9a-f]{16})\}")
_PASSWORD: Final = re.compile(r"(?<=://)([^/?#@:]*):([^/?#]+)(?=@)")
_QUERY: Final = re.compile(r"(?<=\?)[^#]+")


class SecretFiles:
    """The secrets below one folder, which only the user who runs the line may read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def hide(self, texts: Mapping[str, str], before: Mapping[str, str]) -> dict[str, str]:
        """The settings with a reference for each secret, which is written to a file.

        ``before``  the settings until now, hidden. A text that is what ``shown`` makes of its earlier one is
                    the earlier one: who changes another setting need not know the password. In another
                    address the password has to be typed again, or it could be sent to any host.

        Raises SettingError if a secret can't be written, or a text holds a reference or ``***`` of its own.
        """
        return {name: self._hide(name, text, before.get(name)) for name, text in texts.items()}

    def plain(self, texts: Mapping[str, str], before: Mapping[str, str]) -> dict[str, str]:
        """The settings with their secrets, those that ``***`` stands for too, as ``hide`` takes them.

        Raises SettingError as ``hide`` and ``revealed``.
        """
        kept = {name: before[name] for name, text in texts.items() if _same(name, text, before.get(name))}
        for name in texts.keys() - kept.keys():
            _check_typed(name, texts[name])
        return {**texts, **self.revealed(kept)}

    def revealed(self, texts: Mapping[str, str]) -> dict[str, str]:
        """The settings with their secrets. Raises SettingError if one is not on this machine."""
        return {name: _REFERENCE.sub(self._read, text) for name, text in texts.items()}

    def _hide(self, name: str, text: str, before: str | None) -> str:
        if before is not None and _same(name, text, before):
            return before
        _check_typed(name, text)
        if name in SECRET_SETTINGS:
            return self._written(text) if text else ""
        if "://" not in text:
            return text
        text = _PASSWORD.sub(lambda found: f"{found[1]}:{self._written(found[2])}", text)
        return _QUERY.sub(lambda found: self._written(found[0]), text)

    def _written(self, secret: str) -> str:
        name = secrets.token_hex(8)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(
                self._folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600
            )
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(secret)
                file.flush()
                os.fsync(descriptor)
        except OSError as error:
            raise SettingError(
                f"a secret can't be written to {self._folder} ({error.strerror}): make the folder writable"
            ) from error
        return f"{{secret:{name}}}"

    def _read(self, reference: re.Match[str]) -> str:
        try:
            return (self._folder / reference[1]).read_text(encoding="utf-8")
        except OSError as error:
            raise SettingError(
                f"a password or token of it is not on this machine ({self._folder}): type it again on the "
                "console's page Cameras"
            ) from error


def _same(name: str, text: str, before: str | None) -> bool:
    return before is not None and text in (before, shown({name: before})[name])


def _check_typed(name: str, text: str) -> None:
    if HIDDEN in text or _REFERENCE.search(text):
        raise SettingError(f"{name} is new, and {HIDDEN} stands for a secret in it: type the secret again")


def shown(texts: Mapping[str, str]) -> dict[str, str]:
    """The settings for people: ``***`` for each secret, be it hidden or not."""
    found = {}
    for name, text in texts.items():
        safe = _REFERENCE.sub(HIDDEN, text)
        if name in SECRET_SETTINGS and safe:
            safe = HIDDEN
        if "://" in safe:
            safe = _QUERY.sub(HIDDEN, _PASSWORD.sub(rf"\1:{HIDDEN}", safe))
        found[name] = safe
    return found
