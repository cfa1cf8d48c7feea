"""What `make audit` says of what pip-audit says; pip-audit itself is not run."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from release.advisories import FOUND, NOT_LOOKED_UP, Program, argued, audit, locked, report

PINS = {("pillow", "12.0"): ["locks/demo.txt"], ("h11", "0.16"): ["images/locks/console.txt"]}
ADVISORY = {"id": "PYSEC-2026-1", "aliases": ["CVE-2026-1"]}


def answering(said: Mapping[str, Any], stderr: str = "") -> Program:
    def run(requirements: Path) -> "subprocess.CompletedProcess[str]":
        names = [line.partition("==")[0] for line in requirements.read_text().splitlines()]
        assert len(set(names)) == len(names), "pip-audit takes one version of a package"
        found = [{"name": name, **said[name]} for name in names if name in said]
        return subprocess.CompletedProcess([], 1, json.dumps({"dependencies": found}) if said else "", stderr)

    return run


@pytest.mark.parametrize(
    ("said", "accepted", "code", "words"),
    [
        ({"pillow": {"vulns": []}, "h11": {"vulns": []}}, "", 0, "2 of 2 locked packages looked up: 0 with"),
        (
            {"pillow": {"vulns": [ADVISORY]}, "h11": {"vulns": []}},
            "",
            FOUND,
            "pillow 12.0: PYSEC-2026-1, CVE-2026-1; in locks/demo.txt",
        ),
        (
            {"pillow": {"vulns": [ADVISORY]}, "h11": {"vulns": []}},
            "| CVE-2026-1 | pillow | it reads no such file |\n",
            0,
            "1 with one that docs/security.md argues",
        ),
        (
            {"pillow": {"vulns": []}, "h11": {"skip_reason": "not found on the index"}},
            "",
            NOT_LOOKED_UP,
            "h11 0.16: not found on the index. This is no all-clear",
        ),
        ({}, "", NOT_LOOKED_UP, "0 of 2 locked packages looked up"),
    ],
)
def test_what_is_found_and_what_is_not_known(
    said: dict[str, Any], accepted: str, code: int, words: str
) -> None:
    text, got = report(PINS, audit(PINS, answering(said, "no such host")), argued(accepted))
    assert (got, words in text) == (code, True), text


def test_two_versions_of_one_package_are_both_looked_up() -> None:
    pins = [("pillow", "11.0"), ("pillow", "12.0")]
    assert len(audit(pins, answering({"pillow": {"vulns": [ADVISORY]}})).found) == 2


def test_every_lock_is_read() -> None:
    locks = {lock for found in locked().values() for lock in found}
    assert {"locks/train.txt", "locks/airflow.txt", "images/locks/serve.txt"} <= locks
    assert all(name and version for name, version in locked())
