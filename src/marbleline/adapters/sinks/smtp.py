"""Delivers a mail to an SMTP server (RFC 5321): TLS from the start (RFC 8314), or STARTTLS (RFC 3207)."""

import smtplib
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage

from marbleline.errors import SinkRejected, SinkUnavailable

_SHOWN = 200


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """``name``: of the sink, for errors, which tell neither address nor password.

    ``tls``: how its certificate is checked; None to send without TLS, which then never carries a password
    ``wrapped``: TLS from the start instead of STARTTLS
    ``credentials``: user and password, None to send without a login
    ``timeout_s``: within which each answer has to come
    """

    name: str
    host: str
    port: int
    tls: ssl.SSLContext | None
    wrapped: bool
    credentials: tuple[str, str] | None = field(repr=False)
    timeout_s: float

    def deliver(self, message: EmailMessage, sender: str, recipients: Sequence[str]) -> dict[str, int]:
        """Hand the message over; returns whom the server refuses, each with its code, if it takes the others.

        Raises SinkUnavailable if it should be tried again (no connection, no TLS, a code of 4xx),
        SinkRejected if never (5xx).
        """
        try:
            with self._connected() as server:
                refused = server.send_message(message, sender, list(recipients))
        except smtplib.SMTPRecipientsRefused as error:
            return {address: code for address, (code, _) in error.recipients.items()}
        except smtplib.SMTPResponseException as error:
            raise self._refusal(error) from error
        except OSError as error:
            # smtplib's own errors are OSErrors too. None of them has the password in it.
            raise SinkUnavailable(f"mail {self.name} can't be delivered: {error}") from error
        return {address: code for address, (code, _) in refused.items()}

    def _connected(self) -> smtplib.SMTP:
        # Not its full name, which smtplib would ask the DNS for.
        here = socket.gethostname()
        if self.wrapped:
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self.host, self.port, here, timeout=self.timeout_s, context=self.tls
            )
        else:
            server = smtplib.SMTP(self.host, self.port, here, timeout=self.timeout_s)
        try:
            if self.tls is not None and not self.wrapped:
                # Raises if the server offers none: nothing goes out in the clear because of who is between.
                server.starttls(context=self.tls)
            if self.credentials is not None and self.tls is not None:
                server.login(*self.credentials)
        except BaseException:
            server.close()
            raise
        return server

    def _refusal(self, error: smtplib.SMTPResponseException) -> SinkUnavailable | SinkRejected:
        raw = error.smtp_error
        said = raw.decode(errors="replace") if isinstance(raw, bytes) else str(raw)
        what = (
            "refuses user or password" if isinstance(error, smtplib.SMTPAuthenticationError) else "answered"
        )
        text = f"mail {self.name}: the server {what}: {error.smtp_code} {said[:_SHOWN]}"
        return SinkRejected(text) if error.smtp_code >= 500 else SinkUnavailable(text)
