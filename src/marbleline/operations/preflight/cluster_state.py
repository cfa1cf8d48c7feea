"""What a cluster has, asked of its API server. Nothing is created: rights are asked for, not tried."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import kubernetes
from kubernetes.client import ApiException
from kubernetes.config import ConfigException
from urllib3.exceptions import HTTPError

from marbleline.errors import SettingError, Unavailable
from marbleline.operations.preflight.quantity import number_of
from marbleline.operations.preflight.requirements import ELASTIC, KEDA, RABBITMQ, Requirements, Room

# Its types say that every field of every answer may be absent, which hides what is.
client: Final[Any] = kubernetes.client
config: Final[Any] = kubernetes.config
_FORBIDDEN: Final = 403
_NOT_FOUND: Final = 404
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
class OperatorDeployment:
    """An operator's workload: ``version`` is its image's tag."""

    namespace: str
    version: str
    ready: bool


@dataclass(frozen=True, slots=True)
class ClusterState:
    """``version``                (major, minor) of the API server
    ``resource_groups``        API groups of the custom resources that it knows
    ``operators``              group -> its operator's workload
    ``enforced``               namespace that is there -> Pod Security level that it enforces, empty for none
    ``refused``                (API group, plural) of what this user may not create in the namespace
    ``free``                   node -> what is not requested yet, of nodes that take pods
    ``hidden``                 what this user may not look at: nodes, operators, ...
    """

    namespace: str
    version: tuple[int, int]
    resource_groups: frozenset[str]
    operators: Mapping[str, OperatorDeployment]
    storage_classes: frozenset[str]
    default_storage_class: str
    ingress_classes: frozenset[str]
    enforced: Mapping[str, str]
    refused: frozenset[tuple[str, str]]
    free: tuple[Room, ...]
    hidden: frozenset[str] = frozenset()


def read_cluster(requirements: Requirements, namespace: str, context: str = "") -> ClusterState:
    """Look at the cluster of KUBECONFIG's context, or at the one that this pod is in.

    The room that pods of the wanted release take counts as free: an upgrade replaces them.
    Raises SettingError if no cluster is named, Unavailable if it does not answer.
    """
    try:
        config.load_config(**({"context": context} if context else {}))
    except (ConfigException, OSError) as error:
        raise SettingError(f"no cluster: {error}; set KUBECONFIG, or make one current") from error
    try:
        return _read_cluster(requirements, namespace)
    except ApiException as error:
        raise Unavailable(
            f"the API server answered {error.status} {error.reason}: {_detail(error)}"
        ) from error
    except HTTPError as error:
        raise Unavailable(f"the API server does not answer: {error}") from error


def _read_cluster(requirements: Requirements, namespace: str) -> ClusterState:
    version = client.VersionApi().get_code()
    hidden: set[str] = set()

    def listed(what: str, ask: Callable[[], Any]) -> list[Any]:
        try:
            return list(ask().items)
        except ApiException as error:
            if error.status != _FORBIDDEN:
                raise
            hidden.add(what)
            return []

    classes = listed("storage classes", client.StorageV1Api().list_storage_class)
    defaults = [
        one.metadata.name for one in classes if (one.metadata.annotations or {}).get(_DEFAULT) == "true"
    ]
    apps = client.AppsV1Api()
    workloads = listed("operators", apps.list_deployment_for_all_namespaces)
    workloads += listed("operators", apps.list_stateful_set_for_all_namespaces)
    nodes = listed("nodes", client.CoreV1Api().list_node)
    pods = listed("nodes", client.CoreV1Api().list_pod_for_all_namespaces)
    ingresses = listed("ingress classes", client.NetworkingV1Api().list_ingress_class)
    return ClusterState(
        namespace=namespace,
        version=(int(version.major), int("".join(filter(str.isdigit, version.minor)))),
        resource_groups=frozenset(group.name for group in client.ApisApi().get_api_versions().groups),
        operators=_operators(workloads),
        storage_classes=frozenset(one.metadata.name for one in classes),
        default_storage_class=defaults[0] if defaults else "",
        ingress_classes=frozenset(one.metadata.name for one in ingresses),
        enforced=_enforced({namespace, *requirements.host_namespaces}, hidden),
        refused=frozenset(kind for kind in sorted(requirements.kinds) if not _may_create(namespace, *kind)),
        free=_free(nodes, pods, namespace, requirements.release),
        hidden=frozenset(hidden),
    )


def _operators(workloads: Iterable[Any]) -> dict[str, OperatorDeployment]:
    found: dict[str, OperatorDeployment] = {}
    for workload in workloads:
        for container in workload.spec.template.spec.containers:
            name, _, tag = container.image.split("@")[0].rpartition("/")[2].partition(":")
            if name in _OPERATOR_IMAGES:
                ready = bool(workload.status.ready_replicas)
                found[_OPERATOR_IMAGES[name]] = OperatorDeployment(workload.metadata.namespace, tag, ready)
    return found


def _enforced(namespaces: Iterable[str], hidden: set[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in namespaces:
        try:
            labels = client.CoreV1Api().read_namespace(name).metadata.labels or {}
        except ApiException as error:
            if error.status == _FORBIDDEN:
                hidden.add(f"namespace {name}")
            elif error.status != _NOT_FOUND:
                raise
            continue
        found[name] = labels.get(_ENFORCE, "")
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


def _free(nodes: Iterable[Any], pods: Iterable[Any], namespace: str, release: str) -> tuple[Room, ...]:
    left: dict[str, list[float]] = {}
    for node in nodes:
        taints = {taint.effect for taint in node.spec.taints or []}
        ready = any(one.type == "Ready" and one.status == "True" for one in node.status.conditions or [])
        if ready and not node.spec.unschedulable and not taints & {"NoSchedule", "NoExecute"}:
            has = node.status.allocatable
            left[node.metadata.name] = [number_of(has["cpu"]), number_of(has["memory"])]
    for pod in pods:
        name, own = pod.metadata.name, pod.metadata.namespace == namespace
        replaced = release and own and name.startswith(f"{release}-")
        if pod.spec.node_name in left and pod.status.phase not in ("Succeeded", "Failed") and not replaced:
            for container in pod.spec.containers:
                asked = (container.resources and container.resources.requests) or {}
                left[pod.spec.node_name][0] -= number_of(asked.get("cpu", 0))
                left[pod.spec.node_name][1] -= number_of(asked.get("memory", 0))
    return tuple(Room(name, cpu, memory) for name, (cpu, memory) in left.items())


def _detail(error: ApiException) -> str:
    return str(error.body or "").strip()[:300]
