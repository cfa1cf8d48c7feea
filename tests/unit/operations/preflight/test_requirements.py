"""What a manifest asks for."""

from typing import Any

import pytest

from marbleline.operations.preflight.quantity import number_of
from marbleline.operations.preflight.requirements import Room, read


def one(kind: str, version: str, spec: dict[str, Any], **metadata: str) -> dict[str, Any]:
    return {"kind": kind, "apiVersion": version, "metadata": {"name": kind.lower(), **metadata}, "spec": spec}


def pod(cpu: str, memory: str) -> dict[str, Any]:
    return {"spec": {"containers": [{"resources": {"requests": {"cpu": cpu, "memory": memory}}}]}}


def test_replicas_nodes_and_classes_of_all_kinds() -> None:
    claim = {"spec": {"storageClassName": "gold"}}
    nodes = {"count": 3, "podTemplate": pod("1", "2Gi"), "volumeClaimTemplates": [claim]}
    requirements = read(
        [
            one("Deployment", "apps/v1", {"replicas": 2, "template": pod("100m", "128Mi")}),
            one(
                "StatefulSet",
                "apps/v1",
                {"template": pod("50m", "1Gi"), "volumeClaimTemplates": [{"spec": {}}]},
            ),
            one(
                "RabbitmqCluster",
                "rabbitmq.com/v1beta1",
                {"replicas": 3, "resources": {"requests": {"cpu": 1, "memory": "2Gi"}}},
            ),
            one("Elasticsearch", "elasticsearch.k8s.elastic.co/v1", {"nodeSets": [nodes]}),
            one("Ingress", "networking.k8s.io/v1", {"ingressClassName": "nginx"}),
            one("ConfigMap", "v1", {}),
        ],
        "line",
    )
    assert requirements.operators == {"rabbitmq.com", "k8s.elastic.co"}
    assert requirements.storage_classes == {"", "gold"}
    assert requirements.ingress_classes == {"nginx"}
    assert ("networking.k8s.io", "ingresses") in requirements.kinds
    assert ("", "configmaps") in requirements.kinds
    assert len(requirements.rooms) == 2 + 1 + 3 + 3
    assert Room("deployment", 0.1, 128 * 2**20) in requirements.rooms
    assert Room("rabbitmqcluster", 1, 2 * 2**30) in requirements.rooms


def test_a_beat_that_reads_the_node_says_in_which_namespace() -> None:
    volumes = {"daemonSet": {"podTemplate": {"spec": {"volumes": [{"hostPath": {"path": "/var/log"}}]}}}}
    assert read([one("Beat", "beat.k8s.elastic.co/v1beta1", volumes)], "line").host_namespaces == {"line"}
    elsewhere = one("Beat", "beat.k8s.elastic.co/v1beta1", volumes, namespace="logs")
    assert read([elsewhere], "line").host_namespaces == {"logs"}


@pytest.mark.parametrize(
    ("quantity", "number"),
    [("200m", 0.2), ("1", 1), (2, 2), ("512Mi", 2**29), ("1k", 1000), ("1.5Gi", 1.5 * 2**30)],
)
def test_quantities(quantity: object, number: float) -> None:
    assert number_of(quantity) == pytest.approx(number)


def test_what_is_no_quantity_is_refused() -> None:
    with pytest.raises(ValueError, match="200m"):
        number_of("lots")
