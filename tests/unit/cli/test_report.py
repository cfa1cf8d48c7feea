"""``marbleline report``: which shift it takes, the file, its exit codes."""

import base64
import io
import json
from contextlib import closing
from pathlib import Path

import pytest
from pypdf import PdfReader

from marbleline.adapters.sinks.webhook import make_secret
from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.cli import main
from tests.builders import make_frame, make_verdict
from tests.services.authority import make_certificates
from tests.unit.adapters.sinks.mail_server import PASSWORD, USER, mail_server
from tests.unit.adapters.sinks.webhook_server import receiving
from tests.unit.console.pdf.figures import HOUR, SINCE

PLANT = ("--console-time-zone", "UTC", "--console-shift-starts", "06:00,14:00,22:00")


@pytest.fixture
def data(tmp_path: Path) -> str:
    with closing(SqliteStore(tmp_path / "store.db")) as store:
        store.put_verdicts(
            [make_verdict(frame=make_frame(n, captured_at=SINCE + n * HOUR)) for n in (1, 2, 3)]
        )
    return str(tmp_path)


def test_the_shift_of_a_time_in_the_language_that_is_set(data: str, tmp_path: Path) -> None:
    output = tmp_path / "shift.pdf"
    told = ["--of", "2026-11-27T09:30", "--report-language", "it", "--output", str(output)]
    assert main(["report", *told, "--data", data, *PLANT]) == 0
    said = " ".join(PdfReader(output).pages[0].extract_text().split())
    assert "rapporto del turno 27 nov, dalle 06:00 alle 14:00" in said
    assert "100,0% 0,0% 0,0% 0,0% 3" in said


def test_without_a_name_the_file_has_that_of_line_and_shift(
    data: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["report", "--of", "2026-11-27T13:59:59", "--data", data, *PLANT]) == 0
    assert (tmp_path / "line-1-2026-11-27-0600.pdf").read_bytes().startswith(b"%PDF-")
    assert "line-1-2026-11-27-0600.pdf" in capsys.readouterr().out


def test_what_is_no_shift_is_refused_with_what_is_allowed(
    data: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", "--of", "yesterday", "--data", data, *PLANT]) == 2
    assert "allowed is last, running or a time" in capsys.readouterr().err


def test_a_folder_that_is_not_there_is_refused(data: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "--output", "/nowhere/shift.pdf", "--data", data, *PLANT]) == 2
    assert "/nowhere/shift.pdf: can't be written" in capsys.readouterr().err


def send(data: str, *told: str) -> int:
    return main(["report", "--send", "--of", "2026-11-27T09:30", "--data", data, *PLANT, *told])


def test_it_is_mailed_with_its_pdf_to_a_real_server_and_a_second_time_with_the_same_id(
    data: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    make_certificates(tmp_path / "tls")
    monkeypatch.setenv("MARBLELINE_SINK_SECRETS", f"office={USER}:{PASSWORD}")
    with mail_server(tmp_path / "tls", login=True) as box:
        box.answers.append("451 greylisted")
        told = ["--report-to", f"office=smtp://localhost:{box.port}/anna@plant.example"]
        told += ["--mail-from", "line@plant.example", "--sink-ca-file", str(tmp_path / "tls" / "ca.pem")]
        told += ["--report-language", "es"]
        assert send(data, *told) == 0
        assert send(data, *told) == 0
    first, second = box.mails
    assert first["message-id"] == second["message-id"]
    assert "informe del turno" in first["subject"]
    assert "Tablas: 3 (turno anterior: 0)" in first.get_body().get_content()
    [attached] = first.iter_attachments()
    assert attached.get_filename() == "line-1-2026-11-27-0600.pdf"
    assert "informe del turno" in PdfReader(io.BytesIO(attached.get_content())).pages[0].extract_text()
    assert box.over_tls == [True, True]
    assert not list(tmp_path.glob("*.pdf")), "sent, so not written"


def test_a_webhook_gets_it_as_json(data: str) -> None:
    with receiving() as script:
        told = ["--report-to", f"mes={script.url}/reports", "--sink-secrets", f"mes={make_secret()}"]
        assert send(data, *told) == 0
    [call] = script.calls
    body = json.loads(call.body)
    assert body["type"] == "report.shift"
    assert base64.b64decode(body["data"]["pdf"]).startswith(b"%PDF-")
    assert body["id"] == call.headers["webhook-id"]


def test_who_does_not_get_it_is_named_and_the_password_is_not(
    data: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with mail_server() as box, receiving() as script:
        box.answers.append("554 no thanks")
        address = f"office=smtp://127.0.0.1:{box.port}/anna@plant.example mes={script.url}"
        told = ["--report-to", address, "--sink-secrets", f"mes={make_secret()}"]
        assert send(data, *told, "--mail-from", "line@plant.example", "--mail-plaintext", "true") == 1
    out, err = capsys.readouterr()
    assert "NOT sent to office" in out
    assert "sent to mes" in out
    assert "554 no thanks" in err


def test_a_shift_in_which_nobody_worked_is_not_sent(data: str) -> None:
    with receiving() as script:
        told = ["--report-to", f"mes={script.url}", "--sink-secrets", f"mes={make_secret()}"]
        assert main(["report", "--send", "--of", "2026-11-20T09:30", "--data", data, *PLANT, *told]) == 3
    assert script.calls == []


@pytest.mark.parametrize(
    ("address", "said"), [("", "report_to is empty"), ("scada=mqtt://broker.plant", "no MQTT broker")]
)
def test_receivers_that_cannot_be_are_refused(
    data: str, address: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert send(data, "--report-to", address) == 2
    assert said in capsys.readouterr().err
