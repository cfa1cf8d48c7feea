"""``marbleline preflight``: what it prints, and its exit codes. The cluster itself is asked in tests/e2e."""

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from marbleline.cli import main
from marbleline.operations.preflight import cluster_state
from marbleline.operations.preflight.cluster_state import ClusterState
from marbleline.operations.preflight.requirements import Requirements
from tests.unit.operations.preflight.test_checks import WELL

MANIFEST = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"


@pytest.fixture(autouse=True)
def cluster(monkeypatch: pytest.MonkeyPatch) -> dict[str, ClusterState]:
    """What is seen; a test may put another in its place."""
    found = {"seen": WELL}

    def read_cluster(_: Requirements, __: str, ___: str) -> ClusterState:
        return found["seen"]

    monkeypatch.setattr(cluster_state, "read_cluster", read_cluster)
    return found


def test_a_line_per_check_and_0_where_nothing_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["preflight", "-n", "line"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 7
    assert all(line.startswith("ok ") for line in lines)


def test_what_is_missing_is_1_with_what_to_do(
    cluster: dict[str, ClusterState], capsys: pytest.CaptureFixture[str]
) -> None:
    cluster["seen"] = replace(WELL, resource_groups=frozenset())
    assert main(["preflight"]) == 1
    assert "-> make operators" in capsys.readouterr().out
    assert main(["preflight", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["ready"] is False
    assert {"check", "grade", "found", "remedy"} == set(told["findings"][0])


def test_the_manifest_says_what_is_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "m.yaml").write_text(MANIFEST)
    assert main(["preflight", "--manifest", str(tmp_path / "m.yaml")]) == 0
    assert "operator" not in capsys.readouterr().out, "a ConfigMap needs none"
    monkeypatch.setattr("sys.stdin", io.StringIO(MANIFEST))
    assert main(["preflight", "--manifest", "-"]) == 0


@pytest.mark.parametrize("text", [None, "", "a: [", "just words\n", "kind: Deployment\n"])
def test_a_manifest_that_is_none_is_a_usage_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str | None
) -> None:
    file = tmp_path / "m.yaml"
    if text is not None:
        file.write_text(text)
    assert main(["preflight", "--manifest", str(file)]) == 2
    assert str(file) in capsys.readouterr().err
