"""Pods as users need them: what `pods` and `pod` say reaches every pod, ours and those of the operators."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.chart.conftest import Render
from tests.chart.schema import CHART

GIVEN = CHART / "ci" / "gateway-values.yaml"
VALUES = yaml.safe_load(GIVEN.read_text())
# Field of a pod's specification -> the key of `pods` that it comes from.
PLACED = {
    "nodeSelector": "nodeSelector",
    "tolerations": "tolerations",
    "priorityClassName": "priorityClassName",
    "topologySpreadConstraints": "topologySpreadConstraints",
}


@pytest.fixture
def objects(render: Render) -> list[dict[str, Any]]:
    return render("-f", str(GIVEN))


def _deployments(objects: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Name, the Deployment, its pods' template."""
    for one in objects:
        if one["kind"] == "Deployment":
            yield one["metadata"]["name"], one, one["spec"]["template"]


def test_every_key_of_pods_is_given_in_the_example() -> None:
    """So that the tests below leave none out."""
    known = yaml.safe_load((CHART / "values.yaml").read_text())["pods"]
    assert set(VALUES["pods"]) | {"containerSecurityContext"} == set(known)


def test_placement_reaches_every_pod_of_ours(objects: list[dict[str, Any]]) -> None:
    pods = VALUES["pods"]
    seen = 0
    for name, one, template in _deployments(objects):
        spec = template["spec"]
        for field, key in PLACED.items():
            assert spec[field] == pods[key], (name, field)
        assert spec["affinity"]["nodeAffinity"] == pods["affinity"]["nodeAffinity"], name
        assert spec["runtimeClassName"] == "gvisor", name
        assert spec["hostAliases"] == pods["hostAliases"], name
        assert spec["securityContext"]["fsGroup"] == 10002, name
        assert spec["securityContext"]["runAsNonRoot"] is True, name
        for metadata in (template["metadata"], one["metadata"]):
            assert metadata["annotations"]["team"] == metadata["labels"]["team"] == "line", name
        assert one["spec"]["revisionHistoryLimit"] == 5, name
        assert "team" not in one["spec"]["selector"]["matchLabels"], name
        seen += 1
    assert seen == 6


def test_containers_variables_and_volumes_reach_every_pod_of_ours(objects: list[dict[str, Any]]) -> None:
    for name, _, template in _deployments(objects):
        spec = template["spec"]
        main, beside = spec["containers"]
        assert beside["name"] == "beside", name
        before = [one for one in spec["initContainers"] if one["name"] == "before"]
        for container in (beside, *before):
            assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}, name
        assert {"name": "TZ", "value": "Europe/Rome"} in main["env"], name
        assert main["envFrom"] == VALUES["pods"]["extraEnvFrom"], name
        assert {"name": "plant", "mountPath": "/plant"} in main["volumeMounts"], name
        assert any(one["name"] == "plant" for one in spec["volumes"]), name
        assert main["lifecycle"] == {"preStop": {"sleep": {"seconds": 1}}}, name
        assert main["readinessProbe"]["periodSeconds"] == 9, name
        assert {"httpGet", "grpc"} & set(main["readinessProbe"]), name


def test_a_part_says_otherwise_for_its_own(render: Render) -> None:
    cameras = json.dumps([{"name": "a", "source": "synthetic:", "pod": {"priorityClassName": "first"}},
                          {"name": "b", "source": "synthetic:"}])  # fmt: skip
    objects = render(
        "--set-json", f"cameras={cameras}",
        "--set", "pods.priorityClassName=all,camera.pod.priorityClassName=cameras",
        "--set", "console.pod.nodeSelector.disk=slow,pods.nodeSelector.zone=a",
        "--set", "encoder.pod.serviceAccount.name=theirs",
    )  # fmt: skip
    specs = {name.removeprefix("t-"): template["spec"] for name, _, template in _deployments(objects)}
    classes = {name: spec["priorityClassName"] for name, spec in specs.items()}
    assert classes["camera-a"] == "first"
    assert classes["camera-b"] == "cameras"
    assert classes["encoder"] == "all"
    assert specs["console"]["nodeSelector"] == {"disk": "slow"}
    assert specs["publisher"]["nodeSelector"] == {"zone": "a"}
    assert specs["encoder"]["serviceAccountName"] == "theirs"
    accounts = {one["metadata"]["name"] for one in objects if one["kind"] == "ServiceAccount"}
    assert {"t-publisher", "t-camera"} <= accounts
    assert "t-encoder" not in accounts


def test_a_sidecar_of_the_users_may_write_to_its_root(render: Render) -> None:
    sidecars = json.dumps([{"name": "s", "image": "s", "securityContext": {"readOnlyRootFilesystem": False}}])
    objects = render("--set-json", f"encoder.pod.sidecars={sidecars}")
    [spec] = [template["spec"] for name, _, template in _deployments(objects) if name == "t-encoder"]
    security = spec["containers"][1]["securityContext"]
    assert security == {"readOnlyRootFilesystem": False}


def _operated(objects: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Kind -> the template of its pods."""
    found = {one["kind"]: one["spec"] for one in objects if "spec" in one}
    return {
        "RabbitmqCluster": found["RabbitmqCluster"]["override"]["statefulSet"]["spec"]["template"],
        "Elasticsearch": found["Elasticsearch"]["nodeSets"][0]["podTemplate"],
        "Kibana": found["Kibana"]["podTemplate"],
        "Beat": found["Beat"]["daemonSet"]["podTemplate"],
    }


def test_pods_of_the_operators_take_the_same_keys(objects: list[dict[str, Any]]) -> None:
    for kind, template in _operated(objects).items():
        spec = template["spec"]
        # The operator of RabbitMQ has fields of its own for these two.
        if kind != "RabbitmqCluster":
            assert spec["tolerations"] == VALUES["pods"]["tolerations"], kind
            assert "podAntiAffinity" in spec["affinity"], kind
        for field in ("nodeSelector", "priorityClassName", "topologySpreadConstraints"):
            assert spec[field] == VALUES["pods"][field], (kind, field)
        assert template["metadata"]["labels"]["team"] == "line", kind
        assert template["metadata"]["annotations"] == {"team": "line"}, kind
        main, beside = spec["containers"]
        assert beside["name"] == "beside", kind
        assert {"name": "TZ", "value": "Europe/Rome"} in main["env"], kind
        assert {"name": "plant", "mountPath": "/plant"} in main["volumeMounts"], kind
        assert any(one["name"] == "plant" for one in spec["volumes"]), kind
    [broker] = [one["spec"] for one in objects if one["kind"] == "RabbitmqCluster"]
    assert broker["tolerations"] == VALUES["pods"]["tolerations"]
    assert "podAntiAffinity" in broker["affinity"]


def test_every_field_of_the_operators_resources_can_be_set(objects: list[dict[str, Any]]) -> None:
    specs = {one["kind"]: one["spec"] for one in objects if "spec" in one}
    assert specs["RabbitmqCluster"]["delayStartSeconds"] == 40
    assert specs["Elasticsearch"]["updateStrategy"] == {"changeBudget": {"maxUnavailable": 1}}
    assert "http" in specs["Kibana"]
    assert specs["Beat"]["revisionHistoryLimit"] == 2
    assert specs["RabbitmqCluster"]["replicas"] == 3


def test_the_operators_pods_stand_where_all_pods_stand(render: Render) -> None:
    objects = render("--set", "pods.nodeSelector.disk=fast,filebeat.enabled=true,filebeat.namespace=logs")
    for kind, template in _operated(objects).items():
        assert template["spec"]["nodeSelector"] == {"disk": "fast"}, kind
