"""Who may talk to whom, tried with real connections where policies are enforced.

The installed line's own pods try each other's ports. All parts that there can be are tried in a namespace of
their own: a pod with the labels of each listens and tries, under the policies of ci/everything-values.yaml.
Both are held to the table in docs/install-kind.md: what is in it has to get through, and nothing else may.
"""

import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

import yaml

from tests.chart.arrows import API_PORTS, OUTSIDE, PORTS, Arrow, table
from tests.e2e.cluster import CHART, INSIDE, Broken, Release, command, is_ready, wait_until

# A policy counts some seconds after it was made, on a busy machine more.
SETTLED_S: Final = 120
METRICS: Final = 9100
# Senders that try at the same time.
AT_A_TIME: Final = 4
PARTS: Final = ("camera", "encoder", "publisher", "console", "serving")
# Those that no policy of the chart governs: they go where they like, and the receiver decides.
FREE: Final = (OUTSIDE, "filebeat", "collector")
# Where the sinks, the receivers of reports, the PLC and the OpenID Connect provider of those values listen.
_OUTSIDE_PORTS: Final = (80, 102, 8443)


@dataclass(frozen=True)
class Place:
    """A pod that tries and is tried: where it is, and the ports on which it listens."""

    release: Release
    pod: str
    address: str
    ports: tuple[int, ...]

    def reaches(self, others: Mapping[str, "Place"]) -> dict[str, set[int]]:
        """Of each other the ports that take a connection from here. Raises Broken."""
        asked = {name: (other.address, list(other.ports)) for name, other in others.items()}
        said = self.release.run_inside(self.pod, "reaching.py", json.dumps(asked))
        return {name: set(ports) for name, ports in said.items()}


def of_the_line(line: Release) -> str:
    """The installed line's pods, one that is no part of it, and one with the labels of ``helm test``."""
    labels = {"selftest": _labels(line, "selftest"), OUTSIDE: {"app": OUTSIDE}}
    try:
        stand_ins = _standing_in(line, labels, (METRICS,))
        targets = {part: _place(line, pods[0]) for part in PARTS if (pods := line.pods(part))}
        senders = targets | stand_ins
        [broker, *_] = line.get("pods", "-l", f"app.kubernetes.io/name={line.name}-broker")["items"]
        [store, *_] = line.get("pods", "-l", "app=elasticsearch")["items"]
        targets["broker"] = _place(line, broker)
        targets["store"] = Place(line, "", store["status"]["podIP"], (PORTS["store"],))
        # Cameras here take no pictures from outside. The store is none of the release's: no policy guards it.
        drawn = {arrow for arrow in table() if arrow != (OUTSIDE, "camera")} | {(OUTSIDE, "store")}
        return _held(senders, targets, drawn)
    finally:
        line.kubectl("delete", "pod", *labels, "--ignore-not-found", "--grace-period=0", "--force")


def of_every_part(line: Release) -> str:
    """All that can be switched on, by a pod for each part."""
    release, apart = Release(f"{line.namespace}-parts", "t"), Release(f"{line.namespace}-outside", "t")
    spaces = (release.namespace, apart.namespace)
    try:
        for space in spaces:
            command("kubectl", "create", "namespace", space)
        policies = _policies(apart.namespace)
        release.kubectl("apply", "-f", "-", given=_list(policies))
        parts = {
            one["metadata"]["name"].removeprefix("t-"): one["spec"]["podSelector"]["matchLabels"]
            for one in policies
        }
        ports = tuple(sorted({*PORTS.values(), *API_PORTS, *_OUTSIDE_PORTS, METRICS}))
        free = {part: {"app": part} for part in FREE} | {
            "filebeat": {"beat.k8s.elastic.co/name": "t-filebeat"}
        }
        places = _standing_in(release, parts, ports) | _standing_in(apart, free, ports)
        drawn = table()
        # Where no policy governs the sender, it reaches what anybody from outside reaches.
        drawn |= {(sender, receiver) for sender in FREE for at, receiver in drawn if at == OUTSIDE}
        drawn |= {(sender, receiver) for sender in FREE for receiver in FREE}
        return _held(places, places, drawn)
    finally:
        command("kubectl", "delete", "namespace", *spaces, "--wait=false", "--ignore-not-found")


def _held(senders: Mapping[str, Place], targets: Mapping[str, Place], drawn: set[Arrow]) -> str:
    """Try everything until it is as drawn. Raises Broken with what is not."""
    tried: dict[str, dict[str, set[int]]] = {}
    wrong: list[str] = []

    def reached(sender: str) -> dict[str, set[int]]:
        return senders[sender].reaches({name: one for name, one in targets.items() if name != sender})

    def as_drawn() -> bool:
        wrong.clear()
        with ThreadPoolExecutor(AT_A_TIME) as pool:
            tried.update(zip(senders, pool.map(reached, senders), strict=True))
        for sender, found in tried.items():
            wrong.extend(_wrong(sender, found, drawn))
        return not wrong

    try:
        wait_until("connections as in the table", as_drawn, SETTLED_S)
    except Broken as error:
        raise Broken(f"{error}: {'; '.join(wrong) or tried}") from error
    went = sum(len(ports) for found in tried.values() for ports in found.values())
    asked = sum(len(other.ports) for sender in senders for name, other in targets.items() if name != sender)
    return (
        f"{len(senders)} senders, {len(targets)} receivers: {went} connections taken, {asked - went} refused"
    )


def _wrong(sender: str, found: Mapping[str, set[int]], drawn: set[Arrow]) -> Iterator[str]:
    """What got through and should not have, and what should have."""
    for receiver, ports in found.items():
        allowed = (sender, receiver) in drawn
        if receiver in FREE:
            # Nobody guards it: the sender's policy decides, and may let it ask the Kubernetes API anywhere.
            if bool(ports - API_PORTS) != allowed:
                yield f"{sender} to {receiver}: {sorted(ports)}, {'' if allowed else 'not '}in the table"
        elif ports != (meant := {PORTS[receiver]} if allowed else set()):
            yield f"{sender} to {receiver}: {sorted(ports)} instead of {sorted(meant)}"


def _policies(apart: str) -> list[dict[str, Any]]:
    """The rendered policies, whose hosts outside of the release are pods in that namespace."""

    space = {"matchLabels": {"kubernetes.io/metadata.name": apart}}

    def peer(labels: dict[str, str]) -> list[dict[str, Any]]:
        return [{"namespaceSelector": space, "podSelector": {"matchLabels": labels}}]

    outside = peer({"app": OUTSIDE})
    values = {
        "console": {"oidcPeers": outside},
        "sink": {"peers": outside},
        "batch": {"report": {"peers": outside}},
        "gate": {"peers": outside},
        # As at the console, where every host may ask: who may is a matter of login there.
        "opcua": {"peers": [{"namespaceSelector": space}]},
        "networkPolicy": {"networkCameras": outside},
        "tracing": {"peers": peer({"app": "collector"})},
        "filebeat": {"namespace": apart},
    }
    said = command(
        *("helm", "template", "t", str(CHART), "-f", str(CHART / "ci" / "everything-values.yaml")),
        *("-f", "-", "--set", "checkOperators=false"),
        given=json.dumps(values),
    )
    found = [one for one in yaml.safe_load_all(said) if one and one["kind"] == "NetworkPolicy"]
    # Those of hooks too: here they are as the others.
    return [{**one, "metadata": {"name": one["metadata"]["name"]}} for one in found]


def _standing_in(
    release: Release, parts: Mapping[str, dict[str, str]], ports: tuple[int, ...]
) -> dict[str, Place]:
    """A pod for each part, by its labels, that listens on these ports."""
    script = (INSIDE / "listening.py").read_text(encoding="utf-8")
    security = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    image = _image()
    pods = [
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": part, "labels": labels},
            "spec": {
                "automountServiceAccountToken": False,
                "enableServiceLinks": False,
                "terminationGracePeriodSeconds": 0,
                "securityContext": {
                    "runAsNonRoot": True,
                    "runAsUser": 10001,
                    "seccompProfile": {"type": "RuntimeDefault"},
                    # Ports below 1024 without a capability.
                    "sysctls": [{"name": "net.ipv4.ip_unprivileged_port_start", "value": "0"}],
                },
                "containers": [
                    {
                        "name": "stand-in",
                        "image": image,
                        "command": ["/opt/venv/bin/python", "-c", script, *map(str, ports)],
                        "securityContext": security,
                    }
                ],
            },
        }
        for part, labels in parts.items()
    ]
    release.kubectl("apply", "-f", "-", given=_list(pods))
    found: dict[str, Place] = {}

    def ready() -> bool:
        there = {one["metadata"]["name"]: one for one in release.get("pods")["items"]}
        chosen = {part: there[part] for part in parts if part in there and is_ready(there[part])}
        found.update(
            {part: Place(release, part, one["status"]["podIP"], ports) for part, one in chosen.items()}
        )
        return len(found) == len(parts)

    wait_until(f"{len(parts)} pods that stand in for others", ready)
    return found


def _place(line: Release, pod: dict[str, Any]) -> Place:
    """A pod of the line; the ports are those of all its containers."""
    ports = sorted(
        {one["containerPort"] for each in pod["spec"]["containers"] for one in each.get("ports", [])}
    )
    return Place(line, pod["metadata"]["name"], pod["status"]["podIP"], tuple(ports))


def _labels(line: Release, part: str) -> dict[str, str]:
    return {
        "app.kubernetes.io/name": "marbleline",
        "app.kubernetes.io/instance": line.name,
        "app.kubernetes.io/component": part,
    }


def _image() -> str:
    """The encoder's image of the installed line, which has Python."""
    values = yaml.safe_load((CHART / "ci" / "e2e-values.yaml").read_text())
    return f"marbleline/encoder:{values['image']['tag']}"


def _list(objects: list[dict[str, Any]]) -> str:
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})
