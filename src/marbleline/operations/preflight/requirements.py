"""What a rendered chart asks of a cluster, read from its manifest (``helm template``)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from marbleline.operations.preflight.quantity import number_of

RABBITMQ, ELASTIC, KEDA = "rabbitmq.com", "k8s.elastic.co", "keda.sh"


@dataclass(frozen=True, slots=True)
class Room:
    """What a pod requests: ``cpu`` in cores, ``memory`` in bytes."""

    pod: str
    cpu: float
    memory: float


@dataclass(frozen=True, slots=True)
class Requirements:
    """``release``          the release's name, empty if it is not known
    ``operators``        groups of resources, such as rabbitmq.com, whose operator has to be there
    ``kinds``            (API group, plural) of all that is created
    ``storage_classes``  asked for by name; an empty name is the cluster's default
    ``ingress_classes``  asked for by name
    ``host_namespaces``  namespaces of pods that read folders of the node
    ``rooms``            of every pod, replicas one by one
    """

    release: str
    operators: frozenset[str]
    kinds: frozenset[tuple[str, str]]
    storage_classes: frozenset[str]
    ingress_classes: frozenset[str]
    host_namespaces: frozenset[str]
    rooms: tuple[Room, ...]


# What is needed whatever the values, for a preflight without a manifest.
AT_LEAST: Final = Requirements(
    release="",
    operators=frozenset({RABBITMQ, ELASTIC}),
    kinds=frozenset(
        {
            ("apps", "deployments"),
            ("apps", "statefulsets"),
            ("", "services"),
            ("", "secrets"),
            ("", "configmaps"),
            ("", "serviceaccounts"),
            ("networking.k8s.io", "networkpolicies"),
            ("policy", "poddisruptionbudgets"),
            ("rabbitmq.com", "rabbitmqclusters"),
            ("elasticsearch.k8s.elastic.co", "elasticsearches"),
        }
    ),
    storage_classes=frozenset({""}),
    ingress_classes=frozenset(),
    host_namespaces=frozenset(),
    rooms=(),
)
_INSTANCE: Final = "app.kubernetes.io/instance"


def read(objects: Iterable[Mapping[str, Any]], namespace: str) -> Requirements:
    """What these objects ask for, if they are applied to the namespace."""
    kinds: set[tuple[str, str]] = set()
    storage: set[str] = set()
    ingress: set[str] = set()
    hosts: set[str] = set()
    rooms: list[Room] = []
    release = ""
    for one in objects:
        release = release or one["metadata"].get("labels", {}).get(_INSTANCE, "")
        kind, spec = one["kind"], one.get("spec", {})
        kinds.add((_group(one["apiVersion"]), _plural(kind.lower())))
        storage |= set(_storage_classes(kind, spec))
        if kind == "Ingress" and spec.get("ingressClassName"):
            ingress.add(spec["ingressClassName"])
        if _reads_the_node(spec):
            hosts.add(one["metadata"].get("namespace", namespace))
        rooms += _rooms(kind, one["metadata"]["name"], spec)
    groups = {group for group, _ in kinds}
    operators = {name for name in (RABBITMQ, ELASTIC, KEDA) if any(group.endswith(name) for group in groups)}
    return Requirements(
        release=release,
        operators=frozenset(operators),
        kinds=frozenset(kinds),
        storage_classes=frozenset(storage),
        ingress_classes=frozenset(ingress),
        host_namespaces=frozenset(hosts),
        rooms=tuple(rooms),
    )


def _plural(kind: str) -> str:
    """As Kubernetes makes it where a definition does not say otherwise."""
    if kind.endswith(("s", "h")):
        return f"{kind}es"
    return f"{kind[:-1]}ies" if kind.endswith("y") else f"{kind}s"


def _group(version: str) -> str:
    return version.rpartition("/")[0]


def _storage_classes(kind: str, spec: Mapping[str, Any]) -> Iterator[str]:
    if kind == "PersistentVolumeClaim":
        yield spec.get("storageClassName", "")
    claims = [*spec.get("volumeClaimTemplates", [])]
    for nodes in spec.get("nodeSets", []):
        claims += nodes.get("volumeClaimTemplates", [])
    for claim in claims:
        yield claim["spec"].get("storageClassName", "")
    if kind == "RabbitmqCluster":
        yield spec.get("persistence", {}).get("storageClassName", "")


def _reads_the_node(spec: Mapping[str, Any]) -> bool:
    pod = spec.get("daemonSet", {}).get("podTemplate", {}).get("spec", {})
    return any("hostPath" in volume for volume in pod.get("volumes", []))


def _rooms(kind: str, name: str, spec: Mapping[str, Any]) -> list[Room]:
    if kind in ("Deployment", "StatefulSet"):
        return [_room(name, spec["template"]["spec"]["containers"])] * spec.get("replicas", 1)
    if kind == "RabbitmqCluster":
        return [_room(name, [spec])] * spec.get("replicas", 1)
    if kind == "Kibana":
        return [_room(name, spec["podTemplate"]["spec"]["containers"])] * spec.get("count", 1)
    if kind == "Elasticsearch":
        return [
            room
            for nodes in spec["nodeSets"]
            for room in [_room(name, nodes["podTemplate"]["spec"]["containers"])] * nodes["count"]
        ]
    return []


def _room(pod: str, containers: Iterable[Mapping[str, Any]]) -> Room:
    asked = [one.get("resources", {}).get("requests", {}) for one in containers]
    return Room(
        pod,
        sum(number_of(one.get("cpu", 0)) for one in asked),
        sum(number_of(one.get("memory", 0)) for one in asked),
    )
