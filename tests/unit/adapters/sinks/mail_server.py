"""A real SMTP server (aiosmtpd) on a port of its own, that does what a test tells it to."""

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

USER, PASSWORD = "line", "p:ass!word"


@dataclass
class Mailbox:
    """``answers``: code and text for the next messages; ``refused``: address -> code and text, while it is
    there. ``logins``: who has logged in; ``over_tls``: of each message, whether it came over TLS.
    """

    port: int = 0
    wrapped: bool = False
    answers: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    over_tls: list[bool] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        """One recipient."""
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802
        """One message."""
        if self.answers:
            return self.answers.pop(0)
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.mails.append(message)
        self.recipients.append(list(envelope.rcpt_tos))
        self.over_tls.append(self.wrapped or session.ssl is not None)
        return "250 OK"

    def login(self, _server: SMTP, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        """One login."""
        assert isinstance(data, LoginPassword)
        right = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        if right:
            self.logins.append(data.login.decode())
        return AuthResult(success=right, handled=False)


@contextmanager
def mail_server(
    certificates: Path | None = None, *, wrapped: bool = False, login: bool = False, port: int = 0
) -> Iterator[Mailbox]:
    """A server that listens until the block ends; with ``certificates`` (server.pem, server.key) it has TLS:
    by STARTTLS, or from the start if ``wrapped``. With ``login`` it asks for user and password.
    """
    box = Mailbox(wrapped=wrapped)
    tls = None
    if certificates is not None:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(certificates / "server.pem", certificates / "server.key")
    loop = asyncio.new_event_loop()
    make = partial(
        SMTP,
        box,
        hostname="localhost",
        tls_context=None if wrapped else tls,
        auth_required=login and not wrapped,  # it warns of what it takes for no TLS
        auth_require_tls=not wrapped,
        authenticator=box.login,
        loop=loop,
    )
    server = loop.run_until_complete(
        loop.create_server(make, "127.0.0.1", port, ssl=tls if wrapped else None)
    )
    box.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, name="mail-server")
    thread.start()
    try:
        yield box
    finally:
        asyncio.run_coroutine_threadsafe(_closed(server), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _closed(server: asyncio.Server) -> None:
    server.close()
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
