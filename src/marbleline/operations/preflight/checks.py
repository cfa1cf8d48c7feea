"""What was wanted beside what was seen, a finding a check."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from marbleline.operations.preflight.cluster_state import ClusterState
from marbleline.operations.preflight.requirements import ELASTIC, KEDA, RABBITMQ, Requirements, Room

LEAST_KUBERNETES: Final = (1, 30)


class CheckStatus(StrEnum):
    """``WARNING``: it may work; ``MISSING``: it will not."""

    OK = "ok"
    WARNING = "warning"
    MISSING = "MISSING"


@dataclass(frozen=True, slots=True)
class Finding:
    """``found`` says what is there, ``remedy`` what to do about it; empty where all is well."""

    check: str
    grade: CheckStatus
    found: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Operator:
    """``name`` for people; ``tested`` the version (major, minor) that the chart is tested with."""

    name: str
    tested: tuple[int, int]
    install: str


_OPERATORS: Final = {
    RABBITMQ: Operator(
        "RabbitMQ cluster operator",
        (2, 16),
        "kubectl apply -f https://github.com/rabbitmq/cluster-operator/releases/download/v2.16.0/"
        "cluster-operator.yml",
    ),
    ELASTIC: Operator("Elastic's operator (ECK)", (3, 5), "make operators"),
    KEDA: Operator("KEDA", (2, 18), "make operators KEDA=yes"),
}


def run_checks(requirements: Requirements, cluster_state: ClusterState) -> list[Finding]:
    """All findings, in the order in which they are best put right."""
    checks: tuple[Callable[[Requirements, ClusterState], Iterator[Finding]], ...] = (
        _kubernetes, _operators, _storage, _ingress, _pod_security, _rights, _room,
    )  # fmt: skip
    return [finding for check in checks for finding in check(requirements, cluster_state)]


def _kubernetes(_: Requirements, cluster_state: ClusterState) -> Iterator[Finding]:
    found = f"{cluster_state.version[0]}.{cluster_state.version[1]}"
    if cluster_state.version >= LEAST_KUBERNETES:
        yield Finding("Kubernetes", CheckStatus.OK, found)
    else:
        remedy = "upgrade the cluster to {}.{} or later".format(*LEAST_KUBERNETES)
        yield Finding("Kubernetes", CheckStatus.MISSING, found, remedy)


def _operators(requirements: Requirements, cluster_state: ClusterState) -> Iterator[Finding]:
    for group in sorted(requirements.operators):
        operator = _OPERATORS[group]
        resources = sorted(one for one in cluster_state.resource_groups if one.endswith(group))
        running = cluster_state.operators.get(group)
        if not resources:
            yield Finding(
                operator.name, CheckStatus.MISSING, "its resources are unknown here", operator.install
            )
        elif running is None and "operators" in cluster_state.hidden:
            yield _unseen(operator.name, "workloads of other namespaces")
        elif running is None:
            found = "its resources are there, its pod was not found"
            yield Finding(operator.name, CheckStatus.WARNING, found, "see that it runs: kubectl get pods -A")
        elif not running.ready:
            remedy = f"kubectl -n {running.namespace} get pods"
            yield Finding(operator.name, CheckStatus.MISSING, "its pod is not ready", remedy)
        else:
            yield _operator_version(operator, running.version)


def _operator_version(operator: Operator, version: str) -> Finding:
    tested = "{}.{}".format(*operator.tested)
    match = re.match(r"v?(\d+)\.(\d+)", version)
    if match is None:
        return Finding(
            operator.name, CheckStatus.OK, f"runs; its image says no version (tested with {tested})"
        )
    if (int(match[1]), int(match[2])) < operator.tested:
        return Finding(
            operator.name,
            CheckStatus.WARNING,
            f"{version}, older than the {tested} that was tested",
            operator.install,
        )
    return Finding(operator.name, CheckStatus.OK, version)


def _storage(requirements: Requirements, cluster_state: ClusterState) -> Iterator[Finding]:
    if "storage classes" in cluster_state.hidden:
        yield _unseen("storage class", "storage classes")
        return
    for name in sorted(requirements.storage_classes):
        check = f"storage class {name}".strip()
        if name in cluster_state.storage_classes:
            yield Finding(check, CheckStatus.OK, "there")
        elif name:
            known = ", ".join(sorted(cluster_state.storage_classes)) or "none"
            yield Finding(
                check, CheckStatus.MISSING, f"unknown; there are {known}", "set storageClass to one of them"
            )
        elif cluster_state.default_storage_class:
            yield Finding(check, CheckStatus.OK, f"default: {cluster_state.default_storage_class}")
        else:
            known = ", ".join(sorted(cluster_state.storage_classes)) or "none"
            yield Finding(
                check,
                CheckStatus.MISSING,
                f"no default; there are {known}",
                "set storageClass, or mark one as default",
            )


def _ingress(requirements: Requirements, cluster_state: ClusterState) -> Iterator[Finding]:
    if requirements.ingress_classes and "ingress classes" in cluster_state.hidden:
        yield _unseen("ingress class", "ingress classes")
        return
    for name in sorted(requirements.ingress_classes):
        if name in cluster_state.ingress_classes:
            yield Finding(f"ingress class {name}", CheckStatus.OK, "there")
        else:
            known = ", ".join(sorted(cluster_state.ingress_classes)) or "none"
            remedy = "set console.ingress.className, or install its controller"
            # GKE's own classes are served without an object of this kind.
            grade = CheckStatus.WARNING if name.startswith("gce") else CheckStatus.MISSING
            yield Finding(f"ingress class {name}", grade, f"unknown; there are {known}", remedy)


def _pod_security(requirements: Requirements, cluster_state: ClusterState) -> Iterator[Finding]:
    level = cluster_state.enforced.get(cluster_state.namespace)
    check = f"Pod Security of {cluster_state.namespace}"
    label = f"kubectl label namespace {cluster_state.namespace} pod-security.kubernetes.io/enforce=restricted"
    if f"namespace {cluster_state.namespace}" in cluster_state.hidden:
        yield _unseen(check, "the namespace")
    elif level is None:
        yield Finding(
            check,
            CheckStatus.WARNING,
            "the namespace is not there yet",
            f"kubectl create namespace {cluster_state.namespace}",
        )
    elif level == "restricted":
        yield Finding(check, CheckStatus.OK, "restricted")
    else:
        yield Finding(check, CheckStatus.WARNING, level or "not enforced", label)
    for namespace in sorted(requirements.host_namespaces):
        found = cluster_state.enforced.get(namespace)
        if f"namespace {namespace}" in cluster_state.hidden:
            yield _unseen(f"Pod Security of {namespace}", "the namespace")
        elif found in ("restricted", "baseline"):
            yield Finding(
                f"Pod Security of {namespace}",
                CheckStatus.MISSING,
                f"{found}, and Filebeat reads the nodes' log folders there",
                "set filebeat.namespace to one with pod-security.kubernetes.io/enforce=privileged",
            )
        elif found is None and namespace != cluster_state.namespace:
            remedy = f"kubectl create namespace {namespace}"
            yield Finding(
                f"namespace {namespace}", CheckStatus.MISSING, "Filebeat's namespace is not there", remedy
            )


def _rights(_: Requirements, cluster_state: ClusterState) -> Iterator[Finding]:
    refused = sorted(f"{plural}.{group}".rstrip(".") for group, plural in cluster_state.refused)
    if refused:
        remedy = "have an administrator grant `create` on them, or install for you"
        yield Finding("your rights", CheckStatus.MISSING, f"you may not create {', '.join(refused)}", remedy)
    else:
        yield Finding("your rights", CheckStatus.OK, "you may create all that the chart holds")


def _room(requirements: Requirements, cluster_state: ClusterState) -> Iterator[Finding]:
    if "nodes" in cluster_state.hidden:
        yield _unseen("room", "nodes and the pods of all namespaces")
        return
    free = f"{_sum(cluster_state.free)} free"
    if not requirements.rooms:
        yield Finding("room", CheckStatus.OK, f"{free}; give --manifest to have the requests compared")
        return
    asked = _sum(requirements.rooms)
    unscheduled_pods = unscheduled(requirements.rooms, cluster_state.free)
    if unscheduled_pods:
        found = f"{asked} asked, {free}; no node has room for {', '.join(sorted(set(unscheduled_pods)))}"
        yield Finding("room", CheckStatus.MISSING, found, "add a node, or lower the requests in the values")
    else:
        yield Finding("room", CheckStatus.OK, f"{asked} asked, {free}")


def unscheduled(rooms: tuple[Room, ...], nodes: tuple[Room, ...]) -> list[str]:
    """The pods that find no node if the largest are placed first, each where it fits first."""
    left = [[node.cpu, node.memory] for node in nodes]
    unscheduled_pods: list[str] = []
    for room in sorted(rooms, key=lambda one: (one.memory, one.cpu), reverse=True):
        for node in left:
            if room.cpu <= node[0] and room.memory <= node[1]:
                node[0] -= room.cpu
                node[1] -= room.memory
                break
        else:
            unscheduled_pods.append(room.pod)
    return unscheduled_pods


def _unseen(check: str, what: str) -> Finding:
    return Finding(check, CheckStatus.WARNING, f"not checked: you may not look at {what}", "ask one who may")


def _sum(rooms: tuple[Room, ...]) -> str:
    memory = sum(room.memory for room in rooms) / 2**30
    return f"{sum(room.cpu for room in rooms):.1f} cores and {memory:.1f} GiB"
