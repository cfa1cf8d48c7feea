"""What was wanted beside what was seen, a finding a check."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from marbleline.preflight.seen import Seen
from marbleline.preflight.wanted import ELASTIC, KEDA, RABBITMQ, Room, Wanted

LEAST_KUBERNETES: Final = (1, 30)


class Grade(StrEnum):
    """``WARNING``: it may work; ``MISSING``: it will not."""

    OK = "ok"
    WARNING = "warning"
    MISSING = "MISSING"


@dataclass(frozen=True, slots=True)
class Finding:
    """``found`` says what is there, ``remedy`` what to do about it; empty where all is well."""

    check: str
    grade: Grade
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


def judge(wanted: Wanted, seen: Seen) -> list[Finding]:
    """All findings, in the order in which they are best put right."""
    checks: tuple[Callable[[Wanted, Seen], Iterator[Finding]], ...] = (
        _kubernetes, _operators, _storage, _ingress, _pod_security, _rights, _room,
    )  # fmt: skip
    return [finding for check in checks for finding in check(wanted, seen)]


def _kubernetes(_: Wanted, seen: Seen) -> Iterator[Finding]:
    found = f"{seen.version[0]}.{seen.version[1]}"
    if seen.version >= LEAST_KUBERNETES:
        yield Finding("Kubernetes", Grade.OK, found)
    else:
        remedy = "upgrade the cluster to {}.{} or later".format(*LEAST_KUBERNETES)
        yield Finding("Kubernetes", Grade.MISSING, found, remedy)


def _operators(wanted: Wanted, seen: Seen) -> Iterator[Finding]:
    for group in sorted(wanted.operators):
        operator = _OPERATORS[group]
        resources = sorted(one for one in seen.resource_groups if one.endswith(group))
        running = seen.operators.get(group)
        if not resources:
            yield Finding(operator.name, Grade.MISSING, "its resources are unknown here", operator.install)
        elif running is None and "operators" in seen.hidden:
            yield _unseen(operator.name, "workloads of other namespaces")
        elif running is None:
            found = "its resources are there, its pod was not found"
            yield Finding(operator.name, Grade.WARNING, found, "see that it runs: kubectl get pods -A")
        elif not running.ready:
            remedy = f"kubectl -n {running.namespace} get pods"
            yield Finding(operator.name, Grade.MISSING, "its pod is not ready", remedy)
        else:
            yield _operator_version(operator, running.version)


def _operator_version(operator: Operator, version: str) -> Finding:
    tested = "{}.{}".format(*operator.tested)
    match = re.match(r"v?(\d+)\.(\d+)", version)
    if match is None:
        return Finding(operator.name, Grade.OK, f"runs; its image says no version (tested with {tested})")
    if (int(match[1]), int(match[2])) < operator.tested:
        return Finding(
            operator.name,
            Grade.WARNING,
            f"{version}, older than the {tested} that was tested",
            operator.install,
        )
    return Finding(operator.name, Grade.OK, version)


def _storage(wanted: Wanted, seen: Seen) -> Iterator[Finding]:
    if "storage classes" in seen.hidden:
        yield _unseen("storage class", "storage classes")
        return
    for name in sorted(wanted.storage_classes):
        check = f"storage class {name}".strip()
        if name in seen.storage_classes:
            yield Finding(check, Grade.OK, "there")
        elif name:
            known = ", ".join(sorted(seen.storage_classes)) or "none"
            yield Finding(
                check, Grade.MISSING, f"unknown; there are {known}", "set storageClass to one of them"
            )
        elif seen.default_storage_class:
            yield Finding(check, Grade.OK, f"default: {seen.default_storage_class}")
        else:
            known = ", ".join(sorted(seen.storage_classes)) or "none"
            yield Finding(
                check,
                Grade.MISSING,
                f"no default; there are {known}",
                "set storageClass, or mark one as default",
            )


def _ingress(wanted: Wanted, seen: Seen) -> Iterator[Finding]:
    if wanted.ingress_classes and "ingress classes" in seen.hidden:
        yield _unseen("ingress class", "ingress classes")
        return
    for name in sorted(wanted.ingress_classes):
        if name in seen.ingress_classes:
            yield Finding(f"ingress class {name}", Grade.OK, "there")
        else:
            known = ", ".join(sorted(seen.ingress_classes)) or "none"
            remedy = "set console.ingress.className, or install its controller"
            # GKE's own classes are served without an object of this kind.
            grade = Grade.WARNING if name.startswith("gce") else Grade.MISSING
            yield Finding(f"ingress class {name}", grade, f"unknown; there are {known}", remedy)


def _pod_security(wanted: Wanted, seen: Seen) -> Iterator[Finding]:
    level = seen.enforced.get(seen.namespace)
    check = f"Pod Security of {seen.namespace}"
    label = f"kubectl label namespace {seen.namespace} pod-security.kubernetes.io/enforce=restricted"
    if f"namespace {seen.namespace}" in seen.hidden:
        yield _unseen(check, "the namespace")
    elif level is None:
        yield Finding(
            check,
            Grade.WARNING,
            "the namespace is not there yet",
            f"kubectl create namespace {seen.namespace}",
        )
    elif level == "restricted":
        yield Finding(check, Grade.OK, "restricted")
    else:
        yield Finding(check, Grade.WARNING, level or "not enforced", label)
    for namespace in sorted(wanted.host_namespaces):
        found = seen.enforced.get(namespace)
        if f"namespace {namespace}" in seen.hidden:
            yield _unseen(f"Pod Security of {namespace}", "the namespace")
        elif found in ("restricted", "baseline"):
            yield Finding(
                f"Pod Security of {namespace}",
                Grade.MISSING,
                f"{found}, and Filebeat reads the nodes' log folders there",
                "set filebeat.namespace to one with pod-security.kubernetes.io/enforce=privileged",
            )
        elif found is None and namespace != seen.namespace:
            remedy = f"kubectl create namespace {namespace}"
            yield Finding(
                f"namespace {namespace}", Grade.MISSING, "Filebeat's namespace is not there", remedy
            )


def _rights(_: Wanted, seen: Seen) -> Iterator[Finding]:
    refused = sorted(f"{plural}.{group}".rstrip(".") for group, plural in seen.refused)
    if refused:
        remedy = "have an administrator grant `create` on them, or install for you"
        yield Finding("your rights", Grade.MISSING, f"you may not create {', '.join(refused)}", remedy)
    else:
        yield Finding("your rights", Grade.OK, "you may create all that the chart holds")


def _room(wanted: Wanted, seen: Seen) -> Iterator[Finding]:
    if "nodes" in seen.hidden:
        yield _unseen("room", "nodes and the pods of all namespaces")
        return
    free = f"{_sum(seen.free)} free"
    if not wanted.rooms:
        yield Finding("room", Grade.OK, f"{free}; give --manifest to have the requests compared")
        return
    asked = _sum(wanted.rooms)
    homeless = without_room(wanted.rooms, seen.free)
    if homeless:
        found = f"{asked} asked, {free}; no node has room for {', '.join(sorted(set(homeless)))}"
        yield Finding("room", Grade.MISSING, found, "add a node, or lower the requests in the values")
    else:
        yield Finding("room", Grade.OK, f"{asked} asked, {free}")


def without_room(rooms: tuple[Room, ...], nodes: tuple[Room, ...]) -> list[str]:
    """The pods that find no node if the largest are placed first, each where it fits first."""
    left = [[node.cpu, node.memory] for node in nodes]
    homeless: list[str] = []
    for room in sorted(rooms, key=lambda one: (one.memory, one.cpu), reverse=True):
        for node in left:
            if room.cpu <= node[0] and room.memory <= node[1]:
                node[0] -= room.cpu
                node[1] -= room.memory
                break
        else:
            homeless.append(room.pod)
    return homeless


def _unseen(check: str, what: str) -> Finding:
    return Finding(check, Grade.WARNING, f"not checked: you may not look at {what}", "ask one who may")


def _sum(rooms: tuple[Room, ...]) -> str:
    memory = sum(room.memory for room in rooms) / 2**30
    return f"{sum(room.cpu for room in rooms):.1f} cores and {memory:.1f} GiB"
