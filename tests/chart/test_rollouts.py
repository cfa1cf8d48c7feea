"""What a changed value rolls: those who use it. How cameras roll: none before its new pod is ready."""

import json
from typing import Any

import pytest

from tests.chart.conftest import Render
from tests.chart.schema import CHART

SINK = ("--set", "sink.enabled=true,sink.secret=plant,sink.targets.mes=https://mes.plant/")
CAMERAS = {"camera-camera-1", "camera-camera-2"}
CLASSIFYING = {"encoder", "publisher", "serving"}
STORING = {"encoder", "publisher", "console", "sink"}
# Value -> whose pods it rolls.
ROLLED = {
    "store.keepFramesDays=3": {"encoder"},
    "store.keepVerdictsDays=3": {"publisher"},
    "store.prefix=plant": STORING,
    "store.managed.storage=20Gi": set(),
    "maxFrameBytes=8000000": {*CAMERAS, "encoder"},
    "line=line-2": {*CAMERAS, "console", "sink"},
    "camera.deadlineMs=900": CAMERAS,
    "camera.spoolVolume=4Gi": set(),
    "camera.rolloutSeconds=60": set(),
    "publisher.batchSize=4": {"publisher"},
    "publisher.replicas=3": set(),
    "encoder.env.MARBLELINE_LOG_FORMAT=text": {"encoder"},
    "console.service.annotations.a=b": set(),
    "console.holdFaulty=true": {"console"},
    "sink.timeoutMs=900": {"sink"},
    "model.image.tag=v2": CLASSIFYING,
    "serving.label=stable": {"publisher"},
    "secrets.storeGeneration=2": STORING,
    "secrets.brokerGeneration=2": set(),
    "selftest.timeoutSeconds=60": set(),
    "networkPolicy.enabled=false": set(),
    "podDisruptionBudgets=false": set(),
}


def _pods(objects: list[dict[str, Any]]) -> dict[str, str]:
    """Deployment -> its pods' template, as text."""
    return {
        one["metadata"]["name"].removeprefix("t-"): json.dumps(one["spec"]["template"], sort_keys=True)
        for one in objects
        if one["kind"] == "Deployment"
    }


def _rolled(before: dict[str, str], after: dict[str, str]) -> set[str]:
    return {name for name in before if before[name] != after[name]}


@pytest.mark.parametrize(("value", "expected"), ROLLED.items())
def test_a_value_rolls_those_who_use_it(render: Render, value: str, expected: set[str]) -> None:
    before, after = (_pods(render(*SINK, *options)) for options in ((), ("--set", value)))
    assert _rolled(before, after) == expected


def test_a_change_of_one_camera_rolls_that_one(render: Render) -> None:
    before, after = (
        _pods(render("--set-json", json.dumps({"cameras": cameras}).replace('{"cameras": ', "cameras=")[:-1]))
        for cameras in (
            [{"name": "a", "source": "synthetic:"}, {"name": "b", "source": "synthetic:"}],
            [{"name": "a", "source": "synthetic:"}, {"name": "b", "source": "synthetic:", "rate": 3}],
        )
    )
    assert _rolled(before, after) == {"camera-b"}


def test_pods_have_no_label_that_another_version_of_the_chart_changes(render: Render) -> None:
    for one in render(*SINK):
        if one["kind"] == "Deployment":
            assert not {"helm.sh/chart", "app.kubernetes.io/version"} & set(
                one["spec"]["template"]["metadata"]["labels"]
            )


def _cameras(objects: list[dict[str, Any]]) -> list[dict[str, Any]]:
    label = "app.kubernetes.io/component"
    return [
        one
        for one in objects
        if one["kind"] == "Deployment" and one["metadata"]["labels"].get(label) == "camera"
    ]


def test_a_cameras_old_pod_goes_only_after_its_new_one_is_ready_one_camera_after_the_other(
    render: Render,
) -> None:
    cameras = _cameras(render("--set", "camera.rolloutSeconds=7"))
    for one in cameras:
        assert one["spec"]["replicas"] == 1
        assert one["spec"]["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
        [container] = one["spec"]["template"]["spec"]["containers"]
        assert container["args"] == ["camera", "--standby"]
    assert [one["spec"]["minReadySeconds"] for one in cameras] == [1, 8]


def test_a_cameras_new_pod_is_put_where_its_spool_is(render: Render) -> None:
    """A volume that one node mounts would keep the new pod waiting for the old one, and that for it."""
    objects = render("--set-json", 'camera.pod={"affinity": {"podAffinity": {"requiredDuringScheduling'
                     'IgnoredDuringExecution": [{"topologyKey": "zone"}]}}}')  # fmt: skip
    for one in _cameras(objects):
        pod = one["spec"]["template"]
        terms = pod["spec"]["affinity"]["podAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
        assert terms[0] == {"topologyKey": "zone"}
        chosen = terms[1]["labelSelector"]["matchLabels"]
        assert terms[1]["topologyKey"] == "kubernetes.io/hostname"
        assert chosen == one["spec"]["selector"]["matchLabels"] == pod["metadata"]["labels"]


def test_spools_grow_and_stay(render: Render) -> None:
    objects = render("--set", "camera.spoolVolume=5Gi,storageClass=slow,camera.storageClass=fast")
    claims = {one["metadata"]["name"]: one for one in objects if one["kind"] == "PersistentVolumeClaim"}
    assert set(claims) == {"spool-t-camera-camera-1-0", "spool-t-camera-camera-2-0"}
    for claim in claims.values():
        assert claim["spec"]["resources"]["requests"]["storage"] == "5Gi"
        assert claim["spec"]["storageClassName"] == "fast"
        assert claim["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"
    used = {
        volume["persistentVolumeClaim"]["claimName"]
        for one in _cameras(objects)
        for volume in one["spec"]["template"]["spec"]["volumes"]
        if volume["name"] == "spool"
    }
    assert used == set(claims)


def test_what_belongs_to_kept_data_is_kept(render: Render) -> None:
    def kept(objects: list[dict[str, Any]]) -> set[str]:
        return {
            f"{one['kind']}/{one['metadata']['name'].removeprefix('t-')}"
            for one in objects
            if one["metadata"].get("annotations", {}).get("helm.sh/resource-policy") == "keep"
        }

    spools = {f"PersistentVolumeClaim/spool-t-{name}-0" for name in CAMERAS}
    data = {
        "RabbitmqCluster/broker",
        "NetworkPolicy/broker",
        "Elasticsearch/store",
        "NetworkPolicy/store",
        "Secret/store-roles",
    }
    assert kept(render()) == spools | data
    assert kept(render("--set", "keepData=false")) == spools


@pytest.mark.parametrize("example", ["ci/kind-values", "ci/everything-values"])
def test_a_node_with_a_broken_pod_can_be_drained(render: Render, example: str) -> None:
    budgets = [
        one["spec"]
        for one in render("-f", str(CHART / f"{example}.yaml"))
        if one["kind"] == "PodDisruptionBudget"
    ]
    assert budgets
    assert {one["unhealthyPodEvictionPolicy"] for one in budgets} == {"AlwaysAllow"}
