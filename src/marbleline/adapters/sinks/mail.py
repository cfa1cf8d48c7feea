"""Mail: alarms of a severity and above, and reports with their PDF, to the recipients in the address.

    smtp://HOST[:587]/anna@plant.example,bert@plant.example?severity=high    STARTTLS
    smtps://HOST[:465]/anna@plant.example                                    TLS from the start

Verdicts are not mailed. A notification that is sent again has the same Message-ID.
"""

import logging
from collections import defaultdict, deque
from collections.abc import Sequence
from email.message import EmailMessage
from email.utils import formatdate
from typing import Final
from urllib.parse import parse_qs, urlsplit

from marbleline.adapters.sinks.credentials import tls_context, user_and_password
from marbleline.adapters.sinks.registry import MailSettings, SinkContext
from marbleline.adapters.sinks.smtp import SmtpServer
from marbleline.domain.alarm import Alarm
from marbleline.domain.alarm_severity import Severity, severity
from marbleline.domain.clock import Clock, now, to_iso
from marbleline.domain.frame import sha256_hex
from marbleline.domain.notification import Notification, alarm_of, report_of
from marbleline.errors import SettingError, SinkRejected, SinkUnavailable

log = logging.getLogger("marbleline.sink")

HOUR_US: Final = 3_600_000_000


class MailSink:
    """See ``ports.sink.Sink``. Connects for each mail: alarms are rare, and servers close idle connections.

    ``lowest``: alarms that are less severe are skipped
    ``per_hour``: so many mails of alarms of each severity an hour; the next mail says how many were left out
    """

    def __init__(
        self,
        server: SmtpServer,
        sender: str,
        recipients: Sequence[str],
        *,
        lowest: Severity = Severity.LOW,
        per_hour: int = 20,
        clock: Clock = now,
    ) -> None:
        self._server = server
        self._sender = sender
        self._recipients = tuple(recipients)
        self._lowest = lowest
        self._per_hour = per_hour
        self._clock = clock
        self._sent: defaultdict[Severity, deque[int]] = defaultdict(deque)
        self._left_out: dict[Severity, int] = {}
        self._waiting: tuple[str, tuple[str, ...]] = ("", ())

    def send(self, notification: Notification) -> None:
        """See ``ports.sink.Sink.send``."""
        if notification.event == "report":
            self._deliver(notification, self._report(notification))
        elif notification.event == "alarm":
            self._send_alarm(notification)

    def close(self) -> None:
        """Nothing stays open between two mails."""

    def _send_alarm(self, notification: Notification) -> None:
        alarm = alarm_of(notification)
        level = severity(alarm.kind)
        if level > self._lowest:
            return
        sent, at = self._sent[level], self._clock()
        while sent and sent[0] <= at - HOUR_US:
            sent.popleft()
        if len(sent) >= self._per_hour:
            self._left_out[level] = self._left_out.get(level, 0) + 1
            log.warning(
                "sink.mail_left_out",
                extra={"sink": self._server.name, "notice": notification.notification_id},
            )
            return
        self._deliver(notification, self._alarm(notification, alarm, level))
        sent.append(at)
        self._left_out.pop(level, None)

    def _alarm(self, notification: Notification, alarm: Alarm, level: Severity) -> EmailMessage:
        state = "raised" if alarm.raised else "cleared"
        subject = f"[{alarm.line}] {level.name.lower()} alarm {state}: {alarm.kind} {alarm.subject}"
        lines = [
            f"Alarm {state} on {alarm.line} at {to_iso(alarm.at)}",
            "",
            f"Alarm:    {alarm.kind} {alarm.subject}",
            f"Severity: {level.name.lower()}",
            f"Cause:    {alarm.cause}",
            f"Remedy:   {alarm.remedy}",
        ]
        if left_out := self._left_out.get(level):
            lines += [
                "",
                f"{left_out} mails on alarms of this severity were left out before this one (mail_per_hour "
                f"is {self._per_hour}). The console's page Alarms has all of them.",
            ]
        message = self._message(notification, subject, "\n".join(lines))
        # Mail programs show what was raised and cleared as one conversation.
        thread = sha256_hex(alarm.alarm_id.encode())[:32]
        message["References"] = f"<{thread}@{self._domain}>"
        return message

    def _report(self, notification: Notification) -> EmailMessage:
        report = report_of(notification)
        message = self._message(notification, report.title, report.summary)
        message.add_attachment(report.pdf, maintype="application", subtype="pdf", filename=report.file_name)
        message["Content-Language"] = report.language
        return message

    def _message(self, notification: Notification, subject: str, text: str) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self._sender
        message["To"] = ", ".join(self._recipients)
        message["Subject"] = " ".join(subject.split())
        message["Date"] = formatdate(notification.at / 1_000_000)
        message["Message-ID"] = f"<{notification.notification_id}.{self._server.name}@{self._domain}>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's out-of-office answers it
        message.set_content(text)
        return message

    @property
    def _domain(self) -> str:
        return self._sender.rpartition("@")[2]

    def _deliver(self, notification: Notification, message: EmailMessage) -> None:
        """To all; a try after one that reached some goes to the others alone."""
        notice, left = self._waiting
        recipients = left if notice == notification.notification_id else self._recipients
        refused = self._server.deliver(message, self._sender, recipients)
        later = tuple(address for address, code in refused.items() if code < 500)
        name, never = self._server.name, len(refused) - len(later)
        if later:
            self._waiting = (notification.notification_id, later)
            raise SinkUnavailable(
                f"mail {name}: {len(later)} recipients are not taken yet: {_codes(refused)}"
            )
        self._waiting = ("", ())
        if never == len(self._recipients):
            raise SinkRejected(f"mail {name}: every recipient is refused: {_codes(refused)}")
        if never:
            log.warning(
                "sink.mail_recipients_refused",
                extra={"sink": name, "refused": never, "codes": _codes(refused)},
            )


def _codes(refused: dict[str, int]) -> str:
    return ", ".join(str(code) for code in sorted(set(refused.values())))


def open_mail(context: SinkContext, settings: MailSettings) -> MailSink:
    """``smtp(s)://HOST[:PORT]/TO,...``. Raises SettingError without a sender or a secret, and for a password
    that would go out without TLS.
    """
    where, name = urlsplit(context.address), context.name
    if not settings.mail_from:
        raise SettingError(f"sink {name}: a mail needs a sender: set mail_from, such as line@plant.example")
    wrapped = where.scheme == "smtps"
    credentials = user_and_password(name, settings.sink_secrets)
    plain = settings.mail_plaintext and not wrapped
    if plain and credentials is not None:
        raise SettingError(
            f"sink {name}: mail_plaintext would send its password without TLS: set it to false"
        )
    tls = tls_context(settings.sink_ca_file)
    server = SmtpServer(
        name,
        where.hostname or "",
        where.port or (465 if wrapped else 587),
        None if plain else tls,
        wrapped,
        credentials,
        settings.sink_timeout_ms / 1000,
    )
    lowest = parse_qs(where.query).get("severity", ["low"])[0]
    return MailSink(
        server,
        settings.mail_from,
        where.path.strip("/").split(","),
        lowest=Severity[lowest.upper()],
        per_hour=settings.mail_per_hour,
    )
