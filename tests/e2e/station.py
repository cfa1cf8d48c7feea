"""The gate station and the OPC UA server on a cluster: ``python -m tests.e2e.station NAMESPACE RELEASE``.

Needs a cluster that enforces NetworkPolicies, and the images gate and opcua. A soft PLC runs in a pod, the
station in another, killed without grace in between. Every slab is held against the PLC's own log, the record
and what the belt knows: none may pass without a good verdict of its own.
Exit code: 0 all rows hold, 1 one does not.
"""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.serialization import Encoding

from marbleline.adapters.opcua.certificate import own_certificate, read_certificate
from marbleline.domain.verdict import Verdict
from marbleline.softplc.belt import read_belt
from marbleline.softplc.log import read_events
from tests.e2e.cluster import CHART, Broken, Release, is_ready, wait_until
from tests.e2e.install import prepare
from tests.e2e.table import HEAD, line_of
from tests.gate_faults.account import Account, count
from tests.services.opcua_client import machine_vision_node_set

VALUES: Final = CHART / "ci" / "gate-values.yaml"
BESIDE: Final = Path(__file__).with_name("station.yaml")
CAMERA: Final = "gate-1"
PLC_PORT: Final = 5020
OPCUA_PORT: Final = 4840
USER: Final = "mes"
PASSWORD: Final = "granite-and-lime"
# Slabs that pass before the station is killed, and again after.
PASSED: Final = 25
# However busy the machine is.
LIMIT_S: Final = 600
DOWN_S: Final = 240


def main(namespace: str, name: str) -> int:
    """Install, let slabs go by, and count."""
    release = Release(namespace, name)
    install(release)
    rows = {
        "slabs through the gate": slabs_pass,
        "gate station killed": station_killed,
        "PLC's address only": plc_alone,
        "result over OPC UA": opcua_result,
    }
    print(line_of(HEAD), flush=True)
    held = True
    for row, tried in rows.items():
        try:
            remark, ok = tried(release), "ok"
        except Broken as error:
            remark, ok, held = str(error), "FAILED", False
        print(line_of((row, "-", "-", "-", "-", "-", ok, remark)), flush=True)
    return int(not held)


def install(release: Release) -> None:
    """The namespace, the soft PLC and the OPC UA server's secrets, then the chart."""
    prepare(release)
    release.kubectl("apply", "-f", str(BESIDE))
    with tempfile.TemporaryDirectory() as folder:
        _make_secrets(release, Path(folder))
    # The station reads the belt's figures at its start.
    wait_until("the soft PLC", lambda: is_ready(release.get("pod/plc")))
    release.helm("install", str(CHART), "-f", str(VALUES), "--wait", "--timeout", "8m")


def slabs_pass(release: Release) -> str:
    """Good slabs pass, faulty ones do not; each by its own verdict."""
    _passed(release, PASSED)
    return _account(release)


def station_killed(release: Release) -> str:
    """Killed without grace: nothing passes while it is away, and slabs pass again by themselves."""
    before = _passed(release, 1)
    release.kill("gate")
    _passed(release, before + PASSED)
    return _account(release)


def plc_alone(release: Release) -> str:
    """The station reaches the PLC that its policy names, neither another one nor a host of another kind."""
    [gate, *_] = release.ready("gate")
    asked = {name: (_address(release, name), [PLC_PORT]) for name in ("plc", "other-plc")}
    asked["opcua"] = (release.pods("opcua")[0]["status"]["podIP"], [OPCUA_PORT])
    # A host without a policy of its own reaches both: they do listen.
    free = _reached(release, "stranger", {name: asked[name] for name in ("plc", "other-plc")})
    if free != {"plc": [PLC_PORT], "other-plc": [PLC_PORT]}:
        raise Broken(f"a host without a policy does not reach both PLCs: {free}")
    wanted = {"plc": [PLC_PORT], "other-plc": [], "opcua": []}
    found = _reached(release, gate, asked)
    if found != wanted:
        raise Broken(f"the station reaches {found} instead of {wanted}: are NetworkPolicies enforced?")
    return "one PLC taken; another PLC and the OPC UA server refused"


def opcua_result(release: Release) -> str:
    """A client reads the newest result through the Service by certificate and user; others get nothing."""
    host = f"{release.name}-opcua.{release.namespace}.svc"
    url = f"opc.tcp://{host}:{OPCUA_PORT}/marbleline"
    found: dict[str, Any] = {}

    def listed() -> bool:
        found.update(release.run_inside("mes", "asking_opcua.py", url, USER, PASSWORD))
        return bool(found.get("id"))

    wait_until("a result over OPC UA", listed)
    decision = found["content"][0]
    if found["code"] or decision not in ("good", "faulty", "review"):
        raise Broken(f"the result is none: {found}")
    refused = release.run_inside("mes", "asking_opcua.py", url, USER, "guessed")
    if "refused" not in refused:
        raise Broken(f"a wrong password got in: {refused}")
    service = release.get(f"service/{release.name}-opcua")["spec"]["clusterIP"]
    asked = {
        "service": (service, [OPCUA_PORT]),
        "pod": (release.pods("opcua")[0]["status"]["podIP"], [OPCUA_PORT]),
    }
    if strange := [name for name, ports in _reached(release, "stranger", asked).items() if ports]:
        raise Broken(f"a host that is not in opcua.peers reaches the {' and the '.join(strange)}")
    return f"{found['id']}: {decision}, of {found['listed']} listed; wrong password and other host refused"


def _passed(release: Release, wanted: int) -> int:
    """Wait until so many slabs passed the gate; how many did."""
    found = 0

    def enough() -> bool:
        nonlocal found
        said = release.kubectl("exec", "plc", "--", "cat", "/plc/gate.jsonl")
        found = said.count('"passed": true')
        return found >= wanted

    wait_until(f"{wanted} slabs that passed", enough, LIMIT_S)
    return found


def _account(release: Release) -> str:
    """Hold every slab until now against log, record and belt. Raises Broken for a wrong pass."""
    with tempfile.TemporaryDirectory() as folder:
        belt = read_belt(_copied(release, "belt.json", Path(folder)))
        events = read_events(_copied(release, "gate.jsonl", Path(folder)))
    slabs = max(int(str(event["slab"])) for event in events if event["event"] == "gate")
    account = Account()

    def recorded() -> bool:
        nonlocal account
        account = count(slabs, belt, events, _verdicts(release))
        return not account.wrong and not account.torn

    try:
        # The record follows the gate.
        wait_until("a record of every slab that passed", recorded, DOWN_S)
    except Broken as error:
        raise Broken(f"{account.line()}: {[*account.wrong, *account.torn][:5]}") from error
    causes = ", ".join(f"{cause} {times}" for cause, times in sorted(account.rejected.items())) or "none"
    return (
        f"{account.line()} ({causes}); {account.passed} passed, {account.faulty_rejected} faulty and rejected"
    )


def _verdicts(release: Release) -> list[Verdict]:
    [pod, *_] = release.ready("encoder")
    return [Verdict.from_json(text.encode()) for text in release.run_inside(pod, "on_record.py", CAMERA)]


def _copied(release: Release, name: str, folder: Path) -> Path:
    path = folder / name
    path.write_text(release.kubectl("exec", "plc", "--", "cat", f"/plc/{name}"), encoding="utf-8")
    return path


def _reached(release: Release, pod: str, asked: dict[str, tuple[str, list[int]]]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = release.run_inside(pod, "reaching.py", json.dumps(asked))
    return found


def _address(release: Release, pod: str) -> str:
    address: str = release.get(f"pod/{pod}")["status"]["podIP"]
    return address


def _make_secrets(release: Release, folder: Path) -> None:
    """The Secrets and the ConfigMap that docs/opcua.md asks for."""
    made = own_certificate(folder, "line-1", f"{release.name}-opcua.{release.namespace}.svc")
    certificate = folder / "tls.crt"
    certificate.write_bytes(read_certificate(made.certificate).public_bytes(Encoding.PEM))
    users = folder / "users"
    users.write_text(f"{USER}:{PASSWORD}\n", encoding="utf-8")
    types = machine_vision_node_set()
    for words in (
        ("secret", "tls", "opcua-certificate", f"--cert={certificate}", f"--key={made.key}"),
        ("secret", "generic", "opcua-users", f"--from-file=users={users}"),
        ("configmap", "machine-vision", f"--from-file={types.name}={types}"),
    ):
        release.kubectl("create", *words)


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except Broken as error:
        sys.exit(f"station: {error}")
