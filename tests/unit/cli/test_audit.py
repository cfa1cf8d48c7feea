"""``marbleline ledger --audit``: what it prints, and its exit codes."""

import json
from pathlib import Path

import pytest

from marbleline.bootstrap import ledger
from marbleline.cli import main
from marbleline.domain.audit import AuditEntry

WELL = AuditEntry("arch", 7, 6, 1, 0, ())
LOST = AuditEntry("belt", 14, 2, 0, 0, tuple(f"id-{number:02}" for number in range(12)))


@pytest.fixture
def audited(monkeypatch: pytest.MonkeyPatch) -> list[AuditEntry]:
    """What the audit finds; fill it."""
    entries: list[AuditEntry] = []
    monkeypatch.setattr(ledger, "audit_ledger", lambda *_: tuple(entries))
    return entries


def run(data: Path, *flags: str) -> int:
    return main(["ledger", "--audit", "--data", str(data), *flags])


def test_a_frame_that_only_the_log_knows_is_named(
    audited: list[AuditEntry], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    audited += [WELL, LOST]
    assert run(tmp_path) == 1
    head, first, second, missing = capsys.readouterr().out.splitlines()
    assert head.split() == ["camera", "logged", "judged", "dead-lettered", "pending", "missing"]
    assert first.split() == ["arch", "7", "6", "1", "0", "0"]
    assert second.split()[-1] == "12"
    assert missing.startswith("missing of belt: id-00, id-01")
    assert missing.endswith("id-09 and 2 more")


def test_all_accounted_for_is_0_and_no_log_at_all_is_not(
    audited: list[AuditEntry], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path) == 1
    assert "Does Filebeat ship the logs?" in capsys.readouterr().out
    audited.append(WELL)
    assert run(tmp_path, "--json") == 0
    assert json.loads(capsys.readouterr().out)["cameras"]["arch"]["judged"] == 6


def test_an_embedded_line_has_no_logs_to_audit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path) == 2
    assert "Elasticsearch" in capsys.readouterr().err
