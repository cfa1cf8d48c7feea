"""``marbleline preflight`` against the real API server: a cluster that has all, and one that lacks some."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

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
    too_much = _missing(said)
    code, said = _preflight(
        line, "-f", str(CHART / "ci" / "e2e-values.yaml"), kubeconfig=_without_rights(line)
    )
    unseen = [one["check"] for one in said["findings"] if one["found"].startswith("not checked")]
    if code != 1 or _missing(said) != ["your rights"] or "room" not in unseen:
        raise Broken(f"a user without rights misses {_missing(said)}, does not see {unseen}")
    return f"{checks} checks; missing where too much is asked: {', '.join(sorted(too_much))}"


def _without_rights(line: Release) -> str:
    """The text of a kubeconfig whose user is the namespace's default account."""
    found = yaml.safe_load(line.kubectl("config", "view", "--minify", "--raw"))
    token = line.kubectl("create", "token", "default", "--duration", "10m").strip()
    found["users"][0]["user"] = {"token": token}
    return yaml.safe_dump(found)


def _preflight(line: Release, *options: str, kubeconfig: str = "") -> tuple[int, dict[str, Any]]:
    rendered = command(
        *("helm", "template", line.name, str(CHART), "-n", line.namespace, "--set", "checkOperators=false"),
        *options,
    )
    with tempfile.TemporaryDirectory() as folder:
        manifest, access = Path(folder, "manifest.yaml"), Path(folder, "kubeconfig")
        manifest.write_text(rendered)
        access.write_text(kubeconfig)
        environment = {**os.environ, "KUBECONFIG": str(access)} if kubeconfig else None
        program = [str(Path(sys.executable).with_name("marbleline")), "preflight", "--json"]
        done = subprocess.run(
            [*program, "-n", line.namespace, "--manifest", str(manifest)],
            capture_output=True, text=True, timeout=120, check=False, env=environment,
        )  # fmt: skip
    try:
        return done.returncode, json.loads(done.stdout)
    except ValueError as error:
        raise Broken(f"preflight: {done.stderr}") from error


def _missing(said: dict[str, Any]) -> list[str]:
    return [one["check"] for one in said["findings"] if one["grade"] == "MISSING"]
