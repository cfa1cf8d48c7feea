"""Webhooks over HTTP, signed as https://www.standardwebhooks.com lays down.

    webhook-id: 0197a1b2-...                     the same however often it is sent
    webhook-timestamp: 1764000000                when this try was made, seconds
    webhook-signature: v1,<Base64 of HMAC-SHA256 over id.timestamp.body>

Several signatures, with spaces between them, while a secret is being changed.
"""

import base64
import hashlib
import hmac
import secrets
import ssl
import urllib.error
import urllib.request
from collections.abc import Sequence
from http.client import HTTPException
from pathlib import Path
from typing import Any, Final

from marbleline import __version__
from marbleline.domain.clock import Clock, now
from marbleline.domain.notice import Notice
from marbleline.errors import NoticeRefused, SettingError, WebhookUnavailable

PREFIX: Final = "whsec_"
_LEAST_BYTES: Final = 24
_SHOWN: Final = 200

# Beside the 5xx: too slow, too early, too often.
_LATER: Final = frozenset({408, 425, 429})


class HttpReceiver:
    """See ``ports.receiver.Receiver``. Redirects are not followed: the body would go where nobody said.

    Raises SettingError if a secret or the CA file can't be used.
    """

    def __init__(
        self,
        name: str,
        url: str,
        keys: Sequence[str],
        *,
        timeout_s: float = 5.0,
        ca_file: Path | None = None,
        clock: Clock = now,
    ) -> None:
        self._name = name
        self._url = url
        self._keys = [_key(name, key) for key in keys]
        if not self._keys:
            raise SettingError(
                f"webhook {name}: has no secret; add {name}=whsec_... to webhook_secrets"
                " (`marbleline webhook --make-secret` prints a new one)"
            )
        self._timeout_s = timeout_s
        self._clock = clock
        try:
            context = ssl.create_default_context(cafile=None if ca_file is None else str(ca_file))
        except OSError as error:
            raise SettingError(f"webhook_ca_file {ca_file}: can't be read: {error}") from error
        self._opener = urllib.request.build_opener(
            urllib.request.HTTPSHandler(context=context), _NoRedirects()
        )

    def tell(self, notice: Notice) -> None:
        """See ``ports.receiver.Receiver.tell``."""
        request = urllib.request.Request(self._url, notice.body, self._headers(notice), method="POST")  # noqa: S310 - the setting allows http and https only
        try:
            with self._opener.open(request, timeout=self._timeout_s):
                return
        except urllib.error.HTTPError as error:
            with error:
                said = error.read(_SHOWN).decode(errors="replace").strip()
            answer = f"webhook {self._name} answered {error.code}{': ' if said else ''}{said}"
            if error.code >= 500 or error.code in _LATER:
                raise WebhookUnavailable(answer) from error
            raise NoticeRefused(answer) from error
        except (OSError, HTTPException) as error:
            # A URLError's own text has its reason; neither tells the address, which may be a secret.
            why = str(getattr(error, "reason", error)) or type(error).__name__
            raise WebhookUnavailable(f"webhook {self._name} can't be reached: {why}") from error

    def _headers(self, notice: Notice) -> dict[str, str]:
        seconds = self._clock() // 1_000_000
        return {
            "Content-Type": "application/json",
            "User-Agent": f"marbleline/{__version__}",
            "webhook-id": notice.notice_id,
            "webhook-timestamp": str(seconds),
            "webhook-signature": " ".join(
                sign(key, notice.notice_id, seconds, notice.body) for key in self._keys
            ),
        }


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: Any) -> None:
        return None


def sign(key: bytes, notice_id: str, seconds: int, body: bytes) -> str:
    """The signature of one try, ``v1,<Base64>``."""
    signed = f"{notice_id}.{seconds}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def make_secret() -> str:
    """A new secret."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def _key(name: str, secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except ValueError:
        key = b""
    if not secret.startswith(PREFIX) or len(key) < _LEAST_BYTES:
        raise SettingError(
            f"webhook {name}: its secret has to be whsec_ and the Base64 of at least {_LEAST_BYTES} bytes"
            " (`marbleline webhook --make-secret` prints a new one)"
        )
    return key
