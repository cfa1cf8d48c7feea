"""``marbleline preflight`` against the real API server: a cluster that has all, and one that lacks some."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.e2e.cluster import CHART, Broken, Release, command


def as_it_is(line: Release) -> str:
    """Nothing is missing for the values of this line; four things are for values that ask too much."""
    code, said = _preflight(line, "-f", str(CHART / "ci" / "e2e-values.yaml"))
    if code != 0 or not said["ready"]:
        raise Broken(f"something is missing for the line that runs: {_missing(said)}")
    checks = len(said["findings"])
    code, said = _preflight(
        line,
        *("-f", str(CHART / "ci" / "everything-values.yaml")),
        *("--set", "storageClass=gold,encoder.replicas=2,encoder.autoscaling.enabled=false"),
        *("--set", "encoder.resources.requests.cpu=640"),
    )
    expected = {"KEDA", "storage class gold", "ingress class nginx", "room"}
    if code != 1 or not expected <= set(_missing(said)):
        raise Broken(f"exit code {code}, missing {_missing(said)}; expected {sorted(expected)}")
    return f"{checks} checks; missing where too much is asked: {', '.join(sorted(_missing(said)))}"


def _preflight(line: Release, *options: str) -> tuple[int, dict[str, Any]]:
    rendered = command(
        *("helm", "template", line.name, str(CHART), "-n", line.namespace, "--set", "checkOperators=false"),
        *options,
    )
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as manifest:
        manifest.write(rendered)
        manifest.flush()
        program = [str(Path(sys.executable).with_name("marbleline")), "preflight", "--json"]
        done = subprocess.run(
            [*program, "-n", line.namespace, "--manifest", manifest.name],
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
    try:
        return done.returncode, json.loads(done.stdout)
    except ValueError as error:
        raise Broken(f"preflight: {done.stderr}") from error


def _missing(said: dict[str, Any]) -> list[str]:
    return [one["check"] for one in said["findings"] if one["grade"] == "MISSING"]
