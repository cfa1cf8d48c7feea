"""A line with the batch lane, installed for `tests.e2e.batch`, and what stands beside it there."""

import base64
import json
from collections.abc import Mapping
from typing import Any, Final

from tests.e2e import values
from tests.e2e.cluster import CHART, Release, command

ELASTICSEARCH: Final = CHART.parents[1] / "tests" / "e2e" / "elasticsearch.yaml"
CLAIMS: Final = {"models": "1Gi", "landing": "1Gi"}
ACCOUNT: Final = "airflow-scheduler"
LANDER: Final = "lander"
STEWARD: Final = "steward"
WAIT: Final = "6m"


def install(line: Release) -> None:
    """A namespace that enforces Pod Security, the volumes, the store, and the chart. Raises Broken."""
    label = {"pod-security.kubernetes.io/enforce": "restricted"}
    apply(
        line, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": line.namespace, "labels": label}}
    )
    apply(line, {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": ACCOUNT}})
    for name, size in CLAIMS.items():
        spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}}
        claim = {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": name},
            "spec": spec,
        }
        apply(line, claim)
    line.kubectl("apply", "-f", str(ELASTICSEARCH))
    files = [word for name in ("e2e", "batch") for word in ("-f", str(CHART / "ci" / f"{name}-values.yaml"))]
    # The helpers do what batch pods may not: one posts pictures to a camera, as a machine outside would.
    files += ["--set", "networkPolicy.enabled=false"]
    line.helm("upgrade", "--install", str(CHART), *files, *values.broker(), "--wait", "--timeout", WAIT)


def remove(line: Release) -> None:
    """All of it, data included."""
    line.helm("uninstall", "--wait", "--timeout", "2m")
    command("kubectl", "delete", "namespace", line.namespace, "--wait=false")


def told(line: Release) -> str:
    """What the chart tells the DAGs."""
    text: str = line.get(f"configmap/{line.name}-batch")["data"]["batch.json"]
    return text


def helper(line: Release, name: str, kind: str) -> None:
    """A pod as the chart describes this kind, that does nothing: scripts run in it. Raises Broken."""
    pod = json.loads(told(line))["pods"][kind]
    pod |= {"apiVersion": "v1", "kind": "Pod"}
    pod["metadata"]["name"] = name
    pod["spec"]["containers"][0]["command"] = ["/bin/sleep", "infinity"]
    pod["spec"]["terminationGracePeriodSeconds"] = 0
    apply(line, pod)
    line.kubectl("wait", "--for=condition=Ready", f"pod/{name}", "--timeout=120s")


def drop(line: Release, pictures: Mapping[str, bytes]) -> None:
    """Put files into the landing folder, written beside and renamed as a machine should. Raises Broken."""
    texts = {name: base64.b64encode(content).decode() for name, content in pictures.items()}
    script = (
        "import base64, json, pathlib\n"
        f"for name, text in json.loads({json.dumps(json.dumps(texts))}).items():\n"
        "    beside = pathlib.Path('/pictures', '.' + name)\n"
        "    beside.write_bytes(base64.b64decode(text))\n"
        "    beside.rename(beside.with_name(name))\n"
    )
    line.kubectl("exec", "-i", LANDER, "--", "/opt/venv/bin/python", "-", given=script)


def kubeconfig(line: Release) -> str:
    """How to reach the cluster as Airflow's ServiceAccount, with no more rights than the chart gave it."""
    found = json.loads(command("kubectl", "config", "view", "--raw", "--minify", "-o", "json"))
    token = line.kubectl("create", "token", ACCOUNT, "--duration=2h").strip()
    found["users"] = [{"name": ACCOUNT, "user": {"token": token}}]
    found["contexts"][0]["context"]["user"] = ACCOUNT
    return json.dumps(found)


def ledger(line: Release) -> dict[str, Any]:
    """The line's own ledger, asked in the pod `lander`, which is there while the hot lane is not."""
    # Out of balance is an exit code too: what it printed is what is wanted.
    said = line.kubectl("exec", LANDER, "--", "sh", "-c", "marbleline ledger --json || true")
    found: dict[str, Any] = json.loads(said)
    return found


def apply(line: Release, one: dict[str, Any]) -> None:
    """``kubectl apply`` of one object. Raises Broken."""
    line.kubectl("apply", "-f", "-", given=json.dumps(one))
