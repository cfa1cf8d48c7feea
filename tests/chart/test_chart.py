"""What the chart makes of its values, and what it refuses."""

import json
import re
from typing import Any

import pytest
import yaml

from tests.chart.batch import EXAMPLE, told
from tests.chart.batch import MADE as TOLD
from tests.chart.conftest import Refuse, Render
from tests.chart.schema import CHART, MADE, made

EXAMPLES = ("ci/kind-values", "ci/e2e-values", "ci/everything-values", "values-gke")
WORKLOADS = ("Deployment", "StatefulSet", "Job")


def test_the_schema_is_made_from_its_source() -> None:
    assert MADE.read_text() == made(), "run make docs"


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("synthetic:", True),
        ("folder:/pictures", True),
        ("folder:pictures", False),
        ("video:rtsp://camera/stream", True),
        ("genicam:22334455", True),
        ("genicam:", False),
        ("http:0.0.0.0:8080", True),
        ("http:0.0.0.0:99999", False),
        ("http:8080", False),
        ("synthetik:", False),
    ],
)
def test_the_schema_allows_the_addresses_that_the_registry_takes(address: str, allowed: bool) -> None:
    camera = json.loads(MADE.read_text())["properties"]["cameras"]["items"]["properties"]
    assert (re.search(camera["source"]["pattern"], address) is not None) is allowed


def test_every_value_is_in_the_schema() -> None:
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    assert set(values) <= set(yaml.safe_load(made())["properties"])


def _pods(objects: list[dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    workloads = [(one, one["spec"]["template"]["spec"]) for one in objects if one["kind"] in WORKLOADS]
    single = [(one, one["spec"]) for one in objects if one["kind"] == "Pod"]
    return [(one["metadata"]["name"], spec) for one, spec in workloads + single]


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_pod_of_ours_is_restricted(render: Render, example: str) -> None:
    _every_pod_is_restricted(_pods(render("-f", str(CHART / f"{example}.yaml"))))


def _every_pod_is_restricted(pods: list[tuple[str, dict[str, Any]]]) -> None:
    assert pods
    for name, spec in pods:
        security = spec["securityContext"]
        assert security["runAsNonRoot"] is True, name
        assert security["runAsUser"] > 0, name
        assert security["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert spec["automountServiceAccountToken"] is False, name
        for container in spec["containers"] + spec.get("initContainers", []):
            own = container["securityContext"]
            assert own["allowPrivilegeEscalation"] is False, name
            assert own["readOnlyRootFilesystem"] is True, name
            assert own["capabilities"] == {"drop": ["ALL"]}, name
            assert "memory" in container["resources"]["limits"], name
            assert {"cpu", "memory"} <= set(container["resources"]["requests"]), name


def test_the_dags_are_tested_on_what_the_chart_tells_them(render: Render) -> None:
    assert TOLD.read_text() == told(render(*EXAMPLE)), "run: python -m tests.chart.batch"


def test_pods_of_the_batch_lane_are_restricted(render: Render) -> None:
    pods = json.loads(told(render(*EXAMPLE)))["pods"]
    _every_pod_is_restricted([(name, pod["spec"]) for name, pod in pods.items()])


@pytest.mark.parametrize(
    ("source", "image"),
    [
        ("synthetic:", "camera"),
        ("video:rtsp://10.0.0.7/1", "camera-video"),
        ("genicam:22334455", "camera-video"),
    ],
)
def test_a_camera_has_the_image_with_the_library_of_its_source(
    render: Render, source: str, image: str
) -> None:
    camera = json.dumps([{"name": "saw", "source": source}])
    [container] = dict(_pods(render("--set-json", f"cameras={camera}")))["t-camera-saw"]["containers"]
    assert container["image"].split(":")[0].endswith(f"/{image}")


def test_network_cameras_are_reached_outside_of_the_cluster(render: Render) -> None:
    network = ("--set-json", 'networkPolicy.networkCameras=[{"ipBlock": {"cidr": "10.9.0.0/24"}}]')
    for source, allowed in (("synthetic:", False), ("genicam:22334455", True)):
        camera = json.dumps([{"name": "saw", "source": source}])
        objects = render("--set-json", f"cameras={camera}", *network)
        [policy] = [
            one for one in objects if one["kind"] == "NetworkPolicy" and one["metadata"]["name"] == "t-camera"
        ]
        assert ("10.9.0.0/24" in json.dumps(policy["spec"]["egress"])) is allowed


def test_versions_are_made_only_where_they_can_be_written(render: Render) -> None:
    pods = json.loads(told(render("--set", "batch.enabled=true")))["pods"]
    assert set(pods) == {"encoder", "publisher", "golden", "record"}


def test_no_value_holds_a_password() -> None:
    text = (CHART / "values.yaml").read_text().lower()
    assert "password:" not in text


def test_credentials_come_from_secrets(render: Render) -> None:
    for name, spec in _pods(render()):
        for container in spec["containers"]:
            for one in container.get("env", []):
                if one["name"].endswith("_PASSWORD"):
                    assert "secretKeyRef" in one["valueFrom"], name


def _publishers_shadow(objects: list[dict[str, Any]]) -> dict[str, str]:
    [container] = dict(_pods(objects))["t-publisher"]["containers"]
    return {one["name"]: one["value"] for one in container["env"] if "SHADOW" in one["name"]}


def test_publishers_ask_a_shadow_only_if_one_is_named(render: Render) -> None:
    assert _publishers_shadow(render()) == {}
    named = ("--set", "publisher.shadow=candidate", "--set-json", "publisher.shadowShare=0.5")
    asked = _publishers_shadow(render(*named))
    assert asked == {"MARBLELINE_SHADOW": "candidate", "MARBLELINE_SHADOW_SHARE": "0.5"}


def test_a_missing_operator_stops_the_install(refuse: Refuse) -> None:
    message = refuse("--set", "checkOperators=true")
    assert "kubectl apply -f" in message
    assert "checkOperators=false" in message


KNOWN = ("--api-versions", "monitoring.coreos.com/v1")


def test_prometheus_resources_are_made_where_they_are_known(render: Render) -> None:
    kinds = {"PodMonitor", "PrometheusRule"}
    assert not kinds & {one["kind"] for one in render()}
    made = [one for one in render(*KNOWN, "--set", "metrics.labels.release=prom") if one["kind"] in kinds]
    assert {one["kind"] for one in made} == kinds
    assert all(one["metadata"]["labels"]["release"] == "prom" for one in made)
    [rules] = [one for one in made if one["kind"] == "PrometheusRule"]
    [group] = rules["spec"]["groups"]
    assert all(rule["annotations"]["runbook_url"].startswith("https://") for rule in group["rules"])


def _endpoints(objects: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Part -> how its monitor scrapes."""
    return {
        one["metadata"]["name"].removeprefix("t-"): one["spec"]["podMetricsEndpoints"][0]
        for one in objects
        if one["kind"] == "PodMonitor"
    }


def test_every_part_that_has_metrics_is_scraped(render: Render) -> None:
    more = ("--set", "metrics.storeExporter.enabled=true")
    objects = render(*KNOWN, *more)
    named = {
        one["metadata"]["labels"]["app.kubernetes.io/component"]
        for one in objects
        if one["kind"] == "Deployment"
        for port in one["spec"]["template"]["spec"]["containers"][0]["ports"]
        if port["name"] == "health"
    }
    assert named == {"camera", "encoder", "publisher", "console", "serving", "store-exporter"}
    found = _endpoints(objects)
    assert found["workers"]["port"] == "health"
    assert found["broker"]["port"] == "prometheus-tls"
    assert found["broker"]["tlsConfig"]["ca"]["secret"]["name"] == "t-broker-tls"
    assert (
        _endpoints(render(*KNOWN, "--set", "broker.managed.tls.enabled=false"))["broker"]["port"]
        == "prometheus"
    )
    serving = _endpoints(render(*KNOWN, "--set", "serving.mode=tfserving"))["serving"]
    assert serving["path"] == "/monitoring/prometheus/metrics"


@pytest.mark.parametrize(("mode", "port"), [("standin", 9100), ("tfserving", 8501)])
def test_prometheus_is_let_in_to_what_it_scrapes(render: Render, mode: str, port: int) -> None:
    peer = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}
    objects = render(
        *("--set-json", f"networkPolicy.monitoring={json.dumps([peer])}"),
        *("--set", f"serving.mode={mode},metrics.storeExporter.enabled=true"),
    )
    let_in = {
        one["metadata"]["name"].removeprefix("t-"): {port["port"] for port in rule["ports"]}
        for one in objects
        if one["kind"] == "NetworkPolicy"
        for rule in one["spec"].get("ingress", [])
        if rule.get("from") == [peer]
    }
    workers = {part: {9100} for part in ("camera", "encoder", "publisher", "console")}
    assert let_in == {**workers, "serving": {port}, "broker": {15691, 15692}, "store-exporter": {9114}}


def test_elasticsearchs_figures_are_read_by_a_user_that_can_do_nothing_else(render: Render) -> None:
    objects = {one["metadata"]["name"]: one for one in render("--set", "metrics.storeExporter.enabled=true")
               if one["kind"] in ("Deployment", "Secret", "Elasticsearch")}  # fmt: skip
    roles = yaml.safe_load(objects["t-store-roles"]["stringData"]["roles.yml"])
    assert roles["marbleline_exporter"] == {
        "cluster": ["monitor"],
        "indices": [{"names": ["*"], "privileges": ["monitor"]}],
    }
    [container] = objects["t-store-exporter"]["spec"]["template"]["spec"]["containers"]
    assert not [one for one in container["env"] if one["name"].startswith("MARBLELINE")]
    assert {"secretName": "t-store-exporter"} in objects["t-store"]["spec"]["auth"]["fileRealm"]


def test_the_dashboard_is_made_for_grafanas_sidecar(render: Render) -> None:
    objects = render("--set", "metrics.dashboard.enabled=true")
    [found] = [one for one in objects if one["metadata"]["name"] == "t-dashboard"]
    assert found["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert yaml.safe_load(found["data"]["marbleline.json"])["title"] == "Marbleline"


@pytest.mark.parametrize("example", EXAMPLES)
def test_annotations_and_labels_are_strings(render: Render, example: str) -> None:
    """A checksum of digits alone, or such as 12e45, is a number unquoted, and the API server refuses it."""
    for one in render("-f", str(CHART / f"{example}.yaml")):
        template = one.get("spec", {}).get("template", {})
        for metadata in (one["metadata"], template.get("metadata", {}) if isinstance(template, dict) else {}):
            for values in (metadata.get("annotations") or {}, metadata.get("labels") or {}):
                assert [value for value in values.values() if not isinstance(value, str)] == []


def test_the_selftest_may_take_any_decision(render: Render) -> None:
    for value, expected in (("false", False), ("true", True)):
        [pod] = [one for one in render("--set", f"selftest.anyDecision={value}") if one["kind"] == "Pod"]
        assert ("--any-decision" in pod["spec"]["containers"][0]["args"]) is expected


def test_console_and_selftest_are_a_user_that_does_not_write_the_record(render: Render) -> None:
    users = {}
    for name, spec in _pods(render()):
        for one in spec["containers"][0].get("env", []):
            if one["name"] == "STORE_USER":
                users[name.removeprefix("t-")] = one["valueFrom"]["secretKeyRef"]["name"].removeprefix(
                    "t-store-"
                )
    assert users == {
        "encoder": "workers",
        "publisher": "workers",
        "console": "console",
        "selftest": "console",
    }
    [roles] = [one for one in render() if one["metadata"]["name"] == "t-store-roles"]
    console = yaml.safe_load(roles["stringData"]["roles.yml"])["marbleline_console"]
    assert "write" not in console["indices"][0]["privileges"]
    assert console["indices"][1]["names"] == [
        "marbleline-labels*",
        "marbleline-alarm_events*",
        "marbleline-review_queue*",
        "marbleline-camera_setups*",
        "marbleline-guide_entries*",
    ]


def test_cert_manager_makes_the_brokers_certificate_where_nothing_can_be_kept(render: Render) -> None:
    """GitOps renders away from the cluster: what is made while rendering would be another each time."""
    issuer = ("--set", "broker.managed.tls.issuer.name=ca")
    [certificate] = [one for one in render(*issuer) if one["kind"] == "Certificate"]
    [broker] = [one for one in render(*issuer) if one["kind"] == "RabbitmqCluster"]
    assert certificate["spec"]["secretName"] == broker["spec"]["tls"]["secretName"]
    assert "t-broker.default.svc" in certificate["spec"]["dnsNames"]
    users = "store.managed.users.workersSecret=w,store.managed.users.consoleSecret=c"
    options = (*issuer, "--set", users)
    assert render(*options) == render(*options)


def test_a_digest_wins_over_a_tag(render: Render) -> None:
    digest = f"sha256:{'0' * 64}"
    images = {
        container["image"]
        for _, spec in _pods(render("--set", f"encoder.image.digest={digest}"))
        for container in spec["containers"]
    }
    assert f"marbleline/encoder@{digest}" in images
