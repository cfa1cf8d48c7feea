"""What a cluster has, asked of its API server. Nothing is created: rights are asked for, not tried."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import kubernetes
from kubernetes.client import ApiException
from kubernetes.config import ConfigException
from urllib3.exceptions import HTTPError

from marbleline.errors import SettingError, Unavailable
from marbleline.preflight.quantity import number_of
from marbleline.preflight.wanted import ELASTIC, KEDA, RABBITMQ, Room

# Its types say that every field of every answer may be absent, which hides what is.
client: Final[Any] = kubernetes.client
config: Final[Any] = kubernetes.config
_ENFORCE: Final = "pod-security.kubernetes.io/enforce"
_DEFAULT: Final = "storageclass.kubernetes.io/is-default-class"
_OPERATOR_IMAGES: Final = {
    "cluster-operator": RABBITMQ,
    "rabbitmq-cluster-operator": RABBITMQ,
    "rabbitmq-operator": RABBITMQ,
    "eck-operator": ELASTIC,
    "keda": KEDA,
}


@dataclass(frozen=True, slots=True)
class Running:
    """An operator's workload: ``version`` is its image's tag."""

    namespace: str
    version: str
    ready: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """``version``                (major, minor) of the API server
    ``resource_groups``        API groups of the custom resources that it knows
    ``operators``              group -> its operator's workload
    ``enforced``               namespace -> Pod Security level that it enforces, empty for none
    ``refused``                (API group, plural) of what this user may not create in the namespace
    ``free``                   node -> what is not requested yet, of nodes that take pods
    """

    namespace: str
    version: tuple[int, int]
    resource_groups: frozenset[str]
    operators: Mapping[str, Running]
    storage_classes: frozenset[str]
    default_storage_class: str
    ingress_classes: frozenset[str]
    enforced: Mapping[str, str]
    refused: frozenset[tuple[str, str]]
    free: tuple[Room, ...]


def look(namespace: str, kinds: Iterable[tuple[str, str]], release: str = "", context: str = "") -> Seen:
    """Look at the cluster of KUBECONFIG's context, or at the one that this pod is in.

    The room that pods of ``release`` take counts as free: an upgrade replaces them.
    Raises SettingError if no cluster is named, Unavailable if it does not answer or refuses to be read.
    """
    try:
        config.load_config(**({"context": context} if context else {}))
    except (ConfigException, OSError) as error:
        raise SettingError(f"no cluster: {error}; set KUBECONFIG, or make one current") from error
    try:
        return _look(namespace, kinds, release)
    except ApiException as error:
        raise Unavailable(f"the API server answered {error.status} {error.reason}: {_said(error)}") from error
    except HTTPError as error:
        raise Unavailable(f"the API server does not answer: {error}") from error


def _look(namespace: str, kinds: Iterable[tuple[str, str]], release: str) -> Seen:
    version = client.VersionApi().get_code()
    classes = client.StorageV1Api().list_storage_class().items
    defaults = [
        one.metadata.name for one in classes if (one.metadata.annotations or {}).get(_DEFAULT) == "true"
    ]
    spaces = client.CoreV1Api().list_namespace().items
    return Seen(
        namespace=namespace,
        version=(int(version.major), int("".join(filter(str.isdigit, version.minor)))),
        resource_groups=frozenset(group.name for group in client.ApisApi().get_api_versions().groups),
        operators=_operators(),
        storage_classes=frozenset(one.metadata.name for one in classes),
        default_storage_class=defaults[0] if defaults else "",
        ingress_classes=frozenset(
            one.metadata.name for one in client.NetworkingV1Api().list_ingress_class().items
        ),
        enforced={one.metadata.name: (one.metadata.labels or {}).get(_ENFORCE, "") for one in spaces},
        refused=frozenset(kind for kind in kinds if not _may_create(namespace, *kind)),
        free=_free(namespace, release),
    )


def _operators() -> dict[str, Running]:
    apps = client.AppsV1Api()
    found: dict[str, Running] = {}
    everywhere = (apps.list_deployment_for_all_namespaces(), apps.list_stateful_set_for_all_namespaces())
    for workload in (one for listed in everywhere for one in listed.items):
        for container in workload.spec.template.spec.containers:
            name, _, tag = container.image.split("@")[0].rpartition("/")[2].partition(":")
            if name in _OPERATOR_IMAGES:
                ready = bool(workload.status.ready_replicas)
                found[_OPERATOR_IMAGES[name]] = Running(workload.metadata.namespace, tag, ready)
    return found


def _may_create(namespace: str, group: str, plural: str) -> bool:
    asked = client.V1SelfSubjectAccessReview(
        spec=client.V1SelfSubjectAccessReviewSpec(
            resource_attributes=client.V1ResourceAttributes(
                namespace=namespace, verb="create", group=group, resource=plural
            )
        )
    )
    answer = client.AuthorizationV1Api().create_self_subject_access_review(asked)
    return bool(answer.status.allowed)


def _free(namespace: str, release: str) -> tuple[Room, ...]:
    core = client.CoreV1Api()
    left: dict[str, list[float]] = {}
    for node in core.list_node().items:
        taints = {taint.effect for taint in node.spec.taints or []}
        ready = any(one.type == "Ready" and one.status == "True" for one in node.status.conditions or [])
        if ready and not node.spec.unschedulable and not taints & {"NoSchedule", "NoExecute"}:
            has = node.status.allocatable
            left[node.metadata.name] = [number_of(has["cpu"]), number_of(has["memory"])]
    for pod in core.list_pod_for_all_namespaces().items:
        name, own = pod.metadata.name, pod.metadata.namespace == namespace
        replaced = release and own and name.startswith(f"{release}-")
        if pod.spec.node_name in left and pod.status.phase not in ("Succeeded", "Failed") and not replaced:
            for container in pod.spec.containers:
                asked = (container.resources and container.resources.requests) or {}
                left[pod.spec.node_name][0] -= number_of(asked.get("cpu", 0))
                left[pod.spec.node_name][1] -= number_of(asked.get("memory", 0))
    return tuple(Room(name, cpu, memory) for name, (cpu, memory) in left.items())


def _said(error: ApiException) -> str:
    return str(error.body or "").strip()[:300]
