"""Webhooks over HTTP, signed as https://www.standardwebhooks.com lays down.

    webhook-id: 0197a1b2-...                     the same however often it is sent
    webhook-timestamp: 1764000000                when this try was made, seconds
    webhook-signature: v1,<Base64 of HMAC-SHA256 over id.timestamp.body>

Several signatures, with spaces between them, while a secret is being changed.
"""

import base64
import hashlib
import hmac
import io
import secrets
import socket
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from pathlib import Path
from typing import Any, Final

from marbleline import __version__
from marbleline.adapters.sinks.credentials import secret_of, tls_context
from marbleline.adapters.sinks.registry import ReceiverSettings, SinkContext
from marbleline.domain.clock import Clock, now
from marbleline.domain.notification import Notification
from marbleline.errors import SettingError, SinkRejected, SinkUnavailable

PREFIX: Final = "whsec_"
_LEAST_BYTES: Final = 24
_SHOWN: Final = 200

# Beside the 5xx: too slow, too early, too often.
_LATER: Final = frozenset({408, 425, 429})


class WebhookSink:
    """See ``ports.sink.Sink``. Redirects are not followed: the body would go where nobody said.

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
                f"webhook {name}: has no secret; add {name}=whsec_... to sink_secrets"
                " (`marbleline sink --make-secret` prints a new one)"
            )
        self._timeout_s = timeout_s
        self._clock = clock
        self._opener = urllib.request.build_opener(_Http(), _Https(tls_context(ca_file)), _NoRedirects())

    def send(self, notification: Notification) -> None:
        """See ``ports.sink.Sink.send``."""
        headers = self._headers(notification)
        # The setting allows http and https only.
        request = urllib.request.Request(self._url, notification.body, headers, method="POST")  # noqa: S310
        try:
            with self._opener.open(request, timeout=self._timeout_s):
                return
        except urllib.error.HTTPError as error:
            body = _body_of(error)
            answer = f"webhook {self._name} answered {error.code}{': ' if body else ''}{body}"
            if error.code >= 500 or error.code in _LATER:
                raise SinkUnavailable(answer) from error
            raise SinkRejected(answer) from error
        except (OSError, HTTPException) as error:
            # A URLError's own text has its reason; neither tells the address, which may be a secret.
            why = str(getattr(error, "reason", error)) or type(error).__name__
            raise SinkUnavailable(f"webhook {self._name} can't be reached: {why}") from error

    def close(self) -> None:
        """Nothing stays open between two notifications."""

    def _headers(self, notification: Notification) -> dict[str, str]:
        seconds = self._clock() // 1_000_000
        return {
            "Content-Type": "application/json",
            "User-Agent": f"marbleline/{__version__}",
            "webhook-id": notification.notification_id,
            "webhook-timestamp": str(seconds),
            "webhook-signature": " ".join(
                sign(key, notification.notification_id, seconds, notification.body) for key in self._keys
            ),
        }


class _TimelyResponse(HTTPResponse):
    """An answer that is read within the connection's timeout, all of it, however slowly it drips.

    A socket's timeout alone begins again with every byte.
    """

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        until = time.monotonic() + (sock.gettimeout() or 0.0)
        self.fp = io.BufferedReader(_TimelyReader(sock, self.fp.detach(), until))


class _TimelyReader(io.RawIOBase):
    """Reads until ``until`` (monotonic seconds)."""

    def __init__(self, sock: socket.socket, raw: io.RawIOBase, until: float) -> None:
        self._sock = sock
        self._raw = raw
        self._until = until

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        self._sock.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Connection(HTTPConnection):
    response_class = _TimelyResponse


class _TlsConnection(HTTPSConnection):
    response_class = _TimelyResponse


class _Http(urllib.request.HTTPHandler):
    def http_open(self, req: urllib.request.Request) -> HTTPResponse:
        return self.do_open(_Connection, req)


class _Https(urllib.request.HTTPSHandler):
    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__(context=context)
        self._tls = context

    def https_open(self, req: urllib.request.Request) -> HTTPResponse:
        return self.do_open(_TlsConnection, req, context=self._tls)


def _body_of(error: urllib.error.HTTPError) -> str:
    """The beginning of an answer's body; empty if it does not come in time."""
    with error:
        try:
            return error.read(_SHOWN).decode(errors="replace").strip()
        except (OSError, HTTPException):
            return ""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: Any) -> None:
        return None


def sign(key: bytes, notification_id: str, seconds: int, body: bytes) -> str:
    """The signature of one try, ``v1,<Base64>``."""
    signed = f"{notification_id}.{seconds}.".encode() + body
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
            " (`marbleline sink --make-secret` prints a new one)"
        )
    return key


def open_webhook(context: SinkContext, settings: ReceiverSettings) -> WebhookSink:
    """``http(s)://HOST...``. Raises SettingError if there is no secret of its name."""
    secret = secret_of(context.name, settings.sink_secrets) or ""
    return WebhookSink(
        context.name,
        context.address,
        [key for key in secret.split(",") if key],
        timeout_s=settings.sink_timeout_ms / 1000,
        ca_file=settings.sink_ca_file,
    )
