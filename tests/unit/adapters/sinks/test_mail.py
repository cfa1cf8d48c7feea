"""Mail to a real SMTP server: who gets what, how often, over what, and what a refusal means."""

import inspect
import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from marbleline.adapters.sinks.mail import MailSink, open_mail
from marbleline.adapters.sinks.registry import SINKS, MailSettings, SinkContext
from marbleline.adapters.sinks.smtp import SmtpServer
from marbleline.domain.alarm import Alarm
from marbleline.domain.alarm_severity import Severity
from marbleline.domain.notification import Notification, of_alarm, of_report, of_verdict
from marbleline.domain.report_file import ReportFile
from marbleline.errors import SettingError, SinkRejected, SinkUnavailable
from marbleline.ports.sink import Sink
from tests.builders import START, FakeClock, make_verdict
from tests.services.authority import make_certificates
from tests.unit.adapters.sinks.mail_server import PASSWORD, USER, Mailbox, mail_server

ANNA, BERT = "anna@plant.example", "bert@plant.example"


def alarm(number: int = 0, kind: str = "gate", *, raised: bool = True) -> Notification:
    return of_alarm(
        Alarm(
            "line-1",
            kind,
            f"reject-{number}",
            raised,
            START + number,
            "no answer for 3 s",
            "Look at its cable.",
        )
    )


def sink(box: Mailbox, *recipients: str, **more: Any) -> MailSink:
    server = SmtpServer("mail", "127.0.0.1", box.port, None, False, None, 5.0)
    return MailSink(server, "line@plant.example", recipients or (ANNA,), **more)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mail")
    make_certificates(folder)
    return folder


def opened(box: Mailbox, certificates: Path, *, wrapped: bool = False, **more: Any) -> MailSink:
    address = f"{'smtps' if wrapped else 'smtp'}://localhost:{box.port}/{ANNA}"
    settings = MailSettings(mail_from="line@plant.example", sink_ca_file=certificates / "ca.pem")
    return open_mail(SinkContext(address, "mail", "line-1"), replace(settings, **more))


def test_keeps_the_port() -> None:
    for name, promised in inspect.getmembers(Sink, inspect.isfunction):
        if not name.startswith("_"):
            kept = inspect.getattr_static(MailSink, name)
            assert list(inspect.signature(kept).parameters) == list(inspect.signature(promised).parameters)


def test_an_alarm_is_mailed_with_cause_and_remedy_and_its_end_in_the_same_conversation() -> None:
    with mail_server() as box:
        told = sink(box, ANNA, BERT)
        told.send(alarm())
        told.send(alarm(raised=False))
        told.close()
    raised, cleared = box.mails
    assert raised["subject"] == "[line-1] critical alarm raised: gate reject-0"
    assert "no answer for 3 s" in raised.get_content()
    assert "Look at its cable." in raised.get_content()
    assert (raised["to"], box.recipients[0]) == (f"{ANNA}, {BERT}", [ANNA, BERT])
    assert raised["auto-submitted"] == "auto-generated"
    assert "cleared" in cleared["subject"]
    assert raised["references"] == cleared["references"]
    assert raised["message-id"] != cleared["message-id"]


def test_sent_again_it_has_the_same_message_id() -> None:
    with mail_server() as box:
        for _ in range(2):
            sink(box).send(alarm())
    first, second = box.mails
    assert first["message-id"] == second["message-id"]


def test_verdicts_and_lesser_alarms_are_passed_over() -> None:
    with mail_server() as box:
        told = sink(box, lowest=Severity.HIGH)
        told.send(of_verdict(make_verdict()))
        told.send(alarm(kind="drift"))
        told.send(alarm(kind="golden_sample"))
    assert [mail["subject"].split()[1] for mail in box.mails] == ["high"]


def test_a_flood_is_bounded_for_each_severity_and_the_next_mail_says_what_was_left_out() -> None:
    clock = FakeClock()
    with mail_server() as box:
        told = sink(box, per_hour=2, clock=clock)
        for number in range(5):
            told.send(alarm(number, "drift"))
        told.send(alarm(9, "gate"))
        assert len(box.mails) == 3, "two of drift, and one that is critical"
        clock.advance(3600)
        told.send(alarm(6, "drift"))
        told.send(alarm(7, "drift"))
    assert "3 mails on alarms of this severity were left out" in box.mails[3].get_content()
    assert "left out" not in box.mails[4].get_content()


def test_a_report_comes_with_its_pdf() -> None:
    report = ReportFile(
        "line-1", "tr", "Vardiya raporu", "Verim: % 93", "shift.pdf", START, START, START, b"%PDF-x"
    )
    with mail_server() as box:
        sink(box).send(of_report(report))
    [mail] = box.mails
    assert (mail["subject"], mail["content-language"]) == ("Vardiya raporu", "tr")
    [attached] = mail.iter_attachments()
    assert (attached.get_filename(), attached.get_content()) == ("shift.pdf", b"%PDF-x")
    assert "Verim: % 93" in mail.get_body().get_content()


def test_a_name_with_a_line_break_makes_no_header() -> None:
    one = Alarm("line-1", "gate", "a\r\nBcc: eve@example.com", True, START, "", "")
    with mail_server() as box:
        sink(box).send(of_alarm(one))
    assert box.mails[0]["bcc"] is None
    assert box.recipients == [[ANNA]]


def test_a_refusal_of_4xx_is_tried_again_and_one_of_5xx_never() -> None:
    with mail_server() as box:
        box.answers += ["451 greylisted", "554 no thanks"]
        with pytest.raises(SinkUnavailable, match="451 greylisted"):
            sink(box).send(alarm())
        with pytest.raises(SinkRejected, match="554 no thanks"):
            sink(box).send(alarm())
        box.refused = {ANNA: "550 unknown"}
        with pytest.raises(SinkRejected, match="every recipient is refused: 550"):
            sink(box).send(alarm())


def test_one_that_is_refused_for_now_is_told_later_and_the_others_not_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with mail_server() as box:
        told = sink(box, ANNA, BERT, "carl@plant.example")
        box.refused = {BERT: "450 later", "carl@plant.example": "550 unknown"}
        with pytest.raises(SinkUnavailable, match="1 recipients are not taken yet"):
            told.send(alarm())
        del box.refused[BERT]
        with caplog.at_level(logging.WARNING):
            told.send(alarm())
            told.send(alarm(1))
    assert box.recipients == [[ANNA], [BERT], [ANNA, BERT]]
    # The test's own mail server logs addresses too, if another test has set its level.
    ours = [str(vars(record)) for record in caplog.records if record.name.startswith("marbleline")]
    assert "sink.mail_recipients_refused" in " ".join(ours)
    assert "carl" not in " ".join(ours)


def test_a_server_that_is_away_is_unavailable() -> None:
    with mail_server() as box:
        pass
    with pytest.raises(SinkUnavailable, match="mail mail can't be delivered"):
        sink(box).send(alarm())


@pytest.mark.parametrize("wrapped", [False, True])
def test_it_logs_in_over_tls_alone(certificates: Path, wrapped: bool) -> None:
    with mail_server(certificates, wrapped=wrapped, login=True) as box:
        told = opened(box, certificates, wrapped=wrapped, sink_secrets=f"mail={USER}:{PASSWORD}")
        told.send(alarm())
    assert (box.logins, box.over_tls, len(box.mails)) == ([USER], [True], 1)


def test_a_wrong_password_is_refused_for_good_and_not_shown(certificates: Path) -> None:
    with mail_server(certificates, login=True) as box:
        told = opened(box, certificates, sink_secrets=f"mail={USER}:hunter2")
        with pytest.raises(SinkRejected, match="refuses user or password: 535") as refused:
            told.send(alarm())
    assert "hunter2" not in str(refused.value)
    assert "hunter2" not in repr(told.__dict__)


def test_without_starttls_nothing_is_sent_unless_that_is_allowed(certificates: Path) -> None:
    with mail_server() as box:
        with pytest.raises(SinkUnavailable, match="STARTTLS"):
            opened(box, certificates).send(alarm())
        assert box.mails == []
        opened(box, certificates, mail_plaintext=True).send(alarm())
    assert box.over_tls == [False]


def test_a_certificate_of_another_authority_is_not_trusted(certificates: Path, tmp_path: Path) -> None:
    make_certificates(tmp_path)
    with mail_server(certificates) as box, pytest.raises(SinkUnavailable, match="certificate verify failed"):
        opened(box, tmp_path).send(alarm())


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"mail_from": ""}, "set mail_from"),
        ({"sink_secrets": "mail=user"}, "USER:PASSWORD"),
        ({"sink_secrets": "mail=user:word", "mail_plaintext": True}, "without TLS"),
        ({"sink_ca_file": Path("/nowhere.pem")}, "/nowhere.pem"),
    ],
)
def test_what_cannot_work_is_refused_at_the_start(changed: dict[str, Any], said: str) -> None:
    settings = replace(MailSettings(mail_from="line@plant.example"), **changed)
    with pytest.raises(SettingError, match=said):
        open_mail(SinkContext(f"smtp://mail.example/{ANNA}", "mail", "line-1"), settings)


@pytest.mark.parametrize(
    ("address", "taken"),
    [
        (f"smtp://mail.example/{ANNA}", True),
        (f"smtps://mail.example:2465/{ANNA},{BERT}?severity=critical", True),
        ("smtp://mail.example", False),
        (f"smtp://user:word@mail.example/{ANNA}", False),
        (f"smtp://mail.example/{ANNA}?severity=urgent", False),
    ],
)
def test_an_address_names_server_and_recipients(address: str, taken: bool) -> None:
    assert SINKS.adapters[-1].takes(address) is taken
