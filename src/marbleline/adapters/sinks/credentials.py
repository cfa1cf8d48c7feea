"""What sinks share of logging in and of TLS: the settings ``sink_secrets`` and ``sink_ca_file``."""

import ssl
from pathlib import Path
from typing import Final

from marbleline.errors import SettingError
from marbleline.settings.kinds import pairs

NO_LOGIN: Final = "none"
"""In place of USER:PASSWORD: the receiver takes notifications without a login."""


def secret_of(name: str, secrets: str) -> str | None:
    """The secret of a sink, by its name in the setting ``sinks``; None if it has none.

    ``secrets``  the setting ``sink_secrets``. Raises SettingError if it can't be read.
    """
    try:
        return pairs(secrets).get(name)
    except ValueError as error:
        raise SettingError(f"sink_secrets: allowed is {error}") from None


def user_and_password(name: str, secrets: str) -> tuple[str, str] | None:
    """User and password of a sink; None if it has no secret, or ``NO_LOGIN``.

    Raises SettingError if its secret is not USER:PASSWORD; the error does not show the secret.
    """
    secret = secret_of(name, secrets)
    if secret is None or secret == NO_LOGIN:
        return None
    user, colon, password = secret.partition(":")
    if not (user and colon):
        raise SettingError(f"sink {name}: its secret in sink_secrets has to be USER:PASSWORD, or {NO_LOGIN}")
    return user, password


def tls_context(ca_file: Path | None) -> ssl.SSLContext:
    """Checks a receiver's certificate by this CA, or by the system's. Raises SettingError naming the file."""
    try:
        return ssl.create_default_context(cafile=None if ca_file is None else str(ca_file))
    except OSError as error:
        raise SettingError(f"sink_ca_file {ca_file}: can't be read: {error}") from error
